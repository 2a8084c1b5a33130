import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { AppError } from "../../domain/app-error.ts";
import type { SnapshotTable } from "../../domain/record-events.ts";
import { openPlainFile } from "../../platform/plain-file.ts";
import { systemFault } from "../../platform/system-fault.ts";
import { withTemporaryFolder } from "../../platform/temporary-folder.ts";
import {
  busyDatabase,
  damagedDatabase,
  largeDatabase,
  noDatabase,
  noPlainFile,
  nothingToImport,
} from "./faults.ts";
import { readTables } from "./read-tables.ts";

export interface ForeignDatabase {
  /** Over the file's bytes, and those of its write-ahead log where that holds any. */
  readonly sha256: string;
  readonly bytes: number;
  readonly tables: readonly SnapshotTable[];
}

export interface ForeignLimits {
  readonly bytes: number;
  /** Largest single row. */
  readonly rowBytes: number;
  /** How long another program may hold the file. */
  readonly waitMs: number;
  /** An existing folder for a copy, where the file cannot be read as it is. */
  readonly temporaryRoot: string;
}

/**
 * All rows of the SQLite file of another program, as of one moment. The file and its folder stay as they are: where SQLite
 * would have to write beside it (a write-ahead log, a journal that was left behind), a copy is read. Any bytes are an
 * answer or an AppError: `no-such-file`, `import-unreadable`, `import-damaged`, `import-busy`, `import-too-large`.
 */
export async function readForeign(path: string, limits: ForeignLimits): Promise<ForeignDatabase> {
  try {
    const file = await realpath(path);
    const { bytes, inWal } = await lookAt(path, file, limits);
    const [log, journal] = [await sizeOf(`${file}-wal`), await sizeOf(`${file}-journal`)];
    if (bytes + log > limits.bytes) throw largeDatabase(path, bytes + log, limits.bytes);
    if (!inWal && journal === 0) return await read(file, [file], limits);
    return await withTemporaryFolder(
      { root: limits.temporaryRoot, prefix: "autopack-import-", keep: false },
      async (folder) => {
        const copy = join(folder, "copy.db");
        const sides = [
          ...(inWal && log > 0 ? ["-wal"] : []),
          ...(inWal || journal === 0 ? [] : ["-journal"]),
        ];
        await copyStill(path, file, copy, ["", ...sides]);
        const whole = inWal && log > 0 ? [copy, `${copy}-wal`] : [copy];
        return read(copy, whole, limits, await hashOf(whole));
      },
    );
  } catch (error) {
    throw faultOf(path, error);
  }
}

const magic = "SQLite format 3\0";

/** Its size, and whether it keeps a write-ahead log, from its first bytes. */
async function lookAt(path: string, file: string, limits: ForeignLimits) {
  const opened = await openPlainFile(file);
  if (!opened.ok) throw opened.error === "nothing" ? nothingToImport(path) : noPlainFile(path, opened.error);
  const { handle, stat: facts } = opened.value;
  try {
    if (facts.size > limits.bytes) throw largeDatabase(path, facts.size, limits.bytes);
    const head = Buffer.alloc(100);
    await handle.read(head, 0, head.length, 0);
    if (head.toString("latin1", 0, magic.length) !== magic) throw noDatabase(path);
    return { bytes: facts.size, inWal: head[18] === 2 };
  } finally {
    await handle.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

const tries = 3;

/** Copies files that another program may be writing: only a copy during which nothing moved is one. */
async function copyStill(path: string, from: string, to: string, endings: readonly string[]): Promise<void> {
  const look = async () =>
    JSON.stringify(
      await Promise.all(
        endings.map(async (ending) => {
          const { size, mtimeMs } = await stat(from + ending);
          return [size, mtimeMs];
        }),
      ),
    );
  for (let nth = 0; nth < tries; nth++) {
    const before = await look();
    for (const ending of endings) await copyFile(from + ending, to + ending);
    if ((await look()) === before) return;
  }
  throw busyDatabase(path, "is being written to");
}

async function read(
  file: string,
  whole: readonly string[],
  limits: ForeignLimits,
  known?: Hashed,
): Promise<ForeignDatabase> {
  // A copy is ours: SQLite may put it in order. Of the file itself nothing but reading is allowed.
  const database = new Database(file, {
    readonly: known === undefined,
    fileMustExist: true,
    timeout: limits.waitMs,
  });
  try {
    database.pragma("trusted_schema = off");
    database.pragma("cell_size_check = on");
    if (known !== undefined) database.pragma("user_version");
    database.pragma("query_only = on");
    // Nobody else's commit comes between here and the end.
    database.exec("begin");
    database.prepare("select count(*) from sqlite_schema").get();
    const { sha256, bytes } = known ?? (await hashOf(whole));
    return { sha256, bytes, tables: readTables(database, limits.rowBytes) };
  } finally {
    database.close();
  }
}

interface Hashed {
  readonly sha256: string;
  readonly bytes: number;
}

async function hashOf(files: readonly string[]): Promise<Hashed> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const file of files)
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  return { sha256: hash.digest("hex"), bytes };
}

function faultOf(path: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return nothingToImport(path);
  if (!(error instanceof Database.SqliteError)) return systemFault(error, `${path} cannot be read`) ?? error;
  const [, name] = error.code.split("_");
  switch (name) {
    case "BUSY":
    case "LOCKED":
    case "PROTOCOL":
      return busyDatabase(path, "is held by another program", error);
    case "NOTADB":
      return noDatabase(path, error);
    default:
      // Whatever a foreign file makes SQLite say, it is the file's fault: all statements here are plain reads.
      return damagedDatabase(path, error.message, error);
  }
}
