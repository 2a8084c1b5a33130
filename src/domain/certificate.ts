import type { CoverageDelta } from "./coverage.ts";
import type { Diagnostic } from "./finding.ts";
import type { Isolation, Network } from "./isolation.ts";
import type { Argv } from "./plan.ts";
import type { TestComparison } from "./tests.ts";

/** An output that was kept: capped and redacted, hashed as kept. */
export interface LogRef {
  /** Relative to the artifacts folder. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** True when the output was longer than the cap and its middle is missing. */
  readonly truncated: boolean;
}

export const checkOutcomes = ["passed", "failed", "inconclusive"] as const;
export type CheckOutcome = (typeof checkOutcomes)[number];

/** One command that the host ran on a tree, and what it saw. */
export interface CheckResult {
  readonly name: string;
  readonly kind: "setup" | "check" | "acceptance";
  readonly argv: Argv;
  /** Relative to the workspace: `.` is its root. */
  readonly cwd: string;
  readonly outcome: CheckOutcome;
  /** null when there was none: not started, killed, or out of time. */
  readonly exitCode: number | null;
  /** Why it is inconclusive. */
  readonly why?: string;
  /** The limit above which it was ended. */
  readonly exceeded?: "memory" | "processes";
  /** The network that it had: `full` wherever no sandbox held it. */
  readonly network: Network;
  /** What a person may do about it, where the sandbox seems to be why it failed. */
  readonly hint?: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly log: LogRef;
  /** The beginning of the output, redacted, as far as it is not in `tail`. */
  readonly head?: string;
  /** The end of the output, redacted, for people and for the next attempt. */
  readonly tail: string;
  /** What it reported of tests, beside the baseline. */
  readonly tests?: TestComparison;
  /** The tests of its report, as CTRF, and the lines of its coverage report, for those who compare with them. */
  readonly report?: ArtifactRef;
  readonly coverage?: CoverageDelta;
  readonly lines?: ArtifactRef;
  /** Whether its report was judged together with its exit code. */
  readonly reported?: boolean;
  /** What a compiler or linter printed, beside the baseline, and where all of it is kept. */
  readonly diagnostics?: DiagnosticComparison;
  readonly places?: ArtifactRef;
  /** Why its failure does not speak against the change: all that failed was so at the baseline, or is flaky. */
  readonly excused?: string;
  /** For a setup whose result came out of the setup cache. */
  readonly cache?: SetupCacheUse;
}

/** Whether a check stands between a tree and its certificate. */
export const speaksAgainst = ({ outcome, excused }: CheckResult): boolean =>
  outcome === "inconclusive" || (outcome === "failed" && excused === undefined);

/** A file among the artifacts, hashed as kept. */
export interface ArtifactRef {
  /** Relative to the artifacts folder. */
  readonly path: string;
  readonly sha256: string;
}

/** Diagnostics of a command that failed: those that the change brought, and how many were there before. */
export interface DiagnosticComparison {
  /** At most `maxListedFindings`. */
  readonly fresh: readonly Diagnostic[];
  readonly freshCount: number;
  readonly knownCount: number;
}

/** What a gate leaves to a person. */
export interface Review {
  /** The same for the same matter in every round: what is accepted once is not asked again. */
  readonly key: string;
  readonly message: string;
}

/** A person's word on what the gate left to them. */
export interface Approval {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly reviews: readonly Review[];
}

/** Where a setup's result came from: the command ran for this very entry, in a workspace of its own. */
export interface SetupCacheUse {
  /** SHA-256 of all that the result depends on. */
  readonly key: string;
  /** `made`: the command ran in this step; `found`: it had run before, and the log is the one of then. */
  readonly use: "made" | "found";
  /** When it ran, and for how long. */
  readonly madeAt: string;
  readonly madeInMs: number;
}

/** The last event of a stream. */
export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

/** Where the checks ran and what was enforced there. */
export interface Environment {
  readonly os: string;
  readonly arch: string;
  readonly node: string;
  readonly git: string;
  readonly autopack: string;
  readonly isolation: Isolation;
}

/** The proof of a completed phase: what was observed on exactly this tree. */
export interface Certificate {
  readonly version: 1;
  readonly runId: string;
  readonly phaseId: string;
  readonly attempt: number;
  /** The git tree that the checks ran on, and the commit that carries it. */
  readonly tree: string;
  readonly commit: string;
  /** The commit that the change was made on. */
  readonly onto: string;
  readonly checks: readonly CheckResult[];
  readonly deliverables: readonly string[];
  /** What a person accepted on the way; left out: nothing had to be. */
  readonly approvals?: readonly Approval[];
  readonly environment: Environment;
  /** SHA-256 of the canonical JSON of `environment`. */
  readonly environmentDigest: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** The run stream's sequence number and hash that the commit's trailer names. */
  readonly ledgerHead: LedgerHead;
}
