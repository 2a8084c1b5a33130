import { createHash } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { factsOf, type Problem } from "../../domain/failure.ts";

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

const normalise = (message: string): string =>
  volatile
    .reduce((text, [pattern, mark]) => text.replace(pattern, mark), stripVTControlCharacters(message))
    .trim();

/**
 * Algorithm v1, kept for failures that were stored with it: class, kind, normalised message and, where a program
 * failed, its normalised output; as `v1:` and the first 16 hex digits of their SHA-256.
 */
export function fingerprintV1(problem: Problem): string {
  const outputs = problem.evidence.filter((item) => item.label === "output").map((item) => item.detail);
  const causes = [problem.message, ...outputs].map(normalise);
  const text = [factsOf(problem.kind).class, problem.kind, ...causes].join("\n");
  return `v1:${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}
