import { stripVTControlCharacters } from "node:util";
import type { FailureOrigin } from "../../domain/failure.ts";
import { headersIn } from "../delays/headers.ts";
import { classifyProvider, delayOf, type Heard, type ProviderVerdict } from "./provider.ts";
import { readProviderLine } from "./provider-line.ts";
import { type TextRule, textRules } from "./text-rules.ts";

const mostRead = 20_000;
const longestLine = 16_000;
/** A builder's end: what stands before it may be the code or the tests that it worked on. */
const builderLines = 4;
const otherLines = 60;

export interface TextVerdict extends ProviderVerdict {
  readonly line: string;
}

/**
 * What the end of an output tells: of a builder, its last lines, the last first; of anything else, its first line
 * that a rule fits. Lines that continue another (stack frames, dumped fields, code, what test runners indent) are
 * read only for the answer and the headers of a provider that the line before them tells of. Undefined where no rule fits.
 */
export function classifyText(
  output: string,
  origin: FailureOrigin | undefined,
  heard: Heard,
): TextVerdict | undefined {
  const lines = topLines(output);
  const isBuilder = origin === "builder" || origin === "provider";
  const read = isBuilder ? lines.slice(-builderLines).reverse() : lines.slice(-otherLines);
  for (const { text, whole } of read) {
    const verdict = isBuilder ? verdictOf(text, whole, heard, output) : undefined;
    if (verdict) return { ...verdict, line: text };
    const rule = ruleFor(text, origin);
    if (!rule) continue;
    const delay = isBuilder && delayOf(rule.kind, { headers: headersIn(output), message: text }, heard);
    return { kind: rule.kind, line: text, ...(delay ? { delay } : {}) };
  }
  return undefined;
}

const verdictOf = (line: string, whole: string, heard: Heard, output: string) => {
  const error = readProviderLine(isCut(line) ? whole : line);
  return error && classifyProvider(error, heard, output);
};

/** Whether an answer goes on behind the line's end. */
const isCut = (line: string): boolean => line.split(/[[{]/).length > line.split(/[\]}]/).length;

/** The first rule that fits the line. */
export function ruleFor(line: string, origin: FailureOrigin | undefined): TextRule | undefined {
  return textRules.find((rule) => origin !== undefined && rule.from.includes(origin) && rule.line.test(line));
}

/** Lines that begin at the margin and say something; `whole` is one with the lines that continue it. */
function topLines(output: string): { readonly text: string; readonly whole: string }[] {
  const all = stripVTControlCharacters(output.slice(-mostRead))
    .split(/[\r\n]+/)
    .map((line) => line.slice(0, longestLine).trimEnd())
    .filter((line) => line !== "");
  const tops: { text: string; whole: string }[] = [];
  for (const line of all) {
    const last = tops.at(-1);
    if (!continues.test(line)) tops.push({ text: line, whole: line });
    else if (last && last.whole.length < longestLine) last.whole = `${last.whole} ${line.trim()}`;
  }
  return tops;
}

const continues = /^(?:\s|[^\p{L}\d]{1,3}$|Node\.js v[\d.]+$)/u;
