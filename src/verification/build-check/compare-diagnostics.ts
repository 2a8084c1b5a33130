import type { Diagnostic } from "../../domain/finding.ts";

/** The line that a line of the new tree had in the old one; null for one that the change added or modified. */
export type MovedLines = (path: string, line: number) => number | null;

export interface DiagnosticComparison {
  /** What the baseline does not have. */
  readonly fresh: readonly Diagnostic[];
  readonly known: readonly Diagnostic[];
}

/** The same complaint, wherever it moved to and whatever it counts. */
const keyOf = ({ path, rule, message }: Diagnostic): string =>
  JSON.stringify([path, rule, message.replace(/\d+/g, "0")]);

/**
 * Which diagnostics were there before. Equal are those of the same path, rule and message, numbers aside; as many
 * are known as the baseline has, those on lines that it complained of first, those on changed lines last. Without a
 * baseline all are fresh.
 */
export function compareDiagnostics(
  baseline: readonly Diagnostic[] | null,
  now: readonly Diagnostic[],
  movedLines: MovedLines = (_path, line) => line,
): DiagnosticComparison {
  const left = Map.groupBy(baseline ?? [], keyOf);
  const fresh: Diagnostic[] = [];
  const known: Diagnostic[] = [];
  for (const [key, same] of Map.groupBy(now, keyOf)) {
    const lines = (left.get(key) ?? []).map(({ line }) => line);
    const ranked = same
      .map((diagnostic) => ({ diagnostic, rank: rankOf(diagnostic, lines, movedLines) }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ diagnostic }) => diagnostic);
    known.push(...ranked.slice(0, lines.length));
    fresh.push(...ranked.slice(lines.length));
  }
  const order = new Map(now.map((diagnostic, index) => [diagnostic, index]));
  const inOrder = (list: Diagnostic[]) => list.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  return { fresh: inOrder(fresh), known: inOrder(known) };
}

function rankOf(
  { path, line }: Diagnostic,
  lines: readonly (number | null)[],
  movedLines: MovedLines,
): number {
  const was = line === null ? null : movedLines(path, line);
  if (lines.includes(was)) return 0;
  return was === null ? 2 : 1;
}
