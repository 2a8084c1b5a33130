import { type DecidedBy, decidedBy } from "../../domain/decided-by.ts";
import type { Failure } from "../../domain/failure.ts";
import type { AttemptState } from "../../domain/fold-attempt.ts";

/** Who decided a failed attempt: what goes wrong on the machine while a change is verified may be the change's own fault. */
export function decidedOf(attempt: AttemptState | undefined): DecidedBy {
  if (!attempt?.failure) return "unknown";
  return mayBeOfChange(attempt) ? "output" : decidedBy(attempt.failure.kind);
}

/** Whether a failure of the environment came over the builder's change. The place it works in is our own. */
export const mayBeOfChange = ({ failure, verification }: AttemptState): boolean =>
  verification !== undefined && failure?.class === "environment" && failure.kind !== "workspace-failed";

/** What passes by itself costs time, not attempts. */
export const isWaitedFor = (failure: Failure): boolean =>
  failure.class === "transient" || (failure.class === "resource" && failure.retryAt !== undefined);
