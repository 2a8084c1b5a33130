import { type FailureKind, factsOf } from "../../domain/failure.ts";
import type { RecordedFailure } from "../../domain/record.ts";
import type { LoggedTry } from "../../domain/record-events.ts";
import { fingerprint } from "../fingerprint.ts";

/** What the ancestor's reasons of failure mean, by how they begin or end. Others say that something failed and no more. */
const reasons: readonly (readonly [RegExp, FailureKind])[] = [
  [/PATCH_(?:FAILED|APPLY_ERROR)$/, "patch-rejected"],
  [/^DELIVERABLES_VALIDATION_FAILED/, "deliverable-missing"],
  [/^(?:GOVERNANCE|PROTECTED)_|PROTECTED_PATH/, "protected-path"],
  [/^(?:CI|TESTS?)_FAILED/, "tests-failed"],
  [/^(?:AUDITOR_REJECT|REVIEW_REJECTED)/, "review-rejected"],
  [/^(?:BUILDER_FAILED|BUILDER_ERROR)/, "builder-failed"],
  [/^(?:TOKEN|BUDGET)_.*(?:EXCEEDED|EXHAUSTED)/, "tokens-exhausted"],
  [/^(?:TIMEOUT|PHASE_TIMEOUT)/, "time-exhausted"],
  [/^(?:EXCEPTION|INFRA_ERROR|EXECUTOR_ERROR)/, "orchestrator-error"],
  [/^(?:PLAN_|MANIFEST_)/, "plan-refused"],
];

/** A reason as a phase has it. */
export function failureOfReason(text: string): RecordedFailure {
  const kind = reasons.find(([pattern]) => pattern.test(text))?.[1] ?? "unclassified";
  return {
    kind,
    class: factsOf(kind).class,
    fingerprint: fingerprint({ kind, message: text, evidence: [] }),
    text,
  };
}

/** Kinds of ours for the sorts of cause that are told apart in a log. */
const sorts: Readonly<Record<string, FailureKind>> = {
  "protected-path": "protected-path",
  "plan-gate": "plan-refused",
  "deliverables-missing": "deliverable-missing",
  "tests-failed": "tests-failed",
  "orchestrator-error": "orchestrator-error",
  "own-api-refused": "own-api-failed",
  "no-change": "no-change",
  "output-invalid": "output-malformed",
  "builder-failed": "builder-failed",
  "quota-spent": "quota-exhausted",
  "provider-unavailable": "provider-unavailable",
  "request-rejected": "request-rejected",
  "patch-refused": "patch-rejected",
  "dirty-tree": "merge-conflict",
};

/** The cause of a try that failed, as its log tells it. */
export function failureOfTry({ cause, causeKind, status, fingerprint: told }: LoggedTry): RecordedFailure {
  const text = cause ?? status ?? "";
  const kind = sorts[causeKind ?? ""] ?? (causeKind?.startsWith("patch") ? "patch-rejected" : "unclassified");
  return {
    kind,
    class: factsOf(kind).class,
    fingerprint: told ?? fingerprint({ kind, message: text, evidence: [] }),
    text,
  };
}
