import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { CamelCasePlugin, Kysely } from "kysely";
import type { Leases, Ledger, RunIndex } from "../../domain/ledger.ts";
import { createLeases } from "../leases.ts";
import { createLedger } from "../ledger.ts";
import { createMaintenance, type Maintenance } from "../maintenance.ts";
import { createRunIndex } from "../run-index.ts";
import type { Tables } from "../tables.ts";
import { StoreDialect } from "./dialect.ts";
import { faultOf } from "./faults.ts";
import { migrate, refuseStranger } from "./migrate.ts";

export interface StoreOptions {
  /** How long to wait for another process's transaction before `store-busy`. */
  readonly busyTimeoutMs: number;
}

export interface Store {
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly index: RunIndex;
  readonly maintenance: Maintenance;
  /** Ends all use of the file; nothing of the store works afterwards. */
  close(): Promise<void>;
}

/**
 * The store in the file `path`, made with its folder when it is not there. Several processes may have it open.
 *
 * @throws AppError `store-unreadable`, `store-unwritable`, `store-busy`, `store-too-new`, `migration-changed`;
 * of these, the first three may come from any later call too, and `ledger-damaged` from reading a run.
 */
export function openSqliteStore(path: string, options: StoreOptions): Store {
  const database = openDatabase(resolve(path), options.busyTimeoutMs);
  const { busyTimeoutMs } = options;
  const toFault = (error: unknown) => faultOf(database.name, error);
  const db = new Kysely<Tables>({
    dialect: new StoreDialect(database, { busyTimeoutMs, toFault }),
    plugins: [new CamelCasePlugin()],
  });
  return {
    ledger: createLedger(db),
    leases: createLeases(db),
    index: createRunIndex(db),
    maintenance: createMaintenance(db),
    async close() {
      await db.destroy();
      database.close();
    },
  };
}

/** Of a new store that several processes make at once: SQLite does not wait itself when one of them turns WAL mode on. */
const pauseMs = 5;

function openDatabase(path: string, busyTimeoutMs: number): Database.Database {
  const end = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return tryToOpen(path, busyTimeoutMs);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw faultOf(path, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");

function tryToOpen(path: string, busyTimeoutMs: number): Database.Database {
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path, { timeout: busyTimeoutMs });
  try {
    refuseStranger(database);
    if (database.pragma("journal_mode", { simple: true }) !== "wal") database.pragma("journal_mode = wal");
    database.pragma("synchronous = full");
    database.pragma("foreign_keys = on");
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
