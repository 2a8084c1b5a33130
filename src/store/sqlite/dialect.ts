import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteDialect,
  type TransactionSettings,
} from "kysely";

/** Statements kept prepared: the store has some forty of them. */
const maxPrepared = 100;

/** How long SQLite itself waits for a lock: the event loop stands still in that time. */
const blockingMs = 2;
const pauseMs = 5;

interface Behaviour {
  /** How long a statement waits for another process, or another store of this one, to let go of the file. */
  readonly busyTimeoutMs: number;
  readonly toFault: (error: unknown) => unknown;
}

/**
 * Kysely's SQLite dialect with a driver of ours: a transaction that may write takes the write lock when it
 * begins (one that took it later would fail instead of waiting), a wait for a lock leaves the event loop free,
 * statements stay prepared, and a fault is translated. Kysely itself lets one transaction at a time use the
 * connection.
 */
export class StoreDialect extends SqliteDialect {
  readonly #database: Database.Database;
  readonly #behaviour: Behaviour;

  constructor(database: Database.Database, behaviour: Behaviour) {
    super({ database });
    this.#database = database;
    this.#behaviour = behaviour;
  }

  override createDriver(): Driver {
    const database = this.#database;
    const connection = new StoreConnection(database, this.#behaviour);
    const execute = async (sql: string) => {
      await connection.executeQuery(CompiledQuery.raw(sql));
    };
    return {
      init: async () => {
        database.pragma(`busy_timeout = ${blockingMs}`);
      },
      acquireConnection: async () => connection,
      releaseConnection: async () => {},
      beginTransaction: (_, settings: TransactionSettings) =>
        execute(settings.accessMode === "read only" ? "begin" : "begin immediate"),
      commitTransaction: () => execute("commit"),
      // SQLite has rolled back by itself after some faults, a full disk for one.
      rollbackTransaction: async () => {
        if (database.inTransaction) await execute("rollback");
      },
      destroy: async () => {},
    };
  }
}

class StoreConnection implements DatabaseConnection {
  readonly #database: Database.Database;
  readonly #behaviour: Behaviour;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database, behaviour: Behaviour) {
    this.#database = database;
    this.#behaviour = behaviour;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { busyTimeoutMs, toFault } = this.#behaviour;
    for (let waited = 0; ; waited += pauseMs) {
      try {
        return this.#execute(query);
      } catch (error) {
        // A statement that found the file locked did nothing and may be tried again: no read turns into a write.
        if (!isBusy(error) || waited >= busyTimeoutMs) throw toFault(error);
      }
      await sleep(pauseMs);
    }
  }

  #execute<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { numAffectedRows: BigInt(changes), rows: [] };
  }

  streamQuery(): never {
    throw new Error("the store reads page by page and never streams a query");
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    if (this.#prepared.size >= maxPrepared) this.#prepared.clear();
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
