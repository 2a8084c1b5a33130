import type { RunRecord } from "./record.ts";
import { type Purpose, purposes } from "./run.ts";

const signs: readonly (readonly [RegExp, Purpose, string])[] = [
  [/\bbase-?line\b/i, "baseline", "a baseline"],
  [/\bvalidat(?:e|es|ed|ing|ion)\b/i, "validation", "validation"],
  [/\btelemetry\b/i, "validation", "telemetry"],
  [/\b(?:tests?|testing|smoke|dry(?:[- ]run)?|demo)\b/i, "validation", "tests"],
];

/** What a run may have been for, by the words of its name, goal or notes: a proposal, never taken for the purpose. */
export function proposePurpose(
  texts: readonly { readonly what: string; readonly text: string | null }[],
): RunRecord["proposedPurpose"] {
  for (const { what, text } of texts)
    for (const [pattern, purpose, of] of signs) {
      // Words of a name are joined by dashes, dots and underscores, numbers of builds stand before them.
      const found = pattern.exec((text ?? "").slice(0, 10_000).replaceAll(/[_./]/g, " "));
      if (found) return { purpose, reason: `its ${what} speaks of ${of}: "${found[0]}"` };
    }
  return null;
}

export function recordedPurpose(text: string | null): RunRecord["purpose"] {
  const purpose = text?.toLowerCase().replaceAll("_", "-");
  return purposes.find((known) => known === purpose) ?? "unknown";
}
