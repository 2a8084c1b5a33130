import { subjectOf } from "../../domain/dispositions.ts";
import type { Decision } from "../decide-remediation.ts";
import { layTable } from "./terminal.ts";
import { plural, stripControl } from "./text.ts";

/** What a file of dispositions does, or did. */
export function renderEffects(
  {
    decisions,
    files,
    recorded,
    file,
  }: {
    readonly decisions: readonly Decision[];
    readonly files: readonly string[];
    /** Ids of what was recorded; empty: nothing was. */
    readonly recorded: readonly string[];
    readonly file: string;
  },
  { columns }: { readonly columns: number },
): string {
  const open = decisions.filter(({ already }) => already === null);
  const rows = decisions.map(({ proposal, effect, already }) =>
    [proposal.kind, subjectOf(proposal), already === null ? effect : `recorded already: ${already}`].map(
      stripControl,
    ),
  );
  const table =
    rows.length === 0 ? [] : layTable([["ACTION", "SUBJECT", "EFFECT"], ...rows], { columns, flexible: 2 });
  const fileLines = files.map((path) =>
    stripControl(`${recorded.length > 0 ? "Wrote" : "Would write"} ${path}`),
  );
  const end =
    open.length === 0
      ? "There is nothing to record."
      : recorded.length > 0
        ? `Recorded ${plural(recorded.length, "disposition")}; no outcome has changed. \`autopack disposition list\` shows them.`
        : `Nothing is recorded yet. Record ${plural(open.length, "disposition")} with: autopack remediate apply ${stripControl(file)} --yes`;
  return [...table, ...fileLines, end].join("\n");
}
