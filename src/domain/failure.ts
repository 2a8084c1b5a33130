import type { FailureClass, KindFacts } from "./failure-class.ts";
import { kindsOfSurroundings } from "./kinds-of-surroundings.ts";
import { kindsOfWork } from "./kinds-of-work.ts";

export { type FailureClass, failureAreas, failureClasses } from "./failure-class.ts";

/** Every kind of failure, where it lies, its class, its meaning and the next action. `docs/spec.md` shows this table. */
export const failureKinds = { ...kindsOfWork, ...kindsOfSurroundings } as const satisfies Record<
  string,
  KindFacts
>;

export type FailureKind = keyof typeof failureKinds;

/** The facts of a kind, widened from the literal table. */
export function factsOf(kind: FailureKind): KindFacts {
  return failureKinds[kind];
}

export interface Evidence {
  /** What this is: `path`, `check`, `log`, `commit`, `message` … */
  readonly label: string;
  readonly detail: string;
}

/**
 * Who failed: our own store or API, the model's provider, the builder's program, a tool such as a package manager,
 * the app under work, the change, the plan, or the machine.
 */
export const failureOrigins = [
  "store",
  "api",
  "provider",
  "builder",
  "tool",
  "app",
  "change",
  "plan",
  "host",
] as const;
export type FailureOrigin = (typeof failureOrigins)[number];

/** A failure as whoever saw it describes it, before it is fingerprinted. */
export interface Problem {
  readonly kind: FailureKind;
  readonly origin?: FailureOrigin;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly retryAt?: string;
  readonly retryAfterMs?: number;
}

/** A failure is data: it is stored, compared, shown, and given to the next attempt. */
export interface Failure {
  readonly class: FailureClass;
  readonly kind: FailureKind;
  readonly origin?: FailureOrigin;
  /** One sentence, redacted, for people and for the next attempt's builder. */
  readonly message: string;
  /** The algorithm's name, `v1` or `v2`, a colon and 16 hex digits: the identity of the cause (see failures/fingerprint.ts). */
  readonly fingerprint: string;
  readonly evidence: readonly Evidence[];
  /** ISO 8601 instant before which another attempt is pointless. */
  readonly retryAt?: string;
  /** How far away that was when it was said: the longest wait there is, wherever the clock was set meanwhile. */
  readonly retryAfterMs?: number;
}
