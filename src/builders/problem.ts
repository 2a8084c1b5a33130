import { stripVTControlCharacters } from "node:util";
import type { Problem } from "../domain/failure.ts";
import type { Observation } from "../domain/observation.ts";
import { excerptOf } from "../platform/excerpt.ts";
import type { ProcessResult } from "../platform/ports.ts";

export const builderFailed = (message: string, evidence: Problem["evidence"] = []): Problem => ({
  kind: "builder-failed",
  message,
  evidence,
});

export const builderTimedOut = (timeoutMs: number): Problem => ({
  kind: "builder-timeout",
  message: `the builder did not end within ${Math.round(timeoutMs / 1000)} s`,
  evidence: [],
});

/** What is wrong with how a builder's program ended; undefined when it exited with 0 or was cancelled. */
export function problemOf(result: ProcessResult, timeoutMs: number): Observation | undefined {
  switch (result.ended) {
    case "cancelled":
      return undefined;
    case "not-started":
      return {
        kind: "builder-not-started",
        message: `the builder could not be started: ${result.error ?? "no reason was given"}`,
        evidence: [],
      };
    case "timed-out":
      return { ...builderTimedOut(timeoutMs), evidence: evidenceOf(result) };
    case "over-memory":
      return exceeded("memory-exceeded", "more memory than limits.memory_bytes allows", result);
    case "over-processes":
      return exceeded("processes-exceeded", "more processes than limits.processes allows", result);
    case "signalled":
      return {
        ...builderFailed(`the builder was ended by ${result.signal}${lastWords(result)}`, evidenceOf(result)),
        origin: "builder",
        ...(result.signal === null ? {} : { signal: result.signal }),
        ...(result.memoryKill ? { memoryKill: true } : {}),
      };
    case "exited":
      if (result.exitCode === 0) return undefined;
      return {
        ...builderFailed(
          `the builder exited with ${result.exitCode}${lastWords(result)}`,
          evidenceOf(result),
        ),
        origin: "builder",
        ...(result.exitCode === null ? {} : { exitCode: result.exitCode }),
        ...(result.memoryKill ? { memoryKill: true } : {}),
        output: result.tail,
      };
  }
}

const exceeded = (kind: Problem["kind"], what: string, result: ProcessResult): Problem => ({
  kind,
  message: `the builder was ended: it had ${what}`,
  evidence: evidenceOf(result),
});

/** Lines that say nothing of a cause: stack frames, a runtime's version, the end of a dumped object, package managers' pointers. */
const empty =
  /^(?:at .+|File ".+", line \d+.*|Node\.js v[\d.]+|[\d.\s]+|[^\p{L}\d]+|npm (?:error|ERR!)\s+(?:A complete log|code|errno|path|command|Lifecycle).*)$/iu;
const cause = /^\W*(?:\w*\s)?(?:[\w.]*(?:error|exception)\b|fatal\b|panic)|\berror: /i;

/** The line of the output's end that says most: the last that names an error, else the last that says something. */
function lastWords({ tail }: ProcessResult): string {
  const lines = stripVTControlCharacters(tail)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !empty.test(line));
  const line = lines.findLast((one) => cause.test(one)) ?? lines.at(-1);
  return line === undefined ? "" : `: ${line.slice(0, 300)}`;
}

function evidenceOf(result: ProcessResult): Problem["evidence"] {
  const output = excerptOf(result);
  return [
    ...(result.hint === undefined ? [] : [{ label: "hint", detail: result.hint }]),
    { label: "log", detail: result.log.path },
    ...(output === "" ? [] : [{ label: "output", detail: output }]),
  ];
}
