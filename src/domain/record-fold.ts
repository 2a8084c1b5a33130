import { canonicalJson } from "./canonical.ts";
import type { LoggedTry, RecordEvent, RecordedRow } from "./record-events.ts";

/** A row with what snapshots said of it. */
export interface FoldedRow {
  /** As the latest snapshot that held it has it. */
  readonly row: RecordedRow;
  /** The snapshot that first lacked it; null: the latest one holds it. */
  readonly missingSince: number | null;
}

export interface StateChange {
  readonly table: string;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly snapshot: number;
}

/** What a record's events come to; nothing is interpreted. */
export interface FoldedRecord {
  /** Rows by table and key, in the order in which they were first seen. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, FoldedRow>>;
  readonly changes: readonly StateChange[];
  /** Tries that logs tell of, by phase and start; of one that was told twice, what was told last. */
  readonly tries: readonly LoggedTry[];
  /** The latest snapshot that anything here was read from; 0: none. */
  readonly snapshot: number;
  readonly sources: readonly string[];
}

export function foldRecord(events: Iterable<RecordEvent>): FoldedRecord {
  const tables = new Map<string, Map<string, FoldedRow>>();
  const changes: StateChange[] = [];
  const tries = new Map<string, LoggedTry>();
  const sources = new Set<string>();
  let snapshot = 0;
  for (const { type, data } of events) {
    if (type === "log-attempts-observed") {
      for (const attempt of data.attempts) tries.set(tryKey(attempt), attempt);
      continue;
    }
    const { source } = data;
    snapshot = Math.max(snapshot, source.snapshot);
    sources.add(source.sha256);
    if (type === "snapshot-imported") continue;
    let rows = tables.get(data.table);
    if (!rows) tables.set(data.table, (rows = new Map()));
    if (type === "record-rows-observed")
      for (const { key, row } of data.rows) rows.set(key, { row, missingSince: null });
    else if (type === "record-rows-missing")
      for (const key of data.keys) {
        const known = rows.get(key);
        if (known) rows.set(key, { row: known.row, missingSince: source.snapshot });
      }
    else changes.push({ ...pick(data), snapshot: source.snapshot });
  }
  return { tables, changes, tries: [...tries.values()], snapshot, sources: [...sources] };
}

const pick = ({ table, key, from, to }: Omit<StateChange, "snapshot">) => ({ table, key, from, to });

/** A try is the same when phase and start are. */
export const tryKey = ({ phaseId, startedAt, nth }: LoggedTry): string =>
  JSON.stringify([phaseId, startedAt, nth]);

/** Whether two rows say the same, in whatever order their columns stand. */
export const sameRow = (a: RecordedRow, b: RecordedRow): boolean => canonicalJson(a) === canonicalJson(b);
