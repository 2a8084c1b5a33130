/**
 * How long making a workspace takes, with 10,000 and with 50,000 files, beside `git clone --shared`.
 * npm run bench:workspace
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorkspace } from "../src/platform/workspace.ts";
import { git, userGitEnv } from "../test/harness/temp.ts";
import { openWorkspaces } from "../test/harness/workspaces.ts";

const rounds = 3;
const folder = mkdtempSync(join(tmpdir(), "autopack-bench-"));

/** Files of some 2 kB, 50 to a folder. */
function createFiles(root: string, count: number): string {
  execFileSync("git", ["init", "--quiet", root], { env: userGitEnv() });
  const head = "commit refs/heads/main\ncommitter User <user@example.com> 1700000000 +0000\ndata 6\nImport\n";
  const files = Array.from({ length: count }, (_, index) => {
    const content = `export const value${index} = ${index};\n`.repeat(60);
    return `M 100644 inline src/d${Math.floor(index / 50)}/file${index}.ts\ndata ${content.length}\n${content}\n`;
  });
  const input = head + files.join("");
  execFileSync("git", ["fast-import", "--quiet"], { cwd: root, env: userGitEnv(), input });
  git(root, "checkout", "--quiet", "main");
  return git(root, "rev-parse", "main").trim();
}

async function seconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

try {
  for (const count of [10_000, 50_000]) {
    const root = join(folder, `repo-${count}`);
    const base = createFiles(root, count);
    const { world, repository, place } = await openWorkspaces(root, join(folder, "workspaces"));
    const ours: number[] = [];
    const theirs: number[] = [];
    // In turn, so that a change of the machine's speed meets both alike. Nothing is removed before the end: a disk
    // that is told of freed blocks (mounted with `discard`) is busy with that for long.
    for (let round = 0; round < rounds; round++) {
      const clone = join(folder, `clone-${count}-${round}`);
      const own = { ...place, name: `${count}.${round}` };
      ours.push(await seconds(() => createWorkspace(world, repository, own, base)));
      theirs.push(await seconds(() => git(folder, "clone", "--quiet", "--shared", root, clone)));
    }
    const [workspace, shared] = [median(ours), median(theirs)];
    console.log(
      `${String(count).padStart(6)} files   workspace ${workspace.toFixed(2)} s   git clone --shared ${shared.toFixed(2)} s   ${(workspace / shared).toFixed(2)} x`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
