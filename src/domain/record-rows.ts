import type { RecordedRow } from "./record-events.ts";
import type { FoldedRecord } from "./record-fold.ts";

/** A row as it is read: its place in the record, and what the latest snapshot that held it has. */
export interface KeyedRow {
  readonly key: string;
  readonly row: RecordedRow;
  readonly missingSince: number | null;
}

export const rowsOf = (record: FoldedRecord, table: string): KeyedRow[] =>
  [...(record.tables.get(table) ?? [])].map(([key, folded]) => ({ key, ...folded }));

/** The cell's text; null where there is none. A number is written out: ids may be either. */
export function textOf(row: RecordedRow, column: string): string | null {
  const cell = row[column];
  if (typeof cell === "string") return cell;
  return typeof cell === "number" ? String(cell) : null;
}

export function numberOf(row: RecordedRow, column: string): number | null {
  const cell = row[column];
  return typeof cell === "number" ? cell : null;
}

/** What a call used, both sides together: only that was measured. Null where the row does not say. */
export function tokensOfCall(row: RecordedRow): number | null {
  const parts = [numberOf(row, "prompt_tokens"), numberOf(row, "completion_tokens")];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? numberOf(row, "total_tokens") : known.reduce((sum, part) => sum + part, 0);
}
