import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import {
  query,
  storeOptions,
  tamper,
  withTempPath,
  withTempStore,
} from "../../../test/harness/temp-store.ts";
import { AppError } from "../../domain/app-error.ts";
import { openSqliteStore } from "./open.ts";

const open = (path: string) => openSqliteStore(path, storeOptions);

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError)
      return { code: error.code, exitCode: error.exitCode, action: error.action };
    return error;
  }
  return "none";
}

describe("opening a store", () => {
  test("makes it with its folder, durable and in WAL mode, and opens it again", () =>
    withTempPath(async (path) => {
      const nested = join(path, "deep", "store.db");
      await open(nested).close();
      await open(nested).close();
      const journal = query<{ journal_mode: string }>(nested, "pragma journal_mode");
      expect(journal).toEqual([{ journal_mode: "wal" }]);
      expect(query(nested, "select version, name from migrations")).toEqual([
        { version: 1, name: "0001-ledger.sql" },
      ]);
    }));

  test("refuses one of a newer version and says what to do", () =>
    withTempPath(async (path) => {
      await open(path).close();
      tamper(path, "insert into migrations values (9999, '9999-later.sql', 'x')");
      expect(faultOf(() => open(path))).toEqual({
        code: "store-too-new",
        exitCode: 4,
        action: "Use the newer autopack that wrote it.",
      });
    }));

  test("refuses one whose migrations had another text", () =>
    withTempPath(async (path) => {
      await open(path).close();
      tamper(path, "update migrations set checksum = 'x'");
      expect(faultOf(() => open(path))).toMatchObject({ code: "migration-changed", exitCode: 4 });
    }));

  test("refuses what is no database, a damaged one, a folder, and leaves them as they are", () =>
    withTempPath(async (path) => {
      await writeFile(path, "These are the notes of an afternoon, and no database at all.\n".repeat(99));
      const unreadable = { code: "store-unreadable", exitCode: 4 };
      expect(faultOf(() => open(path))).toMatchObject(unreadable);
      expect(await readFile(path, "utf8")).toMatch(/^These are/);
      const damaged = `${path}-damaged`;
      await open(damaged).close();
      const bytes = await readFile(damaged);
      await writeFile(damaged, bytes.fill(0xff, 100, bytes.length));
      expect(faultOf(() => open(damaged))).toMatchObject(unreadable);
      expect(faultOf(() => open(join(path, "..")))).toMatchObject(unreadable);
    }));

  test("refuses the database of another program and does not change it", () =>
    withTempPath(async (path) => {
      const theirs = new Database(path);
      theirs.exec("create table notes (text)");
      theirs.close();
      const before = await readFile(path);
      expect(faultOf(() => open(path))).toMatchObject({ code: "store-unreadable" });
      expect((await readFile(path)).equals(before)).toBe(true);
    }));

  test("succeeds for many processes that do it first at the same time", () =>
    withTempPath(async (path) => {
      const module = new URL("./open.ts", import.meta.url).href;
      const script = `const { openSqliteStore } = await import(${JSON.stringify(module)});
        process.stdout.write("ready");
        await new Promise((go) => process.stdin.once("data", go));
        await openSqliteStore(${JSON.stringify(path)}, ${JSON.stringify(storeOptions)}).close();
        process.exit(0);`;
      const children = Array.from({ length: 4 }, () =>
        spawn(process.execPath, ["--input-type=module", "-e", script], {
          stdio: ["pipe", "pipe", "inherit"],
        }),
      );
      await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
      const ended = children.map((child) => once(child, "exit"));
      for (const child of children) child.stdin.write("go");
      expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0, 0, 0]);
      expect(query(path, "select count(*) n from migrations")).toEqual([{ n: 1 }]);
    }));

  test("waits for another process that makes the store at the same time", () =>
    withTempPath(async (path) => {
      new Database(path).close();
      const script = `import Database from ${JSON.stringify(import.meta.resolve("better-sqlite3"))};
        const database = new Database(${JSON.stringify(path)});
        database.exec("begin immediate");
        process.stdout.write("ready");
        setTimeout(() => database.close(), 300);`;
      const reader = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(reader.stdout, "data");
      const ended = once(reader, "exit");
      await open(path).close();
      expect(query(path, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
      expect(await ended).toEqual([0, null]);
    }));
});

describe("a store in use", () => {
  test("says so when another process holds it for too long", () =>
    withTempPath(async (path) => {
      const store = openSqliteStore(path, { ...storeOptions, busyTimeoutMs: 10 });
      const holder = new Database(path);
      holder.exec("begin immediate");
      await expect(store.maintenance.rebuild()).rejects.toMatchObject({ code: "store-busy", exitCode: 4 });
      holder.exec("rollback");
      await expect(store.maintenance.rebuild()).resolves.toMatchObject({ runs: 0 });
      holder.close();
      await store.close();
    }));

  test("does nothing after it was closed", async () => {
    const closed = await withTempStore(async (store) => store);
    await expect(closed.index.runs()).rejects.toThrow(/not open|destroyed/);
  });
});
