import type Database from "better-sqlite3";
import type { Cell, RecordedRow, SnapshotRow, SnapshotTable } from "../../domain/record-events.ts";

interface ListedTable {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly wr: number;
}

/** Every table of the file, whole, in the order of their names. Views and SQLite's own tables hold no rows of their own. */
export function readTables(database: Database.Database, rowBytes: number): SnapshotTable[] {
  const listed = database.pragma("table_list") as ListedTable[];
  return listed
    .filter(({ schema, name, type }) => schema === "main" && type !== "view" && !name.startsWith("sqlite_"))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((table) =>
      table.type === "table"
        ? readTable(database, table, rowBytes)
        : notRead(table.name, `a ${table.type} table runs code of its own and is not read`),
    );
}

const notRead = (name: string, why: string): SnapshotTable => ({
  name,
  columns: [],
  rows: [],
  unread: [{ place: "*", why }],
});

interface ListedColumn {
  readonly name: string;
  /** Not 0: computed by an expression of the file. */
  readonly hidden: number;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function readTable(database: Database.Database, { name, wr }: ListedTable, rowBytes: number): SnapshotTable {
  const all = database.pragma(`table_xinfo(${quoted(name)})`) as ListedColumn[];
  const columns = all.filter(({ hidden }) => hidden === 0).map((column) => column.name);
  if (columns.length === 0) return notRead(name, "it has no column that holds anything");
  const place = wr === 0 && !columns.some((column) => column.toLowerCase() === "rowid") ? "rowid" : "null";
  const statement = database
    .prepare<[], unknown[]>(`select ${place}, ${columns.map(quoted).join(", ")} from ${quoted(name)}`)
    .raw()
    .safeIntegers();
  const rows: SnapshotRow[] = [];
  const unread: { place: string; why: string }[] = [];
  let count = 0;
  for (const [rowId, ...cells] of statement.iterate()) {
    count++;
    const at = rowId === null ? String(count) : String(rowId);
    const bytes = cells.reduce<number>((sum, cell) => sum + sizeOf(cell), 0);
    if (bytes > rowBytes)
      unread.push({ place: at, why: `it holds ${bytes} bytes; at most ${rowBytes} are read` });
    else rows.push({ place: at, row: rowOf(columns, cells) });
  }
  return { name, columns, rows, unread };
}

const sizeOf = (cell: unknown): number =>
  typeof cell === "string" ? cell.length : Buffer.isBuffer(cell) ? cell.length : 8;

function rowOf(columns: readonly string[], cells: readonly unknown[]): RecordedRow {
  // A column may be called `__proto__`: entries make it a plain one.
  return Object.fromEntries(columns.map((column, place) => [column, cellOf(cells[place])]));
}

function cellOf(cell: unknown): Cell {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string") return cell.toWellFormed();
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : { number: String(cell) };
  if (typeof cell === "bigint")
    return Number.isSafeInteger(Number(cell)) ? Number(cell) : { number: String(cell) };
  return { bytes: Buffer.isBuffer(cell) ? cell.length : 0 };
}
