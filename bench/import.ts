/**
 * How long `autopack import autopack-py` takes for databases of several sizes, and how much memory, a second import of
 * the same file, `status` and `assess` after it, beside `sqlite3`'s own reading of all rows (by better-sqlite3, in this process).
 * npm run bench:import [-- PHASES…]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { AncestorDatabase } from "../test/harness/ancestor-database.ts";
import { type Measured, measureProgram, median } from "./measure.ts";

const program = fileURLToPath(new URL("../bin/autopack.js", import.meta.url));
const phasesOfRun = 20;

/** Runs of twenty phases in two tiers, each phase with a scope, three calls and a decision. */
function make(path: string, phases: number): void {
  const made = new AncestorDatabase(path);
  made.database.exec("begin");
  for (let nth = 0; nth < phases; nth++) {
    const run = `run-${Math.floor(nth / phasesOfRun)}`;
    if (nth % phasesOfRun === 0) made.later(60).run(run, { goal_anchor: `Goal of ${run}` });
    const tier = nth % 10 === 0 ? made.tier(run, `tier-${nth}`) : nth;
    const deliverables = Array.from({ length: 5 }, (_, place) => `src/module-${nth}/file-${place}.py`);
    made.phase(run, `phase-${nth}`, {
      tier_id: nth % 10 === 0 ? tier : null,
      description: "What is to be done, and what for. ".repeat(10),
      state: nth % 3 === 0 ? "FAILED" : "COMPLETE",
      scope: JSON.stringify({
        deliverables: { code: deliverables, tests: [`tests/test_${nth}.py with 10+ tests`] },
      }),
      last_failure_reason: nth % 3 === 0 ? "PATCH_FAILED" : null,
    });
    for (let call = 0; call < 3; call++) made.call(run, `phase-${nth}`, 10_000 + call);
    made.decision(run, `phase-${nth}`, "retry_with_fix", { rationale: "It may end otherwise. ".repeat(5) });
  }
  made.database.exec("commit");
  made.close();
}

function readPlainly(path: string): number {
  const started = performance.now();
  const database = new Database(path, { readonly: true });
  for (const table of ["runs", "tiers", "phases", "llm_usage_events", "decision_log"])
    database.prepare(`select * from ${table}`).all();
  database.close();
  return performance.now() - started;
}

const show = (runs: readonly Measured[]) =>
  `${(median(runs.map(({ ms }) => ms)) / 1000).toFixed(2).padStart(6)} s ${Math.max(
    ...runs.map(({ peakMegabytes }) => peakMegabytes),
  )
    .toFixed(0)
    .padStart(5)} MB`;

const sizes = process.argv.slice(2).map(Number);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
try {
  for (const phases of sizes.length > 0 ? sizes : [426, 10_000, 100_000]) {
    const database = join(folder, `${phases}.sqlite`);
    make(database, phases);
    const plain = readPlainly(database);
    const rounds = phases > 20_000 ? 1 : 3;
    const first: Measured[] = [];
    const again: Measured[] = [];
    const status: Measured[] = [];
    const assess: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      const repo = mkdtempSync(join(folder, "repo-"));
      execFileSync("git", ["init", "--quiet", repo]);
      execFileSync("git", [
        "-C",
        repo,
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-qm",
        "x",
        "--allow-empty",
      ]);
      const place = { cwd: repo, env: { ...process.env, HOME: repo, XDG_STATE_HOME: join(repo, "state") } };
      const importing = [program, "import", "autopack-py", database];
      first.push(await measureProgram(importing, place));
      again.push(await measureProgram(importing, place));
      status.push(await measureProgram([program, "status"], place));
      assess.push(await measureProgram([program, "assess"], place));
      rmSync(repo, { recursive: true });
    }
    process.stdout.write(
      `${String(phases).padStart(7)} phases: import ${show(first)}, again ${show(again)}, status ${show(status)}, assess ${show(assess)}, ` +
        `rows read plainly ${(plain / 1000).toFixed(2)} s\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
