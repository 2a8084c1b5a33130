import { ancestorTables } from "../../domain/autopack-py.ts";
import type {
  ObservedRow,
  RecordedRow,
  SnapshotTable,
  TableCount,
  UnreadRow,
} from "../../domain/record-events.ts";
import { redact } from "../../domain/redact.ts";

/** Rows of a snapshot by the run that they belong to; null: rows that name no run. */
export interface GroupedRows {
  readonly groups: ReadonlyMap<string | null, ReadonlyMap<string, readonly ObservedRow[]>>;
  readonly counts: readonly TableCount[];
  readonly unread: readonly UnreadRow[];
}

/** Sorts the rows of a snapshot into runs and gives each its key. The order of tables, rows and columns says nothing. */
export function groupRows(tables: readonly SnapshotTable[]): GroupedRows {
  const groups = new Map<string | null, Map<string, ObservedRow[]>>();
  const unread: UnreadRow[] = [];
  for (const table of tables) {
    unread.push(...table.unread.map(({ place, why }) => ({ table: table.name, key: place, why })));
    if (factsOf(table.name)?.secret) continue;
    addRows(table, groups, unread);
  }
  for (const byTable of groups.values())
    for (const [table, rows] of byTable) byTable.set(table, distinct(rows));
  return { groups, counts: tables.map(countOf), unread };
}

function addRows(
  table: SnapshotTable,
  groups: Map<string | null, Map<string, ObservedRow[]>>,
  unread: UnreadRow[],
): void {
  const run = factsOf(table.name)?.run ?? (table.columns.includes("run_id") ? "run_id" : null);
  for (const { place, row } of table.rows) {
    const cell = run === null ? null : (row[run] ?? null);
    if (cell !== null && typeof cell !== "string") {
      unread.push({ table: table.name, key: place, why: `its ${run} is no text` });
      continue;
    }
    const runId = cell === "" ? null : cell;
    if (runId === null && table.name === "runs") {
      unread.push({ table: table.name, key: place, why: "it has no id" });
      continue;
    }
    let byTable = groups.get(runId);
    if (!byTable) groups.set(runId, (byTable = new Map()));
    const rows = byTable.get(table.name);
    const observed = { key: keyOf(table.name, row, place), row: withoutSecrets(row) };
    if (rows) rows.push(observed);
    else byTable.set(table.name, [observed]);
  }
}

const factsOf = (table: string) => (Object.hasOwn(ancestorTables, table) ? ancestorTables[table] : undefined);

function keyOf(table: string, row: RecordedRow, place: string): string {
  const cells = (factsOf(table)?.key ?? ["id"]).map((column) => row[column] ?? null);
  if (cells.every((cell) => cell === null)) return `row ${place}`;
  return cells.map((cell) => (typeof cell === "object" ? JSON.stringify(cell) : String(cell))).join(" ");
}

const secretColumn =
  /passw|secret|api_?key|private_?key|(?:access|auth|bot|refresh|session)_?token$|^token$/i;

/** Ids join rows and must stay as they are; shorter texts hold nothing that has the shape of a secret. */
const isId = (name: string): boolean => name === "id" || name.endsWith("_id");
const shortText = 12;

/** What lets somebody in is not kept, whatever table or text it stands in. */
function withoutSecrets(row: RecordedRow): RecordedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => {
      if (typeof cell !== "string" || isId(name)) return [name, cell];
      if (secretColumn.test(name)) return [name, "[redacted]"];
      return [name, cell.length > shortText ? redact(cell, []) : cell];
    }),
  );
}

/** A key that occurs again is numbered; rows with one key keep the order of the table. */
function distinct(rows: readonly ObservedRow[]): ObservedRow[] {
  const seen = new Map<string, number>();
  return rows.map((observed) => {
    const times = (seen.get(observed.key) ?? 0) + 1;
    seen.set(observed.key, times);
    return times === 1 ? observed : { ...observed, key: `${observed.key} #${times}` };
  });
}

function countOf({ name, columns, rows, unread }: SnapshotTable): TableCount {
  const facts = factsOf(name);
  const known = new Set(facts?.columns);
  return {
    table: name,
    rows: rows.length + unread.length,
    known: facts !== undefined,
    unknownColumns: facts ? columns.filter((column) => !known.has(column)) : [],
    missingColumns: facts ? facts.columns.filter((column) => !columns.includes(column)) : [],
  };
}
