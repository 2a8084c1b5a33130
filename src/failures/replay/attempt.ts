import type { DecidedBy } from "../../domain/decided-by.ts";

/** Why an attempt failed, as far as the log says so. */
export interface Cause {
  readonly kind: string;
  readonly decidedBy: DecidedBy;
  readonly message: string;
  /** Undefined where the log gives no reason: such failures are equal to none. */
  readonly fingerprint?: string;
}

/** One attempt as a log tells it. Times are milliseconds of the time as printed, taken as if it were UTC. */
export interface LoggedAttempt {
  readonly run?: string;
  readonly phase: string;
  readonly start: number;
  readonly end?: number;
  readonly outcome: "succeeded" | "failed" | "unfinished";
  /** As printed: `PATCH_FAILED`. */
  readonly status?: string;
  readonly cause?: Cause;
  readonly tokens?: number;
  readonly model?: string;
  readonly scope?: string;
  readonly base?: string;
  /** Identity of the executor's process. */
  readonly process: string;
  /** Revisions of the phase's plan in this process before the attempt. */
  readonly replans: number;
  /** What the plan check had said against the phase, and nothing changed since. */
  readonly planRefusal?: string;
  /** A change to protected paths was rejected in it. */
  readonly rejected: boolean;
  /** Its outcome could not be written: since when, and why. */
  readonly notStored?: { readonly at: number; readonly why: string };
  /** When the process last wrote an outcome of any phase, before this attempt. */
  readonly storedBefore?: number;
}
