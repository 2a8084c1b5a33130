import type { Attribution } from "../../domain/assessment.ts";
import type { PhaseRecord } from "../../domain/record.ts";
import { isSameWork } from "../same-work.ts";
import type { CommitFacts } from "./timeline.ts";
import type { Window } from "./trace.ts";

/** Whose work the commits are that deliverables are judged by: told when all of them are known. */
export interface Attributions {
  /** A commit serves a phase with these targets. */
  note(by: CommitFacts, targets: ReadonlySet<string>): void;
  of(by: CommitFacts, phase: PhaseRecord, window: Window): Attribution;
}

export function createAttributions(): Attributions {
  /** The targets that a commit serves first, and whether it serves others, which are no same work. */
  const served = new Map<string, { readonly targets: ReadonlySet<string>; isShared: boolean }>();
  return {
    note({ commit }, targets) {
      const known = served.get(commit);
      if (!known) served.set(commit, { targets, isShared: false });
      else if (!known.isShared && known.targets !== targets)
        known.isShared = !isSameWork(known.targets, targets);
    },
    of(by, { runId, phaseId }, { from, to }) {
      const isSigned = by.runs.length > 0;
      if (isSigned && by.runs.includes(runId) && by.phases.includes(phaseId))
        return by.phases.length === 1 ? "own" : "shared";
      if (served.get(by.commit)?.isShared) return "shared";
      const isWithin = by.seconds >= from && to !== null && by.seconds <= to;
      return isWithin && !isSigned ? "own" : "later";
    },
  };
}
