import { showNote } from "../../plan/importers/assemble.ts";
import type { ImportedPlan } from "../../plan/importers/import-plan.ts";
import { listSome } from "../../plan/wording.ts";
import { cleanLines, plural } from "./text.ts";

const mostNotes = 20;

/** What an import came to, and what is left for a person. */
export function importedLines(
  { format, document, notes, phases, withoutDeliverables }: ImportedPlan,
  { file, output }: { readonly file: string; readonly output: string | undefined },
): string[] {
  const shown = notes.slice(0, mostNotes).map((note) => `  ${showNote(note)}`);
  const rest = notes.length > mostNotes ? [`  and ${notes.length - mostNotes} more`] : [];
  const missing =
    withoutDeliverables.length === 0
      ? []
      : [
          `${plural(withoutDeliverables.length, "phase")} without a file: add at least one to the deliverables of ${listSome(withoutDeliverables)}.`,
        ];
  return [
    `Imported ${plural(phases, "phase")} in ${plural(document.tiers.length, "tier")} from ${file} (${format.name}).`,
    // A plan on stdout has them at its top.
    ...(notes.length === 0 || output === undefined
      ? []
      : ["Without an equivalent, or decided:", ...shown, ...rest]),
    ...missing,
    output === undefined
      ? "Save it as a file, then: autopack plan lint FILE"
      : `Wrote ${output}. Next: autopack plan lint ${output}`,
  ].flatMap(cleanLines);
}
