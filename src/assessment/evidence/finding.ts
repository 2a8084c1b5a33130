import type { DeliverableState, StrengthBasis } from "../../domain/assessment.ts";
import type { Expectation, PhaseRecord } from "../../domain/record.ts";
import type { Contents } from "./contents.ts";
import type { Names } from "./named.ts";
import type { PriorWork } from "./prior.ts";
import type { CommitFacts, Timeline } from "./timeline.ts";
import type { Step, Window } from "./trace.ts";
import type { Tree } from "./tree.ts";
import type { Usage } from "./usage.ts";

/** A judgement before it is known whose work the commit is. */
export interface Finding {
  readonly state: DeliverableState;
  readonly why: string;
  readonly basis: StrengthBasis | null;
  readonly by: CommitFacts | null;
}

/** Everything that deliverables are judged by. */
export interface Scene {
  readonly timeline: Timeline;
  readonly tree: Tree;
  readonly contents: Contents;
  readonly usage: Usage;
  readonly prior: PriorWork;
  /** Paths that are not in the tree and that git ignores. */
  readonly ignored: ReadonlySet<string>;
}

/** One path that a phase is to deliver. */
export interface Item {
  readonly phase: PhaseRecord;
  readonly window: Window | null;
  readonly path: string;
  readonly change: Expectation["change"];
  /** What the entry names exactly: it must be there. */
  readonly required: readonly string[];
  /** What the phase's own text names besides. */
  readonly support: Names;
  /** The phase asks for no other file of code, so what its text names is asked of this one. */
  readonly isOnly: boolean;
}

/** The history of a path since the phase began. */
export interface Since {
  readonly steps: readonly Step[];
  /** The file was not there before. */
  readonly isNew: boolean;
  /** It had been moved away when the phase began, and may have come again. */
  readonly isElsewhere: boolean;
  /** What it was before; null where it was not there or that cannot be known. */
  readonly before: string | null;
  /** The phase began before the part of the history that is here: what was there then is not known. */
  readonly isCutOff: boolean;
}

export const found = (
  state: DeliverableState,
  why: string,
  basis: StrengthBasis | null = null,
  by: CommitFacts | null = null,
): Finding => ({ state, why, basis, by });
