/**
 * What verification costs beyond the commands that it runs: from the start of a round to the gate's decision, less the
 * time of its commands, on a project of 1,000 files whose test command leaves 5,000 tests and the coverage of every
 * line. Beside it the same command run by hand. The baseline is there already, as in every phase but a run's first.
 * npm run bench:verification -- [ROUNDS]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, userGitEnv, writeTree } from "../test/harness/temp.ts";
import { median } from "./measure.ts";

const rounds = Math.max(1, Number(process.argv[2] ?? 7));
const [files, lines, tests, seconds] = [1000, 100, 5000, 6];
const bin = join(import.meta.dirname, "..", "bin", "autopack.js");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
const root = join(folder, "repo");
const env = { ...userGitEnv(), HOME: folder, XDG_STATE_HOME: join(folder, "state"), TMPDIR: folder };

const tool = `
sleep ${seconds}
{ echo '<testsuite name="all">'; seq ${tests} | sed 's|.*|<testcase classname="suite" name="test &" time="0.01"/>|'; echo '</testsuite>'; } > junit.xml
for file in src/*.js; do echo "SF:$file"; seq ${lines} | sed 's/.*/DA:&,1/'; echo end_of_record; done > lcov.info
`;

function createProject(): void {
  const text = Array.from({ length: lines }, (_, line) => `export const value${line} = ${line};\n`).join("");
  const sources = Object.fromEntries(
    Array.from({ length: files }, (_, index) => [`src/file-${String(index).padStart(4, "0")}.js`, text]),
  );
  createRepository(root, { ...sources, "tool.sh": tool, "autopack.yaml": "version: 1\n" });
  const plan = (round: number) => ({
    version: 1,
    run: { id: "verification", goal: "Show what verification costs" },
    checks: { test: { run: "sh tool.sh", report: "junit.xml", coverage: "lcov.info" } },
    policy: { coverage: { min_changed: 80, max_drop: 1 } },
    tiers: [
      {
        id: "all",
        phases: [
          {
            id: "change",
            description: "change",
            category: "backend",
            deliverables: ["src/file-0001.js", "src/file-0002.js", "src/file-0003.js"],
            builder: { scripted: `script-${round}.yaml` },
          },
        ],
      },
    ],
  });
  for (let round = 0; round <= rounds; round++) {
    const steps = [1, 2, 3].map((index) => ({
      write: { path: `src/file-000${index}.js`, content: `${text}export const more = ${round};\n` },
    }));
    writeTree(folder, {
      [`plans/script-${round}.yaml`]: JSON.stringify({ attempts: [{ steps }] }),
      [`plans/plan-${round}.yaml`]: JSON.stringify(plan(round)),
    });
  }
}

interface Told {
  readonly type: string;
  readonly at: string;
  readonly data: { readonly result?: { readonly durationMs: number } };
}

/** Milliseconds of a round as a whole, and of the commands in it. */
function measure(round: number): { readonly whole: number; readonly commands: number } {
  const args = ["run", `../plans/plan-${round}.yaml`, "--new", "--quiet", "--events", "ndjson"];
  const { status, stdout } = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`run exited with ${status}: ${stdout.slice(-2000)}`);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
  const at = (type: string) => Date.parse(events.find((event) => event.type === type)?.at ?? "");
  const ended = events.filter(({ type }) => type === "check-ended");
  return {
    whole: at("gate-decided") - at("verification-started"),
    commands: ended.reduce((sum, { data }) => sum + (data.result?.durationMs ?? 0), 0),
  };
}

function timeByHand(): number {
  const started = performance.now();
  const { status } = spawnSync("sh", ["tool.sh"], { cwd: root, env, stdio: "ignore" });
  if (status !== 0) throw new Error(`the command exited with ${status}`);
  rmSync(join(root, "junit.xml"));
  rmSync(join(root, "lcov.info"));
  return performance.now() - started;
}

try {
  createProject();
  measure(0);
  const seen: { whole: number; commands: number; byHand: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const byHand = timeByHand();
    seen.push({ ...measure(round), byHand });
    console.error(`round ${round} of ${rounds}`);
  }
  const ms = (values: readonly number[]) => `${median(values).toFixed(0)} ms`.padStart(9);
  const overheads = seen.map(({ whole, commands }) => whole - commands);
  console.log(`${files} files of ${lines} lines, ${tests} tests; ${rounds} rounds, medians`);
  console.log(`the command by hand            ${ms(seen.map(({ byHand }) => byHand))}`);
  console.log(`the command in a round         ${ms(seen.map(({ commands }) => commands))}`);
  console.log(`a round beyond its commands    ${ms(overheads)}`);
  const share = median(seen.map(({ whole, commands }) => (whole - commands) / commands));
  console.log(`of the commands' time          ${(100 * share).toFixed(1).padStart(7)} %`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
