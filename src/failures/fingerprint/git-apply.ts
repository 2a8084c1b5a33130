import { normalise } from "./normalise.ts";

/** What git says about a patch that it refuses, and what is wrong then. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/^error: patch failed: (.{1,500}?):\d{1,7}$/, "does not apply"],
  [/^error: (.{1,500}): patch does not apply$/, "does not apply"],
  [/^error: (.{1,500}): already exists in (?:index|working directory)$/, "exists already"],
  [/^error: (.{1,500}): does not exist in index$/, "is not there"],
  [/^error: (.{1,500}): does not match index$/, "differs from the index"],
  [/^error: (.{1,500}): No such file or directory$/, "is not there"],
  [/^error: corrupt patch at (?:line |.{1,300}:)\d{1,7}$/, "is corrupt"],
  [/^error: patch fragment without header at (?:line |.{1,300}:)\d{1,7}.{0,300}$/, "is corrupt"],
  [/^error: (?:unrecognized input|No valid patches in input.{0,100})$/, "is no patch"],
  [/^error: (?:cannot apply binary patch to '(.{1,500})' without full index line)$/, "is binary"],
  [/^CONFLICT \(([\w/ ]{1,40})\): (?:Merge conflict in )?.{1,500}$/, "conflicts"],
];
const conflictPath = /^CONFLICT \([\w/ ]{1,40}\): Merge conflict in (.{1,500})$/;
/** What else git prints about a patch: where it looked, and faults that it would only warn about. */
const noise =
  /^(?:Checking patch .{1,500}\.\.\.|Applied patch .{1,500}|Falling back to .{1,100}|error: while searching for:|hint: .{1,500}|.{1,500}:\d{1,7}: (?:trailing whitespace|space before tab in indent|indent with spaces|new blank line at EOF)\.|warning: (?:\d{1,7} lines? adds? whitespace errors\.|squelched \d{1,7} whitespace errors?))$/;

/**
 * What git refused about patches, by kind and path, sorted; null where the text holds no such refusal. Of such a text
 * nothing else tells the cause: whitespace warnings come first, and what git searched for changes with the patch.
 */
export function readPatchRefusals(text: string): readonly string[] | null {
  const found = new Set<string>();
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.slice(0, 1200).trim();
    if (noise.test(line)) continue;
    const [pattern, what] = refusals.find(([one]) => one.test(line)) ?? [];
    if (pattern === undefined) continue;
    const path = conflictPath.exec(line)?.[1] ?? (what === "conflicts" ? undefined : pattern.exec(line)?.[1]);
    found.add(`patch ${what}: ${path === undefined ? "" : normalise(`'${path}'`)}`.trim());
  }
  const isPatch = [...found].some((line) => !line.startsWith("patch is not there"));
  return isPatch ? [...found].sort() : null;
}
