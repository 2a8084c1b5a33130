import { createHash } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { type Failure, factsOf, type Problem } from "../domain/failure.ts";

/** Its name begins every fingerprint. */
export const fingerprintAlgorithm = "v1";

/** What differs between two occurrences of one cause, and what it is replaced by, in this order. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, "TIME"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "ID"],
  [/\b[0-9a-f]{7,64}\b/gi, "HASH"],
  [/(\/[\w.@~+-]+)*\/(tmp|workspaces)\/[^\s'":)]*?\/tree\//g, ""],
  [/\/(tmp|var\/folders)\/[^\s'":)]+/g, "TMP"],
  [/(127\.0\.0\.1|localhost):\d+/g, "HOST:PORT"],
  [/\d+(\.\d+)?/g, "N"],
  [/\s+/g, " "],
];

/** The message without what changes from one occurrence to the next. */
export function normaliseMessage(message: string): string {
  return volatile
    .reduce((text, [pattern, mark]) => text.replace(pattern, mark), stripVTControlCharacters(message))
    .trim();
}

/**
 * Algorithm v1: class, kind, normalised message and, where a program failed, its normalised output; as `v1:` and the
 * first 16 hex digits of their SHA-256.
 */
export function fingerprint(problem: Problem): string {
  const outputs = problem.evidence.filter((item) => item.label === "output").map((item) => item.detail);
  const causes = [problem.message, ...outputs].map(normaliseMessage);
  const text = [factsOf(problem.kind).class, problem.kind, ...causes].join("\n");
  return `${fingerprintAlgorithm}:${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** The failure that a problem is, with its class and identity. */
export function toFailure(problem: Problem): Failure {
  return {
    class: factsOf(problem.kind).class,
    kind: problem.kind,
    message: problem.message,
    fingerprint: fingerprint(problem),
    evidence: problem.evidence,
    ...(problem.retryAt ? { retryAt: problem.retryAt } : {}),
    ...(problem.retryAfterMs === undefined ? {} : { retryAfterMs: problem.retryAfterMs }),
  };
}
