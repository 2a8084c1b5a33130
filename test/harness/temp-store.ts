import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { RunEvent } from "../../src/domain/events.ts";
import { runStream } from "../../src/domain/events.ts";
import type { RunState } from "../../src/domain/fold.ts";
import type { Lease, ProcessIdentity } from "../../src/domain/ledger.ts";
import { openSqliteStore, type Store } from "../../src/store/sqlite/open.ts";
import type { History } from "./histories.ts";

export const storeOptions = { busyTimeoutMs: 10_000 };

export const someProcess: ProcessIdentity = { host: "here", bootId: "b1", pid: 4711, startTime: "1" };

/** A path in a folder of its own, which is removed afterwards. */
export async function withTempPath<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "autopack-store-"));
  try {
    return await use(join(folder, "store.db"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An open store in a folder of its own; closed and removed afterwards. */
export function withTempStore<T>(use: (store: Store, path: string) => Promise<T>): Promise<T> {
  return withTempPath(async (path) => {
    const store = openSqliteStore(path, storeOptions);
    try {
      return await use(store, path);
    } finally {
      await store.close();
    }
  });
}

/** Runs SQL on the file behind the store's back; with the append-only triggers away while it does. */
export function tamper(path: string, ...statements: readonly string[]): void {
  const database = new Database(path);
  try {
    const triggers = database
      .prepare<[], { name: string; sql: string }>(
        "select name, sql from sqlite_schema where type = 'trigger'",
      )
      .all();
    for (const { name } of triggers) database.exec(`drop trigger ${name}`);
    for (const statement of statements) database.exec(statement);
    for (const { sql } of triggers) database.exec(sql);
  } finally {
    database.close();
  }
}

/** Rows of a query, in SQLite's own order. */
export function query<T>(path: string, sql: string): T[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}

export async function takeLease(store: Store, runId: string): Promise<Lease> {
  const lease = await store.leases.acquire(runStream(runId), someProcess, new Date(), async () => true);
  if (!lease.ok) throw new Error("the lease is held");
  return lease.value;
}

/** Appends every step by itself; a step's refusal must be what its history says. Returns the last state. */
export async function appendHistory(store: Store, history: History): Promise<RunState | undefined> {
  const lease = await takeLease(store, history.runId);
  let state: RunState | undefined;
  for (const { at, event, legal } of history.steps) {
    const appended = await appendRun(store, lease, state?.seq ?? 0, [event], at);
    if (appended.ok !== legal) throw new Error(`${event.type} was ${legal ? "refused" : "accepted"}`);
    if (appended.ok) state = appended.value.state;
  }
  return state;
}

export function appendRun(
  store: Store,
  lease: Lease,
  expectedSeq: number,
  events: readonly RunEvent[],
  at = "2026-11-23T20:00:00.000Z",
) {
  return store.ledger.append({ stream: lease.stream, expectedSeq, events, actor: "executor", at, lease });
}
