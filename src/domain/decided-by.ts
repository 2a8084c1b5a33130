import { type FailureClass, type FailureKind, factsOf } from "./failure.ts";
import { unreachable } from "./result.ts";

/**
 * Who decided that an attempt failed, and so whether another one could end otherwise while nothing it depends on changes:
 * the host (it will decide the same), the builder's output (it may differ once), a provider (it passes), or nobody knows.
 */
export const deciders = ["host", "output", "provider", "unknown"] as const;
export type DecidedBy = (typeof deciders)[number];

/** Kinds of which their class says something else. */
const exceptions: Partial<Record<FailureKind, DecidedBy>> = {
  "plan-refused": "host",
  "merge-conflict": "output",
  "output-refused": "output",
  "output-truncated": "output",
  "output-malformed": "output",
  "patch-rejected": "output",
  "check-inconclusive": "unknown",
  "memory-exceeded": "unknown",
  "processes-exceeded": "unknown",
  "repository-locked": "unknown",
  "system-limit": "unknown",
  "port-in-use": "unknown",
  "program-killed": "unknown",
  "program-crashed": "unknown",
};

export const decidedBy = (kind: FailureKind): DecidedBy =>
  exceptions[kind] ?? decidedByClass(factsOf(kind).class);

/** Of a kind that is no exception. */
export function decidedByClass(failureClass: FailureClass): DecidedBy {
  switch (failureClass) {
    case "deterministic":
    case "environment":
    case "internal":
      return "host";
    case "policy":
    case "quality":
      return "output";
    case "transient":
      return "provider";
    case "resource":
    case "builder":
    case "unknown":
      return "unknown";
    default:
      return unreachable(failureClass);
  }
}
