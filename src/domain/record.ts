import type { Certificate } from "./certificate.ts";
import type { Failure, FailureKind } from "./failure.ts";
import type { DeliverableChange } from "./plan.ts";
import type { Purpose } from "./run.ts";

/** Where what is known of a run comes from. `reference-only`: the record names it and does not hold it. */
export const recordOrigins = ["native", "imported", "reference-only"] as const;
export type RecordOrigin = (typeof recordOrigins)[number];

/** Times are ISO 8601 in UTC; null: the record does not say. */
export interface RecordedTime {
  readonly at: string;
  /** False where the clock that wrote it could not be told: nothing may rest on it. */
  readonly certain: boolean;
}

/** What one entry of a scope asks for, as it was written and as it is read. */
export interface Expectation {
  /** The entry as written, cut to what a person can read. */
  readonly entry: string;
  readonly target:
    | { readonly kind: "path"; readonly path: string }
    | { readonly kind: "directory"; readonly path: string; readonly minCount: number | null }
    | { readonly kind: "glob"; readonly glob: string }
    /** Says nothing that could be looked at: never judged. */
    | { readonly kind: "prose" };
  readonly change: DeliverableChange;
  /** Identifiers, imports or file names that the entry or the phase names exactly. */
  readonly mustContain: readonly string[];
}

/** One try at a phase, as the record or a log tells of it. */
export interface RecordedAttempt {
  readonly startedAt: RecordedTime | null;
  readonly endedAt: RecordedTime | null;
  readonly outcome: "complete" | "failed" | "interrupted" | "continued" | "unknown";
  readonly failure: RecordedFailure | null;
  /** Null: unknown, which is not zero. */
  readonly tokens: number | null;
}

/** A cause as recorded. `text` is verbatim; class, kind and fingerprint are this program's reading of it. */
export interface RecordedFailure extends Pick<Failure, "class" | "fingerprint"> {
  readonly kind: FailureKind;
  readonly text: string;
}

/** Tokens spent are the sum of the calls; what else the record says of them is compared, never used. */
export interface RecordedTokens {
  /** Null: no call is recorded. */
  readonly spent: number | null;
  readonly calls: number;
  /** What the phase or run itself states; null: nothing. */
  readonly stated: number | null;
}

/** A phase as any record tells of it: this program's own ledger, or one that was imported. */
export interface PhaseRecord {
  readonly runId: string;
  readonly phaseId: string;
  /** Order within the run, from 0. */
  readonly ord: number;
  readonly tier: string;
  readonly name: string;
  readonly description: string;
  /** Verbatim; null: the record holds no state of it. */
  readonly recordedState: string | null;
  /** What the recorded state means; `illegal`: a value that its own program does not know. */
  readonly recorded: "complete" | "failed" | "unfinished" | "not-started" | "illegal" | "none";
  readonly category: string | null;
  readonly complexity: string | null;
  readonly dependsOn: readonly string[];
  readonly expectations: readonly Expectation[];
  readonly writeScope: readonly string[];
  /** The earliest of created, first call and first logged attempt; `certain` as of that very time. */
  readonly beginning: RecordedTime | null;
  readonly end: RecordedTime | null;
  readonly attempts: readonly RecordedAttempt[];
  readonly tokens: RecordedTokens;
  /** Why it failed, as recorded. */
  readonly failure: RecordedFailure | null;
  readonly certificate: Certificate | null;
}

/** A contradiction inside the record: two things it says that cannot both hold. */
export interface Contradiction {
  readonly kind: string;
  readonly runId: string | null;
  readonly phaseId: string | null;
  readonly message: string;
  /** Where in the record: table and row, stream and event, document and line. */
  readonly places: readonly string[];
}

export interface RunRecord {
  readonly runId: string;
  readonly origin: RecordOrigin;
  readonly name: string;
  readonly goal: string | null;
  readonly recordedState: string | null;
  /** `unknown` unless the record says it. */
  readonly purpose: Purpose | "unknown";
  readonly proposedPurpose: { readonly purpose: Purpose; readonly reason: string } | null;
  /** The run that it goes on from, or is a retry of. */
  readonly continues: string | null;
  readonly createdAt: RecordedTime | null;
  readonly endedAt: RecordedTime | null;
  readonly failureReason: string | null;
  /** Of all its calls, those of phases that the record does not hold too. */
  readonly tokens: RecordedTokens;
  readonly phases: readonly PhaseRecord[];
  /** Free text of the record that may hold claims: notes, dispositions, imported decisions. */
  readonly notes: readonly { readonly text: string; readonly place: string; readonly at: string | null }[];
  readonly contradictions: readonly Contradiction[];
}
