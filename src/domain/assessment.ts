import type { Contradiction, PhaseRecord, RecordOrigin } from "./record.ts";

/** How a deliverable stands at one revision. `docs/spec.md` says when each holds. */
export const deliverableStates = ["ok", "touched", "prior", "denied", "unjudged"] as const;
export type DeliverableState = (typeof deliverableStates)[number];

/** What an entry's strength rests on, with that strength, 0 to 100. */
export const strengths = {
  certificate: 100,
  "tests-pass": 95,
  "symbol-reachable": 85,
  "symbol-unreachable": 70,
  created: 60,
  document: 50,
  absent: 90,
  hollow: 90,
  "absent-ignored": 50,
  "absent-shallow": 50,
  "untouched-edit": 75,
  /** Changed, while something that is named exactly is missing or still there. */
  "named-missing": 85,
} as const;
export type StrengthBasis = keyof typeof strengths;

/** Whose work it is: of the phase by a commit's trailer or its own window, later work, or a commit of several phases. */
export const attributions = { own: 1, later: 0.85, shared: 0.7 } as const;
export type Attribution = keyof typeof attributions;

export interface Judgement {
  readonly state: DeliverableState;
  /** One sentence, for people. */
  readonly why: string;
  /** Null where nothing was judged. */
  readonly basis: StrengthBasis | null;
  readonly attribution: Attribution | null;
  /** The commit that it was judged by, and its time, ISO 8601. */
  readonly commit: string | null;
  readonly at: string | null;
}

/** What git shows of one expectation. */
export interface DeliverableEvidence {
  readonly entry: string;
  /** Null for prose, and for what names no path. */
  readonly path: string | null;
  /** R: the last commit touching the path within [beginning, end], else the first after. */
  readonly asRecorded: Judgement;
  /** N: at the revision assessed. */
  readonly now: Judgement;
  /** The name it bears now, where it was renamed. */
  readonly renamedTo: string | null;
  /** Referenced from code that is no test; null: not looked for. */
  readonly wiredIn: boolean | null;
  /** TODO and hard-coded stand-ins beside the named identifiers. */
  readonly standIns: readonly { readonly line: number; readonly text: string }[];
  readonly tests: readonly {
    readonly path: string;
    readonly asserts: boolean;
    readonly outcome: "pass" | "fail" | "not-run";
  }[];
  readonly notes: readonly string[];
}

export interface PhaseEvidence {
  readonly runId: string;
  readonly phaseId: string;
  readonly deliverables: readonly DeliverableEvidence[];
  /** Own tests at the revision: null where they were not run or there are none. */
  readonly ownTestsPass: boolean | null;
  /** Where they were looked for: the first commit at which they pass. */
  readonly testsFirstPassAt: string | null;
}

/** Who claims what: never evidence, only compared. */
export interface Claim {
  readonly says: "done" | "not-done";
  /** What it is about, as matched. */
  readonly subject:
    | { readonly kind: "run"; readonly runId: string }
    | { readonly kind: "phase"; readonly runId: string; readonly phaseId: string }
    | { readonly kind: "path"; readonly path: string };
  readonly by: "document" | "commit" | "note" | "disposition" | "builder";
  /** Path and line, commit, or table and row. */
  readonly place: string;
  readonly text: string;
  /** The rule that read it, as `docs/spec.md` lists them. */
  readonly rule: string;
}

export const verdicts = [
  "evidence-run",
  "unknown",
  "false-complete",
  "complete",
  "contradicted",
  "superseded",
  "delivered",
  "partial",
  "not-delivered",
] as const;
export type VerdictName = (typeof verdicts)[number];

export interface Verdict {
  readonly name: VerdictName;
  /** `n of m`, `unproven`, `nothing to judge`, `filled by X`, `by RUN/PHASE` …; empty where there is nothing to add. */
  readonly detail: string;
  /** 0 to 100; null where nothing was judged. */
  readonly confidence: number | null;
  /** The entry that set the confidence, and what would change it. */
  readonly setBy: string | null;
  readonly wouldChange: string | null;
}

export const causeParties = [
  "policy",
  "plan",
  "environment",
  "provider",
  "builder",
  "orchestrator",
  "none",
  "unknown",
] as const;
export type CauseParty = (typeof causeParties)[number];

export interface AssessedCause {
  readonly party: CauseParty;
  readonly fingerprint: string | null;
  readonly text: string | null;
}

export const recommendedActions = [
  "credit",
  "finish",
  "retry-after-fix",
  "retry",
  "defer",
  "preserve",
  "drop",
  "investigate",
] as const;
export type RecommendedAction = (typeof recommendedActions)[number];

export interface Recommendation {
  readonly action: RecommendedAction;
  /** A range in minutes and what it rests on; null: nothing to rest it on. */
  readonly effortMinutes: { readonly low: number; readonly high: number; readonly basis: string } | null;
  readonly criticality: { readonly level: "low" | "medium" | "high"; readonly why: string };
  readonly reason: string;
  /** `RUN/PHASE` of what this unblocks. */
  readonly unblocks: readonly string[];
}

export interface AssessedPhase {
  readonly record: PhaseRecord;
  readonly origin: RecordOrigin;
  readonly verdict: Verdict;
  readonly cause: AssessedCause;
  readonly evidence: PhaseEvidence;
  readonly claims: readonly Claim[];
  readonly recommendation: Recommendation;
}

export interface RootCauseGroup {
  readonly fingerprint: string | null;
  readonly party: CauseParty;
  readonly title: string;
  /** `RUN/PHASE`. */
  readonly phases: readonly string[];
  readonly tokensSpent: number | null;
  /** Whether it could have been refused before a token was spent, and by which rule. */
  readonly refusableForFree: string | null;
  readonly fix: string;
  readonly unblocks: readonly string[];
}

/** One row of the decision matrix, over phases or over builds (runs). */
export interface MatrixRow {
  readonly subject: string;
  readonly status: string;
  readonly verdict: string;
  readonly criticality: string;
  readonly action: RecommendedAction;
  readonly effortMinutes: { readonly low: number; readonly high: number; readonly basis: string } | null;
  readonly why: string;
}

/** What `assess` concludes: the same input gives the same value. */
export interface Assessment {
  /** The commit assessed. */
  readonly revision: string;
  readonly phases: readonly AssessedPhase[];
  readonly rootCauses: readonly RootCauseGroup[];
  readonly decisionMatrix: {
    readonly phases: readonly MatrixRow[];
    readonly runs: readonly MatrixRow[];
  };
  readonly contradictions: readonly Contradiction[];
  /** Claims whose subject nothing matched: counted, not attached. */
  readonly unmatchedClaims: number;
}
