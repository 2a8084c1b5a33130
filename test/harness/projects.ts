import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Argv } from "../../src/domain/plan.ts";
import type { DetectedCheck } from "../../src/plan/detect/part.ts";
import { createRepository, temporaryFolder } from "./temp.ts";

/**
 * Small real projects: two source files with a line that no test reaches, tests of which one is skipped, one has
 * parameters, one fails for a fault that is there from the start, and one fails as often as `flaky.txt` says.
 */
export const projectKinds = ["vitest", "jest", "node-test", "pytest"] as const;
export type ProjectKind = (typeof projectKinds)[number];

const fixtures = join(import.meta.dirname, "../fixtures/projects");
const ownModules = join(import.meta.dirname, "../../node_modules");

export interface Project {
  readonly root: string;
  /** A setup command that gives a workspace the project's dependencies, and what it needs to be readable for that. */
  readonly setup: string | null;
  readonly readable: readonly string[];
}

/**
 * A project as a repository with one commit, set up.
 *
 * @param flaky how often the flaky test fails before it passes
 * @param folder where in the repository it is; left out: at the top
 */
export function openProject(kind: ProjectKind, flaky = 0, folder = ""): Project {
  const root = temporaryFolder();
  const files = { ...readTree(join(fixtures, kind)), "flaky.txt": `${flaky}\n` };
  const placed = Object.entries(files).map(([path, text]) => [join(folder, path), text]);
  createRepository(root, Object.fromEntries(placed) as Record<string, string>);
  if (kind !== "vitest" && kind !== "jest") return { root, setup: null, readable: [] };
  // Links in a folder of the workspace's own: tools write caches to it.
  const links = `mkdir -p node_modules && ln -sfn '${ownModules}'/* '${ownModules}/.bin' node_modules/`;
  const setup = folder === "" ? links : `cd ${folder} && ${links}`;
  execFileSync("sh", ["-c", setup], { cwd: root });
  return { root, setup, readable: [ownModules] };
}

/** The text files below a folder, by their paths. */
function readTree(top: string): Record<string, string> {
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"));
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(top.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

export interface ToolRun {
  readonly status: number | null;
  readonly output: string;
  /** What it left; empty where it left nothing. */
  readonly report: string;
  readonly coverage: string;
}

/** Runs a detected check as a user's shell would, or what stands in its place. */
export function runTool(
  root: string,
  { run, report, coverage }: DetectedCheck,
  path = userPath(),
  [program, ...words]: Argv = ["sh", "-c", run],
): ToolRun {
  const own = temporaryFolder();
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: root,
    env: { PATH: path, HOME: own, TMPDIR: own, LANG: "C.UTF-8" },
    encoding: "utf8",
  });
  const left = (name: string | undefined) => (name === undefined ? "" : readIfThere(join(root, name)));
  return { status, output: `${stdout}${stderr}`, report: left(report), coverage: left(coverage) };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The path of the user who runs the tests, without what npm puts before it. */
export const userPath = (): string =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);

/** A path on which `python3` has pytest and its coverage; null where there is none. */
export function findPython(): string | null {
  const paths = [userPath(), ["/usr/bin", userPath()].join(delimiter)];
  const works = (path: string) =>
    spawnSync("python3", ["-c", "import pytest, pytest_cov"], { env: { PATH: path } }).status === 0;
  return paths.find(works) ?? null;
}
