import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { AncestorDatabase, realFolder } from "./harness/ancestor-database.ts";
import { callCli, createProject, type Project, sql } from "./harness/cli.ts";

const importing = (project: Project, file: string, ...args: readonly string[]) =>
  callCli(project, "import", "autopack-py", file, "--json", ...args);

/** Rows that the ledger holds, by table: of a row that was seen again the latest. */
function heldRows(project: Project): Record<string, number> {
  const rows = sql(project, "select data from events where type = 'record-rows-observed'");
  const keys = new Set<string>();
  const counts: Record<string, number> = {};
  const streams = sql(project, "select stream, data from events where type = 'record-rows-observed'");
  expect(streams).toHaveLength(rows.length);
  for (const { stream, data } of streams) {
    const { table, rows: observed } = JSON.parse(String(data));
    for (const { key } of observed) {
      if (keys.has(`${stream} ${table} ${key}`)) continue;
      keys.add(`${stream} ${table} ${key}`);
      counts[table] = (counts[table] ?? 0) + 1;
    }
  }
  return counts;
}

function countRows(file: string): Record<string, number> {
  const database = new Database(file, { readonly: true });
  const tables = database
    .prepare<[], { name: string }>(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
    )
    .all();
  const counts = tables.map(({ name }) => [
    name,
    database.prepare<[], { n: number }>(`select count(*) n from "${name.replaceAll('"', '""')}"`).get()?.n ??
      0,
  ]);
  database.close();
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

describe.skipIf(realFolder === null)(
  "the ancestor's own database (only where its data lies beside the project)",
  () => {
    test("is imported whole: every row of every table is held or listed, and what is odd is told", async () => {
      const project = createProject();
      const file = join(realFolder ?? "", "autopack-2025-12-23.sqlite");
      const { code, json } = await importing(project, file, "--logs", join(realFolder ?? "", "logs"));
      expect(code).toBe(0);
      const counts = countRows(file);
      expect(
        Object.fromEntries(
          json.tables
            .map((one: { table: string; rows: number }) => [one.table, one.rows])
            .filter(([, rows]: [string, number]) => rows > 0),
        ),
      ).toEqual(counts);
      const unread: Record<string, number> = {};
      for (const { table } of json.unread) unread[table] = (unread[table] ?? 0) + 1;
      const held = heldRows(project);
      for (const [table, count] of Object.entries(counts))
        expect((held[table] ?? 0) + (unread[table] ?? 0), table).toBe(count);
      const database = new Database(file, { readonly: true });
      const [phases] = database.prepare<[], { n: number }>("select count(*) n from phases").all();
      const [calls] = database
        .prepare<[], { n: number; tokens: number }>(
          "select count(*) n, sum(prompt_tokens + completion_tokens) tokens from llm_usage_events",
        )
        .all();
      database.close();
      expect(json.phases).toBe(phases?.n);
      expect(json.held.tokens + json.referenceOnly.tokens).toBe(calls?.tokens);
      expect(json.held.calls + json.referenceOnly.calls).toBe(calls?.n);
      expect(json.clock.offsetMinutes).toBe(660);
      expect(json.contradictionsByKind).toMatchObject({ "tier-of-another-run": expect.any(Number) });

      const again = await importing(project, file, "--logs", join(realFolder ?? "", "logs"));
      expect(again.json.appended).toEqual({ streams: 0, events: 0 });
      expect((await callCli(project, "ledger", "verify")).code).toBe(0);
      expect((await callCli(project, "assess", "--json")).json.phases).toHaveLength(json.phases);
    });
  },
);

describe("a made database", () => {
  const make = (project: Project, name: string): AncestorDatabase =>
    new AncestorDatabase(join(project.folder, name));

  test("is imported verbatim; unknown tables and rows that cannot be read are listed; no secret is kept", async () => {
    const project = createProject();
    const made = make(project, "a.db");
    made
      .run("known")
      .phase("known", "one", { state: "EXHAUSTED" })
      .call("known", "one", 700)
      .call("gone", "x", 50);
    made.database.exec(
      "create table novelties (id integer primary key, note text); insert into novelties values (1, 'first')",
    );
    made.insert("runs", {
      id: "other",
      state: "RUN_CREATED",
      created_at: made.at(),
      goal_anchor: "password=hunter2hunter2 and go on",
    });
    made.database.exec(
      "create view looking as select * from runs; create trigger t after insert on runs begin delete from runs; end",
    );
    made.close();
    const { json } = await importing(project, join(project.folder, "a.db"));
    expect(json).toMatchObject({
      phases: 1,
      phasesByState: { EXHAUSTED: 1 },
      held: { runs: 2, calls: 1, tokens: 700 },
      referenceOnly: { runs: 1, calls: 1, tokens: 50 },
    });
    expect(json.tables).toContainEqual(
      expect.objectContaining({ table: "novelties", rows: 1, known: false }),
    );
    expect(json.contradictions).toContainEqual(
      expect.objectContaining({ kind: "illegal-state", phaseId: "one" }),
    );
    const everything = sql(project, "select data from events")
      .map(({ data }) => String(data))
      .join("\n");
    expect(everything).toContain("first");
    expect(everything).not.toContain("hunter2");
    const status = (await callCli(project, "status", "--json")).json;
    expect(await callCli(project, "report", "known")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("was recorded by another program"),
    });
    expect((await callCli(project, "show", "known", "one")).stdout).toContain("Recorded state: EXHAUSTED");
    expect(status.importedRuns.map(({ runId }: { runId: string }) => runId)).toEqual(
      expect.arrayContaining(["known", "other"]),
    );
  });

  test("appends what a later snapshot changed, and tells a state that went backwards", async () => {
    const project = createProject();
    const file = join(project.folder, "a.db");
    const made = make(project, "a.db");
    made.run("r").phase("r", "on", { state: "QUEUED" }).phase("r", "back", { state: "COMPLETE" });
    const first = (await importing(project, file)).json;
    expect(first).toMatchObject({
      snapshot: 1,
      phasesByState: { COMPLETE: 1, QUEUED: 1 },
      contradictionsByKind: {},
    });
    made.later(60);
    made.database
      .prepare("update phases set state = 'COMPLETE', updated_at = ? where phase_id = 'on'")
      .run(made.at());
    made.database
      .prepare("update phases set state = 'QUEUED', updated_at = ? where phase_id = 'back'")
      .run(made.at());
    made.phase("r", "new");
    made.close();
    const second = (await importing(project, file)).json;
    expect(second).toMatchObject({ snapshot: 2, phases: 3, phasesByState: { COMPLETE: 2, QUEUED: 1 } });
    expect(second.contradictions).toContainEqual(
      expect.objectContaining({ kind: "state-went-backwards", runId: "r", phaseId: "back" }),
    );
    const types = sql(project, "select type from events where stream = 'run/r/record' order by seq").map(
      ({ type }) => type,
    );
    expect(types.filter((type) => type === "recorded-state-observed")).toHaveLength(2);
    expect((await importing(project, file)).json.appended.events).toBe(0);
  });

  test("is refused where it is an older state of what is known", async () => {
    const project = createProject();
    const made = make(project, "a.db");
    made.run("r").phase("r", "p", { state: "QUEUED" });
    copyFileSync(join(project.folder, "a.db"), join(project.folder, "old.db"));
    made.database.prepare("update phases set state = 'COMPLETE', updated_at = ?").run(made.later(9).at());
    made.close();
    await importing(project, join(project.folder, "a.db"));
    const events = sql(project, "select count(*) n from events");
    expect(await importing(project, join(project.folder, "old.db"))).toMatchObject({
      code: 2,
      json: { error: { code: "import-older" } },
    });
    expect(sql(project, "select count(*) n from events")).toEqual(events);
  });

  test("that cannot be read gives one message, and leaves nothing in the ledger", async () => {
    const project = createProject();
    const at = (name: string) => join(project.folder, name);
    const whole = make(project, "whole.db");
    for (let nth = 0; nth < 300; nth++)
      whole.run(`run-${nth}`).phase(`run-${nth}`, "p", { description: "x".repeat(500) });
    whole.close();
    copyFileSync(at("whole.db"), at("cut.db"));
    truncateSync(at("cut.db"), 50_000);
    writeFileSync(at("text.db"), "no database");
    writeFileSync(at("empty.db"), "");
    mkdirSync(at("folder.db"));
    new Database(at("other.db")).exec("create table things (id)").close();
    for (const [name, code, exit] of [
      ["missing.db", "no-such-file", 2],
      ["text.db", "import-unreadable", 2],
      ["empty.db", "import-unreadable", 2],
      ["folder.db", "import-unreadable", 2],
      ["cut.db", "import-damaged", 2],
      ["other.db", "import-not-ancestor", 2],
    ] as const) {
      const refused = await importing(project, at(name));
      expect([refused.code, refused.json.error?.code], name).toEqual([exit, code]);
    }
    const ledger = join(project.repo, ".git", "autopack", "ledger.db");
    if (existsSync(ledger)) expect(sql(project, "select count(*) n from events")).toEqual([{ n: 0 }]);
  });

  test("in use by its program is read as of one moment, and left as it is", async () => {
    const project = createProject();
    const made = make(project, "busy.db");
    made.database.pragma("journal_mode = wal");
    made.run("r").phase("r", "p");
    made.database.exec("begin immediate");
    made.phase("r", "not-yet");
    const bytes = readFileSync(join(project.folder, "busy.db"));
    const { json } = await importing(project, join(project.folder, "busy.db"));
    expect(json.phases).toBe(1);
    expect(readFileSync(join(project.folder, "busy.db")).equals(bytes)).toBe(true);
    made.database.exec("commit");
    made.close();
  });
});
