import type { Diagnostic } from "../../domain/finding.ts";
import { findConflicts } from "./conflict-markers.ts";
import type { SourceChange } from "./source-change.ts";
import { parserOf } from "./syntax-fault.ts";

/**
 * What keeps one changed file from being read: its conflict markers, or else the first place where it does not parse.
 * A file that did not parse before is let be.
 */
export async function checkSource({ path, text, before }: SourceChange): Promise<Diagnostic[]> {
  if (text === null) return [];
  const parse = parserOf(path);
  const [now, then] = [plain(text), before === null ? null : plain(before)];
  const fault = (await parse?.(now, then)) ?? null;
  // Where a file parses, its markers stand in a string or a comment.
  if (parse === null || fault !== null) {
    const conflicts = findConflicts(path, now);
    if (conflicts.length > findConflicts(path, then ?? "").length)
      return conflicts.map((line) =>
        faultAt(path, line, 1, "conflict-marker", "a merge conflict was left in the file"),
      );
  }
  if (!parse || !fault) return [];
  if (then !== null && then.trim() !== "" && (await parse(then, then)) !== null) return [];
  return [faultAt(path, fault.line, fault.column, "syntax", fault.message)];
}

const plain = (text: string): string => text.replace(/^\ufeff/, "");

export const faultAt = (
  path: string,
  line: number | null,
  column: number | null,
  rule: "conflict-marker" | "syntax" | "unresolved-import",
  message: string,
): Diagnostic => ({ path, line, column, severity: "error", rule, message });
