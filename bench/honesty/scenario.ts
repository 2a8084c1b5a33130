/** The classes of causes, as README.md of this folder describes them; those of docs/spec.md. */
export type Cause =
  | "deterministic"
  | "transient"
  | "resource"
  | "policy"
  | "quality"
  | "environment"
  | "builder"
  | "internal"
  | "unknown";

/** What the simulated builder does, one act after the other. Paths are relative to where it was started. */
export type Act =
  | { readonly write: { readonly path: string; readonly content: string } }
  | { readonly append: { readonly path: string; readonly content: string } }
  | { readonly replace: { readonly path: string; readonly from: string; readonly to: string } }
  | { readonly delete: string }
  /** A shell command; the builder ends with its exit code where that is not 0. */
  | { readonly run: string }
  | { readonly say: string }
  /** Tokens that are used now; told to the orchestrator at once, at the end of the call, or never. */
  | { readonly spend: number; readonly told?: "at-once" | "at-end" | "never" }
  /** Uses and tells so many tokens every 100 ms, without end or so many times. */
  | { readonly drip: number; readonly times?: number }
  /** One request to the simulated provider; the builder ends where the answer is no success, as agents do. */
  | { readonly call: string; readonly tells?: "result" | "text" }
  | { readonly sleep: number }
  /** Waits until so many calls of builders stand here, or until it is clear that they do not run at once. */
  | { readonly meet: number }
  | { readonly hang: true }
  /** Ends itself by a signal. */
  | { readonly die: NodeJS.Signals }
  /** Asks the harness to do something to the orchestrator or its machine, once in a scenario for each name. */
  | { readonly harness: Trouble; readonly named?: string };

/** What the harness does when it is asked to. */
export type Trouble =
  | "kill"
  | "terminate"
  | "freeze"
  | "second"
  | "clock-forwards"
  | "clock-backwards"
  | "lock-stores"
  | "lock-stores-long"
  | "fill-disk"
  | "fill-disk-long";

/** One call of a builder. */
export interface Entry {
  readonly acts: readonly Act[];
  /** What it says in the end. */
  readonly claim?: string;
  readonly exit?: number;
  /**
   * Why this call does not complete the phase, where it does not. Several only where each is a true statement of the
   * same cause. Left out: it does what was asked, and a failure of it has no cause that is right.
   */
  readonly cause?: Cause | readonly Cause[];
}

export interface Deliverable {
  readonly path: string;
  readonly change?: "create" | "modify" | "delete";
  readonly kind?: "code" | "test";
}

export interface Phase {
  readonly id: string;
  readonly description: string;
  readonly deliverables: readonly (string | Deliverable)[];
  /** Patterns of what may change; the deliverables where left out. */
  readonly scope?: readonly string[];
  readonly dependsOn?: readonly string[];
  /** Tiers go one after the other, from 1. */
  readonly tier?: number;
  readonly budget?: { readonly attempts?: number; readonly minutes?: number; readonly tokens?: number };
  /** Commands that have to exit 0 for this phase, besides the plan's checks. */
  readonly acceptance?: readonly string[];
  /** Call by call; the last goes on. */
  readonly builder: readonly Entry[];
  /** The builder's program instead of the simulated one. */
  readonly program?: string;
  /** Exits 0 in a fresh checkout of the resulting tree exactly when the work is really done. $BASE holds the tree at base. */
  readonly oracle: string;
  /**
   * `yes`: a good orchestrator completes the phase. `no`: nobody can. `either`: it depends on the order of things,
   * which is the orchestrator's.
   */
  readonly done: "yes" | "no" | "either";
  /** Why the phase ends without being done, where that is another cause than the last call's. */
  readonly cause?: Cause | readonly Cause[];
}

export interface Check {
  readonly name: string;
  readonly run: string;
  /** Where the command leaves a test report (JUnit XML). */
  readonly report?: string;
}

/** One answer of the simulated provider. */
export type Answer =
  | { readonly ok: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  /** Refuses everybody for so many ms from the first request on; counts who comes back too early. */
  | { readonly busyMs: number }
  | { readonly breaks: "connection" | "stream" | "silence" };

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Files at base, besides those of every repository of this bench (repository.ts). */
  readonly files?: Readonly<Record<string, string>>;
  /** Files of the checkout that are not committed. */
  readonly leftovers?: Readonly<Record<string, string>>;
  readonly phases: readonly Phase[];
  readonly setup?: readonly string[];
  /** Default: the tests of the repository. */
  readonly checks?: readonly Check[];
  readonly protect?: readonly string[];
  readonly budget?: { readonly tokens?: number; readonly minutes?: number };
  readonly maxParallel?: number;
  /** Answers by the name of the call, in order; the last goes on. */
  readonly provider?: Readonly<Record<string, readonly Answer[]>>;
  readonly faults?: {
    /** Kills at the nth call of git whose arguments hold one of the texts, before it or after it. */
    readonly atGit?: {
      readonly matching?: readonly string[];
      readonly nth: number;
      readonly after?: boolean;
    };
    readonly afterMs?: number;
    /** Files that the orchestrator writes may not grow larger; lifted when it is resumed. */
    readonly fileKilobytes?: number;
    /** Everything lies on a disk of so many megabytes. */
    readonly diskMegabytes?: number;
  };
  /** The orchestrator's own isolation is to be used; skipped where the machine has none. */
  readonly isolated?: true;
}

export interface Group {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

export const causesOf = (cause: Cause | readonly Cause[] | undefined): readonly Cause[] =>
  cause === undefined ? [] : typeof cause === "string" ? [cause] : cause;
