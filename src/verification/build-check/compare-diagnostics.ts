import type { Diagnostic } from "../../domain/finding.ts";

export interface ComparedDiagnostics {
  /** What the baseline does not have. */
  readonly fresh: readonly Diagnostic[];
  readonly known: readonly Diagnostic[];
}

/** The same complaint, wherever it moved to and whatever it counts. */
const keyOf = ({ path, rule, message }: Diagnostic): string =>
  JSON.stringify([path, rule, message.replace(/\d+/g, "0")]);

/**
 * Which diagnostics were there before. Equal are those of the same path, rule and message, numbers aside; as many
 * are known as the baseline has, those on lines that it complained of first. Without a baseline all are fresh.
 */
export function compareDiagnostics(
  baseline: readonly Diagnostic[] | null,
  now: readonly Diagnostic[],
): ComparedDiagnostics {
  const left = Map.groupBy(baseline ?? [], keyOf);
  const fresh: Diagnostic[] = [];
  const known: Diagnostic[] = [];
  for (const [key, same] of Map.groupBy(now, keyOf)) {
    const lines = (left.get(key) ?? []).map(({ line }) => line);
    const ranked = [
      ...same.filter(({ line }) => lines.includes(line)),
      ...same.filter(({ line }) => !lines.includes(line)),
    ];
    known.push(...ranked.slice(0, lines.length));
    fresh.push(...ranked.slice(lines.length));
  }
  const order = new Map(now.map((diagnostic, index) => [diagnostic, index]));
  const inOrder = (list: Diagnostic[]) => list.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  return { fresh: inOrder(fresh), known: inOrder(known) };
}
