import type { LedgerHead } from "./certificate.ts";
import type { DispositionEvent } from "./dispositions.ts";
import type { NewEvent, RepositoryEvent, RequestEvent, RunEvent, Stored } from "./events.ts";
import type { RunState } from "./fold.ts";
import type { RecordEvent } from "./record-events.ts";
import type { Result } from "./result.ts";

/** A process, told apart from any other that ever had its pid. */
export interface ProcessIdentity {
  readonly host: string;
  /** Changes when the host boots. */
  readonly bootId: string;
  readonly pid: number;
  /** In the platform's own unit; only compared for equality. */
  readonly startTime: string;
}

/** The right to append to a stream. `fence` grows with every new owner; an older one is refused. */
export interface Lease {
  readonly stream: string;
  readonly fence: number;
}

export interface LeaseHeld {
  readonly code: "lease-held";
  readonly owner: ProcessIdentity;
  readonly renewedAt: string;
}

export interface AppendRefusal {
  /**
   * `seq-taken`: somebody else appended first. `fenced`: the lease belongs to another owner by now.
   * `illegal-event`: the event cannot follow in the folded state.
   */
  readonly code: "seq-taken" | "fenced" | "illegal-event";
  readonly message: string;
}

export interface Append<E extends NewEvent = NewEvent> {
  readonly stream: string;
  /** The sequence number of the stream's last event, as the caller knows it; 0 for a new stream. */
  readonly expectedSeq: number;
  readonly events: readonly E[];
  readonly actor: string;
  /** ISO 8601; the time of every event in this append. */
  readonly at: string;
  /** Needed for `run/<id>`; request streams are open to anyone. */
  readonly lease?: Lease;
}

/** An append that is durable; `state` is the folded run, for a run's own stream. */
export interface Appended {
  readonly head: LedgerHead;
  /** The events as they were stored. */
  readonly events: readonly Stored<RunEvent>[];
  readonly state?: RunState;
}

/**
 * The append-only table of events. An append is all or nothing and durable when it returns; projections are
 * written in the same transaction. Expected refusals are values; a throw is an outage of the store.
 */
export interface Ledger {
  append(append: Append): Promise<Result<Appended, AppendRefusal>>;
  /** Several appends to streams that are open to anyone, all or nothing and durable together. */
  appendTogether(
    appends: readonly Append<RecordEvent | DispositionEvent>[],
  ): Promise<Result<void, AppendRefusal>>;
  /** Everything that was imported, stream by stream; null: the stream of snapshots and rows that name no run. */
  readRecords(): AsyncIterable<StoredRecord>;
  /** The events of a run's own stream after `afterSeq`, in order. */
  readRun(runId: string, afterSeq?: number): Promise<Stored<RunEvent>[]>;
  readRequests(runId: string, afterSeq?: number): Promise<Stored<RequestEvent | DispositionEvent>[]>;
  /** Of all runs, own and imported, in the order of their recording. */
  readDispositions(): Promise<Stored<DispositionEvent>[]>;
  readRepository(afterSeq?: number): Promise<Stored<RepositoryEvent>[]>;
  /** The folded state of a run; undefined when there is no such run. */
  loadRun(runId: string): Promise<{ readonly state: RunState; readonly head: LedgerHead } | undefined>;
}

/** What other programs recorded of a run, as events in order. */
export interface StoredRecord {
  readonly runId: string | null;
  readonly events: readonly Stored<RecordEvent>[];
}

/** Who holds a lease, and its last sign of life by its own clock. */
export interface LeaseHolder {
  readonly owner: ProcessIdentity;
  readonly renewedAt: string;
}

/** Who may write which stream. */
export interface Leases {
  /** Takes the lease when it is free or released, or when `isGone` says so of its holder. */
  acquire(
    stream: string,
    owner: ProcessIdentity,
    now: Date,
    isGone: (holder: LeaseHolder) => Promise<boolean>,
  ): Promise<Result<Lease, LeaseHeld>>;
  /** False when the lease belongs to another owner by now. */
  renew(lease: Lease, now: Date): Promise<boolean>;
  release(lease: Lease): Promise<void>;
  /** The current owner, if any holds it. */
  holder(stream: string): Promise<LeaseHolder | undefined>;
}

/** A row per run, for lists: the projection of `RunState`. Times ISO 8601. */
export interface RunRow {
  readonly runId: string;
  readonly planId: string;
  readonly goal: string;
  readonly purpose: string;
  readonly state: string;
  readonly reason: string | null;
  readonly continues: string | null;
  readonly baseCommit: string;
  readonly head: string;
  readonly branch: string | null;
  readonly phases: number;
  readonly complete: number;
  readonly failed: number;
  readonly blocked: number;
  readonly skipped: number;
  readonly attempts: number;
  /** Sum of what builders reported. */
  readonly tokens: number;
  /** Attempts whose builder ran and reported no tokens: their spend is unknown, not zero. */
  readonly attemptsWithUnknownTokens: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

export interface PhaseRow {
  readonly runId: string;
  readonly phaseId: string;
  readonly ord: number;
  readonly tier: number;
  readonly name: string;
  readonly state: string;
  readonly attempts: number;
  readonly failureClass: string | null;
  readonly failureKind: string | null;
  readonly failureMessage: string | null;
  readonly blockedBy: string | null;
  readonly tree: string | null;
  readonly tokens: number;
  readonly attemptsWithUnknownTokens: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** Queries over the projections. */
export interface RunIndex {
  /** Newest first. */
  runs(): Promise<RunRow[]>;
  /** In plan order. */
  phases(runId: string): Promise<PhaseRow[]>;
  /** The most tokens that a call reported, by the builder's name, over all runs. */
  highestTokens(): Promise<Readonly<Record<string, number>>>;
}
