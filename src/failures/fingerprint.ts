import { createHash } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { type Failure, factsOf, type Problem } from "../domain/failure.ts";
import { splitStack } from "./fingerprint/frames.ts";
import { readPatchRefusals } from "./fingerprint/git-apply.ts";
import { cut, normalise } from "./fingerprint/normalise.ts";

/**
 * Its name begins every fingerprint: those of another algorithm may stand beside them in one ledger, and are equal to none.
 */
export const fingerprintAlgorithm = "v2";

/** Evidence that tells the cause itself: what a report names. Where there is some, what was printed adds nothing. */
const named: readonly string[] = ["test", "place"];
/** Evidence that holds the cause among other things. */
const printed: readonly string[] = ["output", "message", "stack", "code"];

/**
 * Algorithm v2: class, kind, and of the message and the evidence the innermost frames of the project's own code and
 * the normalised text; as `v2:` and the first 16 hex digits of their SHA-256. It is the same wherever and whenever
 * the same thing goes wrong: no path of this machine, time, number or id is in it, nor the line of a frame.
 */
export function fingerprint(problem: Problem): string {
  const causes = causesOf(problem).map((text) => readCause(text));
  const identity = [
    factsOf(problem.kind).class,
    problem.kind,
    causes.flatMap(({ frames }) => frames),
    causes.flatMap(({ says }) => says),
  ];
  return `${fingerprintAlgorithm}:${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16)}`;
}

function causesOf({ message, evidence }: Problem): string[] {
  const detailsOf = (labels: readonly string[]) =>
    evidence.filter(({ label }) => labels.includes(label)).map(({ detail }) => detail);
  const byName = detailsOf(named);
  // Tests and compilers name what fails in any order.
  return [message, ...(byName.length > 0 ? byName.sort() : detailsOf(printed))];
}

function readCause(text: string): { readonly frames: readonly string[]; readonly says: readonly string[] } {
  const plain = stripVTControlCharacters(cut(text));
  const refusals = readPatchRefusals(plain);
  if (refusals) return { frames: [], says: refusals };
  const { frames, rest } = splitStack(plain);
  return { frames: frames.map((frame) => `${frame.file} ${frame.function}`), says: [normalise(rest)] };
}

/** The failure that a problem is, with its class and identity. */
export function toFailure(problem: Problem): Failure {
  return {
    class: factsOf(problem.kind).class,
    kind: problem.kind,
    ...(problem.origin === undefined ? {} : { origin: problem.origin }),
    message: problem.message,
    fingerprint: fingerprint(problem),
    evidence: problem.evidence,
    ...(problem.retryAt ? { retryAt: problem.retryAt } : {}),
    ...(problem.retryAfterMs === undefined ? {} : { retryAfterMs: problem.retryAfterMs }),
  };
}
