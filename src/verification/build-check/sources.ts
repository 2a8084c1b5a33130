import type { Diagnostic } from "../../domain/finding.ts";
import { findConflicts } from "./conflict-markers.ts";
import { isSample, longestRead, type SourceChange } from "./source-change.ts";
import { parserOf } from "./syntax-fault.ts";

/**
 * What keeps changed files from being read: conflict markers, and the first place where a file does not parse. Only
 * what the change brought: a file that did not parse before is let be, and so is a new one in a folder of samples.
 */
export async function checkSources(files: readonly SourceChange[]): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const file of files) found.push(...(await checkSource(file)));
  return found;
}

async function checkSource({ path, text, before }: SourceChange): Promise<Diagnostic[]> {
  if (text === null || text.length > longestRead || (before === null && isSample(path))) return [];
  const parse = parserOf(path);
  const [now, then] = [plain(text), before === null ? null : plain(before)];
  const fault = (await parse?.(now, then)) ?? null;
  // Where a file parses, its markers stand in a string or a comment.
  if (parse === null || fault !== null) {
    const conflicts = findConflicts(path, now);
    if (conflicts.length > findConflicts(path, then ?? "").length)
      return conflicts.map((line) =>
        error(path, line, 1, "conflict-marker", "a merge conflict was left in the file"),
      );
  }
  if (!parse || !fault) return [];
  if (then !== null && then.trim() !== "" && (await parse(then, then)) !== null) return [];
  return [error(path, fault.line, fault.column, "syntax", fault.message)];
}

const plain = (text: string): string => text.replace(/^\ufeff/, "");

const error = (path: string, line: number, column: number, rule: string, message: string): Diagnostic => ({
  path,
  line,
  column,
  severity: "error",
  rule,
  message,
});
