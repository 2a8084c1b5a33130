import type { AssessedCause, CauseParty, VerdictName } from "../domain/assessment.ts";
import { decidedBy } from "../domain/decided-by.ts";
import { factsOf } from "../domain/failure.ts";
import type { FailureArea } from "../domain/failure-class.ts";
import type { PhaseRecord, RecordedFailure } from "../domain/record.ts";

const parties: Record<FailureArea, CauseParty> = {
  plan: "plan",
  policy: "policy",
  provider: "provider",
  "model output": "builder",
  builder: "builder",
  change: "builder",
  build: "builder",
  tests: "builder",
  environment: "environment",
  database: "orchestrator",
  orchestrator: "orchestrator",
};

/** The failure that ended a phase: its own, else that of its last attempt that tells of one. */
export function lastFailureOf(phase: PhaseRecord): RecordedFailure | null {
  return phase.failure ?? phase.attempts.findLast(({ failure }) => failure !== null)?.failure ?? null;
}

/** Who caused that a phase is not done, whatever came of the work since; `unknown` where it failed and nothing says why. */
export function assessCause(phase: PhaseRecord, verdict: VerdictName): AssessedCause {
  const failure = lastFailureOf(phase);
  if (phase.recorded === "complete" && verdict !== "false-complete") return nothing;
  if (failure)
    return {
      party: failure.class === "unknown" ? "unknown" : parties[factsOf(failure.kind).area],
      fingerprint: failure.fingerprint,
      text: failure.text,
    };
  // Recorded complete and was not: whatever recorded it did not look.
  if (verdict === "false-complete")
    return {
      party: "orchestrator",
      fingerprint: null,
      text: "recorded complete without looking at the tree",
    };
  const failed = phase.recorded === "failed" || phase.attempts.some(({ outcome }) => outcome === "failed");
  return failed ? { party: "unknown", fingerprint: null, text: null } : nothing;
}

const nothing: AssessedCause = { party: "none", fingerprint: null, text: null };

/**
 * By which rule the attempts could have been refused before a token was spent; null: by none that is known. `first` of
 * the group was needed to learn the cause where the breaker would have refused the others.
 */
export function refusableForFree(failure: RecordedFailure, attempts: number): string | null {
  const { area } = factsOf(failure.kind);
  if (area === "plan" || failure.kind === "protected-path") return "plan lint, before the first attempt";
  if (attempts < 2) return null;
  const decider = decidedBy(failure.kind);
  if (decider === "host") return "the breaker, after the first attempt";
  return attempts > 2 && decider !== "provider" ? "the breaker, after the second equal failure" : null;
}
