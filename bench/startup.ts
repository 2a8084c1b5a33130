/**
 * How long the program takes to start: `--help` and `status` in a repository with 30 runs, beside `node -e 0`.
 * npm run bench:startup
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, userGitEnv, writeTree } from "../test/harness/temp.ts";

const rounds = 15;
const runs = 30;
const bin = join(import.meta.dirname, "..", "bin", "autopack.js");
const folder = mkdtempSync(join(tmpdir(), "autopack-bench-"));
const root = join(folder, "repo");
const env = { ...userGitEnv(), HOME: folder, XDG_STATE_HOME: join(folder, "state") };

function time(args: readonly string[], expected = 0): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
  if (status !== expected) throw new Error(`${args.join(" ")} exited with ${status}: ${stderr}`);
  return performance.now() - started;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

try {
  createRepository(root, { "a.txt": "a\n" });
  writeTree(root, {
    "s.yaml": 'attempts: [{ steps: [{ write: { path: b.txt, content: "b\\n" } }] }]\n',
    "plan.yaml": `version: 1
run: { id: bench, goal: Start quickly }
checks: { there: test -f b.txt }
tiers: [{ id: t, phases: [{ id: p, description: p, category: docs, deliverables: [b.txt], builder: { scripted: s.yaml } }] }]
`,
  });
  for (let i = 0; i < runs; i++) time([bin, "run", "plan.yaml", "--quiet", "--json"]);

  const commands: Record<string, string[]> = {
    "node -e 0": ["-e", "0"],
    "autopack --help": [bin, "--help"],
    "autopack status": [bin, "status"],
  };
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  // In turn, so that a change of the machine's speed meets all of them alike.
  for (let round = 0; round < rounds; round++)
    for (const [name, args] of Object.entries(commands)) times.get(name)?.push(time(args));

  const reference = median(times.get("node -e 0") ?? []);
  for (const [name, values] of times) {
    const ms = median(values);
    console.log(
      `${name.padEnd(18)} median ${ms.toFixed(0).padStart(4)} ms   ${(ms / reference).toFixed(1)} x node -e 0`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
