import type { BreakerEvent } from "./breaker.ts";
import type { Certificate, CheckResult, LedgerHead, LogRef, Review } from "./certificate.ts";
import type { ChosenStep, Part, PassedOver } from "./chain.ts";
import type { Change, GrantUse, Violation } from "./change.ts";
import type { DispositionEvent } from "./dispositions.ts";
import type { Failure, FailureKind } from "./failure.ts";
import type { Inspection } from "./finding.ts";
import type { Reach } from "./isolation.ts";
import type { Argv, Plan } from "./plan.ts";
import type { RecordEvent } from "./record-events.ts";
import type { Purpose, RunFailureReason, RunStateName } from "./run.ts";
import type { BaselineState, TestCounts, TestStatus } from "./tests.ts";
import type { PhaseEventType, RunLevelEventType } from "./transitions.ts";

/** What the configuration declares of a builder, for the chain of steps after a failure and for budgets. */
export interface BuilderTraits {
  readonly provider?: string;
  readonly model?: string;
  /** Name of the builder with the stronger model. */
  readonly stronger?: string;
  /** Most tokens of one call. */
  readonly maxTokens?: number;
  /** Longest time of one call. */
  readonly longestMs?: number;
}

/** A builder as pinned at the run's start: what resume uses, whatever the files say by then. */
export type PinnedBuilder = BuilderTraits & (PinnedCommand | PinnedScript);

export type PinnedCommand = {
  readonly kind: "command";
  readonly name: string;
  readonly argv: Argv;
  /** Names of variables let through to the program. */
  readonly env: readonly string[];
  /** Whether the program is known to write `tokens` to $AUTOPACK_RESULT. */
  readonly reportsUsage: boolean;
  /** Tells cheaply whether the provider is there: exits with 0. Left out: there is none. */
  readonly probe?: Argv;
  readonly reach: Reach;
};

export type PinnedScript = {
  readonly kind: "scripted";
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  /** The script's text. */
  readonly content: string;
  readonly reportsUsage: true;
  readonly reach: Reach;
};

/** A builder that may take over from the phase's own: in turn, or only as the stronger one of another. */
export interface Alternative {
  readonly builder: PinnedBuilder;
  readonly use: "fallback" | "stronger";
}

/** The limits of a run, pinned from the configuration. Times in milliseconds, sizes in bytes. */
export interface PinnedLimits {
  readonly maxParallel: number;
  readonly checkMs: number;
  readonly setupMs: number;
  readonly stopGraceMs: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly changeFiles: number;
  readonly changeBytes: number;
  readonly fileBytes: number;
  readonly reportBytes: number;
  readonly coverageLines: number;
  readonly reportTests: number;
  readonly testReruns: number;
  readonly rerunTests: number;
  readonly conversationTokens: number;
  readonly transientFirstMs: number;
  readonly transientMaxMs: number;
  readonly providerWaitMs: number;
  readonly turnMs: number;
  readonly probeAfter: number;
  readonly probeMs: number;
  /** Set aside for a call of a builder of which nothing else is known. */
  readonly callTokens: number;
  /** How far a builder that declares its most tokens may pass what is set aside for it. */
  readonly overrunFactor: number;
  /** By how much each step of more room multiplies a builder's time and tokens. */
  readonly roomFactor: number;
  /** When a builder counts as stuck; 0 turns a sign off, and `sampleMs` all of them. */
  readonly stuck: {
    readonly sampleMs: number;
    readonly entries: number;
    readonly silentMs: number;
    readonly idleMs: number;
    readonly repeatMs: number;
    readonly repeats: number;
    readonly alternations: number;
    readonly tokens: number;
  };
}

export interface RunCreated {
  readonly planId: string;
  readonly goal: string;
  readonly purpose: Purpose;
  /** Absolute path of the plan file as given; for people, never read again. */
  readonly planPath: string;
  /** SHA-256 of the plan file's bytes. */
  readonly planSha256: string;
  readonly plan: Plan;
  /** Identity of each phase, its builder and the checks that prove it, by phase id (`plan/identity.ts`). */
  readonly phaseHashes: Readonly<Record<string, string>>;
  readonly builders: Readonly<Record<string, PinnedBuilder>>;
  /** By phase, in the order in which they come. Left out: none. */
  readonly alternatives?: Readonly<Record<string, readonly Alternative[]>>;
  /** The most tokens that a call of a builder of this name reported in the repository before. */
  readonly highestTokens?: Readonly<Record<string, number>>;
  readonly limits: PinnedLimits;
  /** What setup, checks and acceptance commands may read besides their workspace. */
  readonly readable: readonly string[];
  /** Globs that no change may touch, the plan's own and the defaults. */
  readonly protect: readonly string[];
  readonly base: { readonly ref: string; readonly commit: string; readonly tree: string };
  /** The run whose head this one starts from. */
  readonly continues?: string;
}

/** What a builder said and used. `tokens` is null when it was not reported: unknown is not zero. */
export interface BuildRecord {
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly tokens: number | null;
  readonly claim: string | null;
  /** What it says was decided and is worth keeping: a claim. Left out: nothing. */
  readonly decisions?: readonly string[];
  readonly log: LogRef | null;
  /** Why the builder did not end as it should. The change is read and kept all the same. */
  readonly failure?: Failure;
}

/** Half-way to the end of a builder for being stuck. */
export interface BuilderWarning {
  readonly kind: FailureKind;
  readonly message: string;
}

/** From best to worst. */
export const gateDecisions = ["pass", "needs-review", "inconclusive", "block"] as const;
export type GateDecision = (typeof gateDecisions)[number];

/** The tests, coverage and diagnostics of one check on a tree that others built. */
export interface BaselineRecord {
  readonly check: string;
  readonly commit: string;
  readonly tree: string;
  /** SHA-256 of all that the result depends on: the tree, the commands and the environment. */
  readonly key: string;
  /** `made`: the command ran for this run; `found`: it had run before. */
  readonly use: "made" | "found";
  readonly state: BaselineState;
  /** Why it is unusable. */
  readonly why?: string;
  readonly exitCode: number | null;
  readonly counts: TestCounts | null;
}

interface PhaseEventData {
  "attempt-started": {
    readonly attempt: number;
    readonly base: string;
    readonly builder: string;
    /** Left out: the first. */
    readonly chosen?: ChosenStep;
    /** How often its builder's room was enlarged. Left out: never. */
    readonly room?: number;
    /** Tokens set aside for its builder, and counted where that reports none. */
    readonly reserved?: number;
    /** What of the phase is to be built. Left out: all of it. */
    readonly part?: Part;
  };
  "build-started": { readonly attempt: number; readonly promptSha256: string };
  "build-ended": { readonly attempt: number; readonly build: BuildRecord };
  /** The builder at work may be stuck; null: what was told last holds no more. */
  "builder-warned": { readonly attempt: number; readonly warning: BuilderWarning | null };
  "change-read": { readonly attempt: number; readonly change: Change };
  "change-assessed": {
    readonly attempt: number;
    readonly violations: readonly Violation[];
    readonly grantsUsed: readonly GrantUse[];
  };
  /** The next attempt goes on from its change: nothing is verified before the last part is there. */
  "part-built": { readonly attempt: number };
  /**
   * A round of checks on `tree`: the attempt's own tree first; then once more for each time the run head moved
   * or a round was cut off.
   */
  "verification-started": {
    readonly attempt: number;
    readonly round: number;
    readonly tree: string;
    /** The commit the tree is judged against: the attempt's base, or the run head it was merged with. */
    readonly onto: string;
  };
  "check-ended": { readonly attempt: number; readonly round: number; readonly result: CheckResult };
  "gate-decided": {
    readonly attempt: number;
    readonly round: number;
    readonly decision: GateDecision;
    readonly reasons: readonly string[];
    readonly inspection?: Inspection;
  };
  /** The gate left it to a person. */
  "phase-gated": { readonly attempt: number; readonly reviews: readonly Review[] };
  /** A person accepted it: it is verified again, on the head of then. */
  "phase-approved": { readonly attempt: number; readonly by: string; readonly reason: string };
  "integration-started": {
    readonly attempt: number;
    readonly commit: string;
    readonly tree: string;
    readonly onto: string;
    /** What the commit's trailer names. */
    readonly ledgerHead: LedgerHead;
  };
  "phase-completed": { readonly attempt: number; readonly certificate: Certificate };
  "attempt-failed": { readonly attempt: number; readonly failure: Failure; readonly tree: string | null };
  /** Cut off and not counted: by a crash of the executor, or because a person stopped it. */
  "attempt-interrupted": {
    readonly attempt: number;
    readonly cause: "crash" | "stopped";
    readonly why: string;
    /** What the builder had reported by then; null: nothing. */
    readonly tokens?: number | null;
    /** As in `BuildRecord`. */
    readonly decisions?: readonly string[];
    /** Where what the builder had written by then is kept. */
    readonly rescue?: { readonly ref: string; readonly commit: string };
  };
  /** `backOffMs`: what was drawn for the wait, where anything was. */
  "phase-delayed": { readonly until: string; readonly failure: Failure; readonly backOffMs?: number };
  "phase-refused": { readonly failure: Failure };
  "phase-blocked": { readonly by: string; readonly cause: string };
  "phase-skipped": { readonly certifiedIn: string; readonly certificate: Certificate };
  "phase-failed": {
    readonly failure: Failure;
    readonly because: string;
    readonly passedOver?: readonly PassedOver[];
  };
  /** The last step of its chain: a person says whether it is tried again. */
  "phase-asked": {
    readonly failure: Failure;
    readonly because: string;
    readonly passedOver?: readonly PassedOver[];
  };
  /** A person wants another attempt. */
  "phase-retried": { readonly by: string; readonly reason: string };
}

interface RunEventData {
  "run-created": RunCreated;
  /** A process took the run up: the first, or one that resumes it. */
  "run-started": { readonly resumed: boolean; readonly host: string; readonly pid: number };
  "run-waiting": { readonly on: "time" | "person" | "budget"; readonly why: string; readonly until?: string };
  /** What the run waited for has come; the process is the same. */
  "run-woken": Record<never, never>;
  /** The machine's clock was set, or the machine slept: so much of the time since the event before did not pass. */
  "clock-jumped": { readonly byMs: number };
  "run-ended": { readonly state: RunStateName; readonly reason?: RunFailureReason; readonly why: string };
  /** What a check says of a tree without the change, and where that is kept. */
  "baseline-recorded": BaselineRecord;
  "request-accepted": { readonly requestSeq: number; readonly type: RequestType };
  "publishing-started": { readonly branch: string; readonly commit: string };
  "run-published": { readonly branch: string; readonly commit: string };
  "publishing-refused": { readonly branch: string; readonly commit: string; readonly why: string };
}

type PhaseEventOf<T extends PhaseEventType> = {
  readonly type: T;
  readonly data: { readonly phaseId: string } & PhaseEventData[T];
};
type RunLevelEventOf<T extends keyof RunEventData> = { readonly type: T; readonly data: RunEventData[T] };

export type PhaseEvent = { [T in PhaseEventType]: PhaseEventOf<T> }[PhaseEventType];
export type RunLevelEvent = { [T in RunLevelEventType | "run-created"]: RunLevelEventOf<T> }[
  | RunLevelEventType
  | "run-created"];
/** Everything that can stand in `run/<id>`. */
export type RunEvent = PhaseEvent | RunLevelEvent;

export const requestTypes = ["cancel-requested", "approve-requested", "reject-requested"] as const;
export type RequestType = (typeof requestTypes)[number];
/** What anyone may append to `run/<id>/requests`; the run's owner folds it in with `request-accepted`. */
export type RequestEvent =
  | { readonly type: "cancel-requested"; readonly data: { readonly by: string; readonly reason: string } }
  | { readonly type: "approve-requested" | "reject-requested"; readonly data: ReviewRequest };

/** A person's word on an attempt that waits for it. */
export interface ReviewRequest {
  readonly by: string;
  readonly reason: string;
  readonly phaseId: string;
  readonly attempt: number;
}

/** What all runs of a repository learn of it, in the stream `repo`; open to anyone. */
export type RepositoryEvent = TestFlaked | BreakerEvent;

export interface TestFlaked {
  readonly type: "test-flaked";
  readonly data: {
    readonly runId: string;
    readonly phaseId: string;
    readonly attempt: number;
    readonly check: string;
    /** The test's id. */
    readonly id: string;
    readonly outcomes: readonly TestStatus[];
  };
}

export type NewEvent = RunEvent | RequestEvent | DispositionEvent | RepositoryEvent | RecordEvent;

/** What the ledger adds to an event. */
export interface Entry {
  readonly stream: string;
  /** 1, 2, 3 … without a gap within the stream. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly actor: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** An event as the ledger holds it. */
export type Stored<E extends NewEvent = RunEvent> = E extends unknown ? E & Entry : never;

export const runStream = (runId: string): string => `run/${runId}`;
export const repositoryStream = "repo";
/** Also of a run that was imported, whose id may hold any character. */
export const requestStream = (runId: string): string =>
  `run/${encodeURIComponent(runId.toWellFormed())}/requests`;

const phaseEventTypes: ReadonlySet<string> = new Set<PhaseEventType>([
  "attempt-started",
  "build-started",
  "builder-warned",
  "build-ended",
  "change-read",
  "change-assessed",
  "part-built",
  "verification-started",
  "check-ended",
  "gate-decided",
  "phase-gated",
  "phase-approved",
  "integration-started",
  "phase-completed",
  "attempt-failed",
  "attempt-interrupted",
  "phase-delayed",
  "phase-refused",
  "phase-blocked",
  "phase-skipped",
  "phase-failed",
  "phase-asked",
  "phase-retried",
]);

export const isPhaseEvent = (event: RunEvent): event is PhaseEvent => phaseEventTypes.has(event.type);
