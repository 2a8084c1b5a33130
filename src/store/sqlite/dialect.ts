import type Database from "better-sqlite3";
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

/**
 * Kysely's SQLite dialect with a driver of ours: a transaction that may write takes the write lock when it
 * begins (one that took it later would fail instead of waiting), statements stay prepared, and a fault is
 * translated by `toFault`. Kysely itself lets one transaction at a time use the connection.
 */
export class StoreDialect extends SqliteDialect {
  readonly #database: Database.Database;
  readonly #toFault: (error: unknown) => unknown;

  constructor(database: Database.Database, toFault: (error: unknown) => unknown) {
    super({ database });
    this.#database = database;
    this.#toFault = toFault;
  }

  override createDriver(): Driver {
    const database = this.#database;
    const connection = new StoreConnection(database, this.#toFault);
    const execute = async (sql: string) => {
      await connection.executeQuery(CompiledQuery.raw(sql));
    };
    return {
      init: async () => {},
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
  readonly #toFault: (error: unknown) => unknown;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database, toFault: (error: unknown) => unknown) {
    this.#database = database;
    this.#toFault = toFault;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const statement = this.#prepare(sql);
      if (statement.reader) return { rows: statement.all(...parameters) as R[] };
      const { changes } = statement.run(...parameters);
      return { numAffectedRows: BigInt(changes), rows: [] };
    } catch (error) {
      throw this.#toFault(error);
    }
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
