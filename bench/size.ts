/**
 * A run of a thousand phases, each of which writes one file, beside a shell loop that does the same without
 * keeping a record: two checkouts, write, check, commit and merge. Phases go one at a time, as the loop's do. Then
 * `status` on that repository, and phases that are large by themselves. Takes some minutes; give a smaller number of
 * phases, and of rounds, for less.
 * npm run bench:size -- [PHASES] [ROUNDS]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, userGitEnv, writeTree } from "../test/harness/temp.ts";
import { type Measured, measureProgram, median } from "./measure.ts";

const phases = Math.max(1, Number(process.argv[2] ?? 1000));
const rounds = Math.max(1, Number(process.argv[3] ?? 3));
const statusRounds = 15;
const bin = join(import.meta.dirname, "..", "bin", "autopack.js");
const observer = join(import.meta.dirname, "children-observer.js");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
const root = join(folder, "repo");
const env = { ...userGitEnv(), HOME: folder, XDG_STATE_HOME: join(folder, "state"), TMPDIR: folder };

/** As autopack does it, with git's own commands and without isolation, records, limits or rules. */
const loop = `
set -e
export GIT_DIR="$1/loop.git"
git init -q --bare "$GIT_DIR"
git fetch -q "$2" main:main
head=$(git rev-parse main)
for id in $(seq -f %04g 0 $(($3 - 1))); do
  mkdir -p "$1/build/out" "$1/check"
  GIT_INDEX_FILE="$1/index" git --work-tree="$1/build" read-tree --reset -u "$head"
  echo "$id" > "$1/build/out/$id.txt"
  GIT_INDEX_FILE="$1/index" git --work-tree="$1/build" add --all :/
  tree=$(GIT_INDEX_FILE="$1/index" git write-tree)
  commit=$(git commit-tree "$tree" -p "$head" -m "$id")
  GIT_INDEX_FILE="$1/check.index" git --work-tree="$1/check" read-tree --reset -u "$commit"
  (cd "$1/check" && sh -c 'test -d out')
  git update-ref refs/heads/main "$commit" "$head"
  head=$commit
  rm -rf "$1/build" "$1/check" "$1/index" "$1/check.index"
done`;

/** A small project of 20 files, and a plan with a script for each phase. */
function createProject(): void {
  const sources = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `src/${i % 4}/file-${i}.js`,
      `export const value = ${i};\n`.repeat(20),
    ]),
  );
  createRepository(root, {
    ...sources,
    "autopack.yaml": "version: 1\nlimits: { max_parallel: 1, plan_bytes: 10000000, change_files: 100000 }\n",
  });
  const ids = Array.from({ length: phases }, (_, i) => `p${String(i).padStart(4, "0")}`);
  const script = (id: string) => ({
    attempts: [{ steps: [{ write: { path: `out/${id}.txt`, content: `${id}\n` } }] }],
  });
  writeTree(folder, {
    ...Object.fromEntries(ids.map((id) => [`plans/scripts/${id}.yaml`, JSON.stringify(script(id))])),
    "plans/plan.yaml": planOf(ids),
  });
}

function planOf(ids: readonly string[]): string {
  const phase = (id: string) => ({
    id,
    description: id,
    category: "docs",
    deliverables: [`out/${id}.txt`],
    scope: { write: ["out/**"] },
    builder: { scripted: `scripts/${id}.yaml` },
  });
  return JSON.stringify({
    version: 1,
    run: { id: "size", goal: "Show what size costs" },
    checks: { there: "test -d out" },
    tiers: [{ id: "all", phases: ids.map(phase) }],
  });
}

/** Phases that are large by themselves. */
const large: Readonly<Record<string, readonly object[]>> = {
  "a log of 100 MB": [{ emit_megabytes: 100 }],
  "20,000 changed files": [{ run: "mkdir -p out && cd out && seq 20000 | split -l 1 -a 4 - file-" }],
};

async function measureLarge(steps: readonly object[]): Promise<Measured> {
  const all = [...steps, { write: { path: "out/large.txt", content: "large\n" } }];
  writeTree(folder, {
    "plans/scripts/large.yaml": JSON.stringify({ attempts: [{ steps: all }] }),
    "plans/large.yaml": planOf(["large"]),
  });
  return measureProgram([bin, "run", "../plans/large.yaml", "--new", "--quiet", "--json"], {
    cwd: root,
    env,
  });
}

function timeLoop(round: number): number {
  const place = join(folder, `loop-${round}`);
  mkdirSync(place);
  const started = performance.now();
  const { status, stderr } = spawnSync("sh", ["-c", loop, "loop", place, root, String(phases)], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the loop exited with ${status}: ${stderr}`);
  const ms = performance.now() - started;
  rmSync(place, { recursive: true });
  return ms;
}

interface MeasuredRun extends Measured {
  /** Time with no git and no other child under way. */
  readonly ownMs: number;
  readonly gitCalls: number;
}

async function measureRun(): Promise<MeasuredRun> {
  const report = join(folder, "observed.json");
  const command = [bin, "run", "../plans/plan.yaml", "--new", "--quiet", "--json"];
  const measured = await measureProgram([`--import=${observer}`, ...command], {
    cwd: root,
    env: { ...env, AUTOPACK_BENCH_REPORT: report },
  });
  const { busyMs, gitCalls } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
  return { ...measured, ownMs: measured.ms - (busyMs ?? 0), gitCalls: gitCalls ?? 0 };
}

function timeNode(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} exited with ${status}: ${stderr}`);
  return performance.now() - started;
}

try {
  createProject();
  const loops: number[] = [];
  const runs: MeasuredRun[] = [];
  for (let round = 0; round < rounds; round++) {
    loops.push(timeLoop(round));
    runs.push(await measureRun());
    const last = runs.at(-1);
    console.error(
      `round ${round + 1}: loop ${((loops.at(-1) ?? 0) / 1000).toFixed(1)} s, run ${((last?.ms ?? 0) / 1000).toFixed(1)} s`,
    );
  }
  const [loopMs, runMs] = [median(loops), median(runs.map((run) => run.ms))];
  const own = median(runs.map((run) => run.ownMs / run.ms));
  const ratio = median(runs.map((run, round) => run.ms / (loops[round] ?? Number.NaN)));
  console.log(`${phases} phases, ${rounds} rounds, medians`);
  console.log(`shell loop    ${(loopMs / 1000).toFixed(1)} s   ${(loopMs / phases).toFixed(1)} ms a phase`);
  console.log(`autopack run  ${(runMs / 1000).toFixed(1)} s   ${(runMs / phases).toFixed(1)} ms a phase`);
  console.log(`ratio         ${ratio.toFixed(2)}`);
  console.log(`outside git and the programs of the plan: ${(100 * own).toFixed(0)} %`);
  console.log(`git calls a phase: ${(median(runs.map((run) => run.gitCalls)) / phases).toFixed(1)}`);
  console.log(`peak memory: ${Math.max(...runs.map((run) => run.peakMegabytes)).toFixed(0)} MB`);

  const commands = { "node -e 0": ["-e", "0"], "autopack status": [bin, "status"] };
  const times = Object.entries(commands).map(([name, args]) => ({ name, args, values: [] as number[] }));
  for (let round = 0; round < statusRounds; round++)
    for (const { args, values } of times) values.push(timeNode(args));
  for (const { name, values } of times) console.log(`${name.padEnd(16)} ${median(values).toFixed(0)} ms`);
  for (const [name, steps] of Object.entries(large)) {
    const { ms, peakMegabytes } = await measureLarge(steps);
    console.log(
      `${name.padEnd(20)}  ${(ms / 1000).toFixed(1)} s   peak memory ${peakMegabytes.toFixed(0)} MB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
