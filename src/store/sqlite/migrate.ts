import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type Database from "better-sqlite3";
import { migrationChanged, storeTooNew, storeUnreadable } from "../faults.ts";

/** Marks a database file as a store of autopack: "AUPK". */
const applicationId = 0x4155504b;

const folder = new URL("../migrations/", import.meta.url);

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

/**
 * Brings the store to the version of this program; several processes may do so at once. Refuses a file of
 * another program, a store of a newer version, and one whose migrations had another text.
 */
export function migrate(database: Database.Database): void {
  const migrations = readMigrations();
  if (isOurs(database) && pending(database, migrations).length === 0) return;
  database
    .transaction(() => {
      if (!isOurs(database)) claim(database);
      for (const { version, name, sql, checksum } of pending(database, migrations)) {
        database.exec(sql);
        database.prepare("insert into migrations values (?, ?, ?)").run(version, name, checksum);
      }
    })
    .immediate();
}

/** Refuses a database of another program; a new, empty file passes. Reads only. */
export function refuseStranger(database: Database.Database): void {
  if (isOurs(database)) return;
  const tables = database.prepare("select count(*) from sqlite_schema").pluck().get();
  // Asked again: another process may have made the store between the two questions.
  if (tables !== 0 && !isOurs(database))
    throw storeUnreadable(database.name, "it is a database of another program");
}

function isOurs(database: Database.Database): boolean {
  return database.pragma("application_id", { simple: true }) === applicationId;
}

function claim(database: Database.Database): void {
  database.pragma(`application_id = ${applicationId}`);
  database.exec(
    "create table migrations (version integer primary key, name text not null, checksum text not null) strict",
  );
}

function pending(database: Database.Database, migrations: readonly Migration[]): Migration[] {
  const applied = database
    .prepare<[], Applied>("select version, checksum from migrations order by version")
    .all();
  const newest = applied.at(-1)?.version ?? 0;
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) throw storeTooNew(database.name, newest, known);
  const checksums = new Map(applied.map(({ version, checksum }) => [version, checksum]));
  for (const { version, name, checksum } of migrations)
    if (version <= newest && checksums.get(version) !== checksum) throw migrationChanged(database.name, name);
  return migrations.filter(({ version }) => version > newest);
}

function readMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), "utf8").replaceAll("\r\n", "\n");
      const checksum = createHash("sha256").update(sql).digest("hex");
      return { version: Number(name.slice(0, 4)), name, sql, checksum };
    });
}
