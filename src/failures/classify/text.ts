import { stripVTControlCharacters } from "node:util";
import type { FailureKind, FailureOrigin, Problem } from "../../domain/failure.ts";
import { classifyProvider } from "./provider.ts";
import { readProviderLine } from "./provider-line.ts";
import { readRetry } from "./retry-time.ts";
import { type TextRule, textRules } from "./text-rules.ts";

const mostRead = 20_000;
const longestLine = 16_000;
/** A builder's end: what stands before it may be the code or the tests that it worked on. */
const builderLines = 4;
const otherLines = 60;

export interface TextVerdict extends Pick<Problem, "retryAt" | "retryAfterMs"> {
  readonly kind: FailureKind;
  readonly line: string;
  readonly provider?: string;
}

/**
 * What the end of an output tells: of a builder, its last lines, the last first; of anything else, its first line
 * that a rule fits. Lines that continue another (stack frames, dumped fields, code, what test runners indent) are not
 * read. Undefined where no rule fits.
 */
export function classifyText(
  output: string,
  origin: FailureOrigin | undefined,
  now: Date,
): TextVerdict | undefined {
  const lines = topLines(output);
  const isBuilder = origin === "builder" || origin === "provider";
  const read = isBuilder ? lines.slice(-builderLines).reverse() : lines.slice(-otherLines);
  for (const line of read) {
    const verdict = isBuilder ? verdictOf(line, now) : undefined;
    if (verdict) return { ...verdict, line };
    const rule = ruleFor(line, origin);
    if (rule) return { kind: rule.kind, line, ...(isBuilder ? readRetry(undefined, line, now) : {}) };
  }
  return undefined;
}

const verdictOf = (line: string, now: Date) => {
  const error = readProviderLine(line);
  return error && classifyProvider(error, now);
};

/** The first rule that fits the line. */
export function ruleFor(line: string, origin: FailureOrigin | undefined): TextRule | undefined {
  return textRules.find((rule) => origin !== undefined && rule.from.includes(origin) && rule.line.test(line));
}

/** Lines that begin at the margin and say something. */
function topLines(output: string): string[] {
  return stripVTControlCharacters(output.slice(-mostRead))
    .split(/[\r\n]+/)
    .map((line) => line.slice(0, longestLine).trimEnd())
    .filter((line) => line !== "" && !/^(?:\s|[^\p{L}\d]{1,3}$|Node\.js v[\d.]+$)/u.test(line));
}
