import type { RecordedTime } from "./record.ts";
import type { LoggedTry, RecordedRow } from "./record-events.ts";
import type { FoldedRecord } from "./record-fold.ts";
import { type KeyedRow, rowsOf, textOf } from "./record-rows.ts";
import { type ClockFacts, type ClockReading, readClocks } from "./recorded-clock.ts";
import { parseStamp, type Stamp, stampInId } from "./recorded-stamp.ts";

/** When things happened, as far as the whole of the records tells. */
export interface RecordTimes {
  readonly reading: Pick<ClockReading, "offsetMinutes" | "anchors">;
  /** Null where the row has no such time. */
  of(runId: string, table: string, key: string, column: string): RecordedTime | null;
  /** A time as a log has it. */
  ofLog(text: string | null): RecordedTime | null;
  /** Rows that were created after they were changed, whatever clock wrote either: run, table, key and column. */
  readonly violations: readonly {
    readonly runId: string;
    readonly table: string;
    readonly key: string;
    readonly column: string;
  }[];
}

const lifeColumns = ["created_at", "started_at", "completed_at", "updated_at", "last_attempt_timestamp"];
const columnsByTable: Readonly<Record<string, readonly string[]>> = {
  runs: lifeColumns,
  tiers: lifeColumns,
  phases: lifeColumns,
  llm_usage_events: ["created_at"],
  decision_log: ["timestamp"],
  plan_changes: ["timestamp"],
  approval_requests: ["requested_at", "responded_at", "timeout_at"],
  governance_requests: ["created_at"],
};
/** Only appended to, by one program: their columns have one clock each. */
const appendedTables = new Set(["llm_usage_events", "decision_log", "plan_changes"]);

interface RowPlace {
  readonly runId: string;
  readonly table: string;
  readonly key: string;
}

export function readTimes(records: ReadonlyMap<string, FoldedRecord>): RecordTimes {
  const stamps: Stamp[] = [];
  const group: number[] = [];
  const column: number[] = [];
  /** By stamp: the row and the column that it stands in. */
  const rows: RowPlace[] = [];
  const names: string[] = [];
  /** By row, as `columnsByTable` has its columns; -1: no time. */
  const byRow = new Map<RecordedRow, number[]>();
  const columns = [...appendedTables];
  const families: [number, number][] = [];
  const orders: [number, number][] = [];
  const logged: ClockFacts["logged"][number][] = [];
  const named: ClockFacts["named"][number][] = [];

  for (const [number, [runId, record]] of [...records].entries()) {
    const find = (table: string, key: string, name: string) => findIn(record, byRow, table, key, name);
    for (const [table, own] of Object.entries(columnsByTable))
      for (const { key, row } of rowsOf(record, table)) {
        const place = { runId, table, key };
        const found = own.map((name) => {
          const stamp = parseStamp(row[name]);
          if (!stamp) return -1;
          rows.push(place);
          names.push(name);
          group.push(number);
          column.push(columns.indexOf(table));
          return stamps.push(stamp) - 1;
        });
        byRow.set(row, found);
      }
    const inserted = (table: string) => (row: KeyedRow) => find(table, row.key, "created_at");
    const [runs, tiers, phases] = ["runs", "tiers", "phases"].map((table) => rowsOf(record, table));
    const tierById = new Map((tiers ?? []).map((tier) => [textOf(tier.row, "id"), tier]));
    for (const parent of (runs ?? []).map(inserted("runs")))
      for (const child of [
        ...(tiers ?? []).map(inserted("tiers")),
        ...(phases ?? []).map(inserted("phases")),
      ])
        if (parent !== undefined && child !== undefined) families.push([parent, child]);
    for (const phase of phases ?? []) {
      const tier = tierById.get(textOf(phase.row, "tier_id"));
      const pair = [tier && inserted("tiers")(tier), inserted("phases")(phase)] as const;
      if (pair[0] !== undefined && pair[1] !== undefined) families.push([pair[0], pair[1]]);
    }
    for (const table of ["runs", "tiers", "phases"])
      for (const { key } of rowsOf(record, table)) {
        const created = find(table, key, "created_at");
        for (const later of ["updated_at", "completed_at"]) {
          const after = find(table, key, later);
          if (created !== undefined && after !== undefined) orders.push([created, after]);
        }
      }
    addLogged(record, (key) => find("llm_usage_events", key, "created_at"), logged);
    const local = stampInId(runId);
    const firstCall = rowsOf(record, "llm_usage_events")
      .map(({ key }) => find("llm_usage_events", key, "created_at"))
      .filter((place) => place !== undefined)
      .toSorted((a, b) => (stamps[a]?.raw ?? 0) - (stamps[b]?.raw ?? 0))[0];
    const first = find("runs", runId, "created_at") ?? firstCall;
    if (local !== null && first !== undefined) named.push({ stamp: first, local });
  }

  const reading = readClocks({ stamps, group, column, families, orders, logged, named });
  const offsetMs = (reading.offsetMinutes ?? 0) * 60_000;
  const timeOf = (raw: number, isLocal: boolean, certain: boolean): RecordedTime => ({
    at: new Date(raw - (isLocal ? offsetMs : 0)).toISOString(),
    certain,
  });
  return {
    reading: { offsetMinutes: reading.offsetMinutes, anchors: reading.anchors },
    of(runId, table, key, name) {
      const record = records.get(runId);
      const place = record && findIn(record, byRow, table, key, name);
      const stamp = place === undefined ? undefined : stamps[place];
      if (place === undefined || !stamp) return null;
      return timeOf(stamp.raw, reading.clocks[place] === "local", reading.certain[place] === true);
    },
    ofLog(text) {
      const stamp = parseStamp(text);
      return stamp ? timeOf(stamp.raw, true, reading.offsetMinutes !== null) : null;
    },
    violations: reading.violated.flatMap((place) => {
      const stamp = orders[place]?.[1] ?? -1;
      const row = rows[stamp];
      return row ? [{ ...row, column: names[stamp] ?? "" }] : [];
    }),
  };
}

function findIn(
  record: FoldedRecord,
  byRow: ReadonlyMap<RecordedRow, readonly number[]>,
  table: string,
  key: string,
  name: string,
): number | undefined {
  const row = record.tables.get(table)?.get(key)?.row;
  const place = row && byRow.get(row)?.[columnsByTable[table]?.indexOf(name) ?? -1];
  return place === undefined || place < 0 ? undefined : place;
}

function addLogged(
  record: FoldedRecord,
  find: (key: string) => number | undefined,
  logged: ClockFacts["logged"][number][],
): void {
  if (record.tries.length === 0) return;
  const tries = new Map<string, [number, number][]>();
  for (const attempt of record.tries) {
    const span = spanOf(attempt);
    if (!span) continue;
    const known = tries.get(attempt.phaseId);
    if (known) known.push(span);
    else tries.set(attempt.phaseId, [span]);
  }
  for (const { key, row } of rowsOf(record, "llm_usage_events")) {
    const stamp = find(key);
    const ofPhase = tries.get(textOf(row, "phase_id") ?? "");
    if (stamp !== undefined && ofPhase) logged.push({ stamp, tries: ofPhase });
  }
}

function spanOf({ startedAt, endedAt }: LoggedTry): [number, number] | null {
  const start = parseStamp(startedAt)?.raw;
  if (start === undefined) return null;
  return [start, parseStamp(endedAt)?.raw ?? start];
}
