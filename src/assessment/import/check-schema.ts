import { neededColumns } from "../../domain/autopack-py.ts";
import type { SnapshotTable } from "../../domain/record-events.ts";

/** Why a database is none of the ancestor's, as the end of a sentence; undefined when it may be one. */
export function whyNoAncestor(tables: readonly SnapshotTable[]): string | undefined {
  for (const [name, columns] of Object.entries(neededColumns)) {
    const table = tables.find((candidate) => candidate.name === name);
    if (!table) return `it has no table ${name}`;
    const missing = columns.filter((column) => !table.columns.includes(column));
    if (missing.length > 0) return `its table ${name} has no column ${missing.join(", ")}`;
  }
  return undefined;
}
