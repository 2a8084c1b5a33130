/**
 * A ledger of a million events, a hundred runs of a thousand phases: how long `status`, `ledger verify` and `ledger
 * rebuild` take on it and how much memory they use, beside what the bare database takes to write and to read as many
 * rows. Give a smaller number of runs for less.
 * npm run bench:ledger -- [RUNS]
 */
import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { RunEvent } from "../src/domain/events.ts";
import { runStream } from "../src/domain/events.ts";
import { openSqliteStore } from "../src/store/sqlite/open.ts";
import { SampleRun, samplePhase, samplePlan } from "../test/harness/sample-run.ts";
import { createRepository, userGitEnv } from "../test/harness/temp.ts";
import { storeOptions, takeLease } from "../test/harness/temp-store.ts";
import { measureProgram, median } from "./measure.ts";

const runs = Math.max(1, Number(process.argv[2] ?? 100));
const phasesOfRun = 1000;
const rounds = 3;
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
const repo = join(folder, "repo");
const path = join(repo, ".git", "autopack", "ledger.db");
const bin = join(import.meta.dirname, "..", "bin", "autopack.js");
const env = { ...userGitEnv(), HOME: folder, XDG_STATE_HOME: join(folder, "state") };

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(7)} s`;
const runIdOf = (index: number): string => `sample-${String(index).padStart(8, "0")}`;
const phaseIds = Array.from({ length: phasesOfRun }, (_, index) => `p${String(index).padStart(4, "0")}`);
const plan = samplePlan(phaseIds.map((id) => samplePhase(id)));

/** The events of a run in which every phase completes at once, ten for each phase. */
function eventsOfRun(runId: string): RunEvent[] {
  const one = new SampleRun(samplePlan([samplePhase("PHASE")]), { runId }).complete("PHASE");
  const [, started, ...ofPhase] = one.events as unknown as RunEvent[];
  const [created] = new SampleRun(plan, { runId }).events as unknown as RunEvent[];
  if (!created || !started) throw new Error("a run begins with two events");
  const template = JSON.stringify(ofPhase);
  let head = one.state().created.base.commit;
  const events = phaseIds.flatMap((id, index) => {
    const commit = String(index).padStart(40, "e");
    const text = template
      .replaceAll("PHASE", id)
      .replaceAll(one.state().head, commit)
      .replaceAll(one.state().created.base.commit, head);
    head = commit;
    return JSON.parse(text) as RunEvent[];
  });
  return [created, started, ...events];
}

/** Appends all runs; returns the number of events. */
async function fill(): Promise<number> {
  const store = openSqliteStore(path, storeOptions);
  let count = 0;
  for (let index = 0; index < runs; index++) {
    const runId = runIdOf(index);
    const lease = await takeLease(store, runId);
    const events = eventsOfRun(runId);
    const at = new Date(Date.UTC(2026, 10, 2) + index * 1000).toISOString();
    const append = { stream: runStream(runId), expectedSeq: 0, events, actor: "executor", at, lease };
    const appended = await store.ledger.append(append);
    if (!appended.ok) throw new Error(appended.error.message);
    await store.leases.release(lease);
    count += events.length;
  }
  await store.close();
  return count;
}

interface Row {
  readonly stream: string;
  readonly seq: number;
  readonly data: string;
}

/** The bare database: the same rows written into a table with the same index, then read and parsed. */
function bare(): { writeMs: number; readMs: number } {
  const copy = new Database(join(folder, "bare.db"));
  copy.pragma("journal_mode = wal");
  copy.exec(`attach '${path}' as ledger`);
  copy.exec("create table events as select * from ledger.events limit 0");
  copy.exec("create unique index place on events (stream, seq)");
  const names = copy.pragma("table_info(events)") as { name: string }[];
  const insert = copy.prepare(
    `insert into events values (${names.map(({ name }) => `@${name}`).join(", ")})`,
  );
  let writeMs = 0;
  for (let index = 0; index < runs; index++) {
    const rows = copy
      .prepare<[string], Row>("select * from ledger.events where stream = ?")
      .all(runStream(runIdOf(index)));
    const started = performance.now();
    copy.transaction(() => {
      for (const row of rows) insert.run(row);
    })();
    writeMs += performance.now() - started;
  }
  const started = performance.now();
  let bytes = 0;
  for (const row of copy.prepare<[], Row>("select * from events order by stream, seq").iterate())
    bytes += Object.keys(JSON.parse(row.data) as object).length;
  const readMs = performance.now() - started;
  copy.close();
  if (bytes === 0) throw new Error("nothing was read");
  return { writeMs, readMs };
}

try {
  createRepository(repo, { "a.txt": "a\n" });
  const started = performance.now();
  const events = await fill();
  const appendMs = performance.now() - started;
  const { writeMs, readMs } = bare();
  console.log(`${events} events in ${runs} runs, ${(statSync(path).size / 1e6).toFixed(0)} MB`);
  const show = (name: string, ms: number, reference: number, more = "") =>
    console.log(`${name.padEnd(24)} ${seconds(ms)}  ${(ms / reference).toFixed(1).padStart(5)} x  ${more}`);
  show("bare database, write", writeMs, writeMs);
  show("append, a run at once", appendMs, writeMs, `${Math.round((1000 * appendMs) / events)} µs an event`);
  show("bare database, read", readMs, readMs);
  for (const args of [["ledger", "verify"], ["ledger", "rebuild"], ["status"], ["status", runIdOf(0)]]) {
    const measured = [];
    for (let round = 0; round < rounds; round++)
      measured.push(await measureProgram([bin, ...args], { cwd: repo, env }));
    const peak = Math.max(...measured.map(({ peakMegabytes }) => peakMegabytes));
    show(args.join(" "), median(measured.map(({ ms }) => ms)), readMs, `peak ${peak.toFixed(0)} MB`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
