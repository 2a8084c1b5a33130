export const purposes = ["work", "validation", "baseline", "self-improvement"] as const;
export type Purpose = (typeof purposes)[number];

export const runStates = [
  "created",
  "running",
  "waiting",
  "succeeded",
  "partial",
  "failed",
  "cancelled",
] as const;
export type RunStateName = (typeof runStates)[number];

/** Why a failed run failed. */
export const runFailureReasons = [
  "budget-exhausted",
  "policy-violation",
  "needs-human-review",
  "environment",
] as const;
export type RunFailureReason = (typeof runFailureReasons)[number];

export const endedRunStates: readonly RunStateName[] = ["succeeded", "partial", "failed", "cancelled"];
export const isEnded = (state: RunStateName): boolean => endedRunStates.includes(state);

/** Runs of these purposes are evidence: listed apart, kept out of every metric, never cleaned up. */
export const isEvidence = (purpose: Purpose): boolean => purpose === "validation" || purpose === "baseline";
