import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, onTestFinished } from "vitest";
import { carryOut } from "../../src/cli/command-line.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { readEnvironment, readScreen } from "../../src/config.ts";
import { signalOne } from "../../src/platform/process-tree.ts";
import { processesOf } from "./processes-of.ts";
import { createRepository, temporaryFolder, writeTree } from "./temp.ts";

const program = join(import.meta.dirname, "..", "..", "bin", "autopack.js");

/** A user's repository with the program's state, configuration and HOME beside it, all in one temporary folder. */
export interface Project {
  readonly folder: string;
  readonly repo: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Anything that JSON can carry: JSON is YAML, so plans, scripts and configurations are written as it. */
export type Fields = Readonly<Record<string, unknown>>;

export interface ProjectOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What autopack.yaml holds besides its version; `sandbox` goes to the user's own file, which needs no trust. */
  readonly config?: Fields;
  /** Of a test that runs beside others: its own. The global one may belong to any of them. */
  readonly onFinished?: typeof onTestFinished;
}

/** A repository with one commit. When the test ends, every process that was started for it is ended. */
export function createProject(options: ProjectOptions = {}): Project {
  const { files = {}, config = {}, onFinished = onTestFinished } = options;
  const folder = temporaryFolder();
  onFinished(() => endAll(folder));
  for (const name of ["home", "state", "config", "tmp", "notes"]) mkdirSync(join(folder, name));
  const repo = join(folder, "repo");
  const { sandbox, ...shared } = config;
  if (sandbox !== undefined)
    writeTree(folder, { "config/autopack/config.yaml": JSON.stringify({ version: 1, sandbox }) });
  createRepository(repo, {
    "readme.txt": "read me\n",
    "autopack.yaml": JSON.stringify({ version: 1, ...shared }),
    ...files,
  });
  return {
    folder,
    repo,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: join(folder, "home"),
      XDG_STATE_HOME: join(folder, "state"),
      XDG_CONFIG_HOME: join(folder, "config"),
      TMPDIR: join(folder, "tmp"),
      NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
    },
  };
}

/** As `createProject`, with limits that keep a test short. */
export const createQuickProject = (config: Fields = {}): Project =>
  createProject({ config: { limits: { stop_grace_seconds: 0.3, poll_seconds: 0.05 }, ...config } });

export type Step = Fields | string;

/** A phase on the scripted builder; `attempts[n]` is what the builder does at attempt n + 1. */
export interface PhaseOptions {
  readonly id: string;
  /** Default: one attempt that writes `<id>.txt`. */
  readonly attempts?: readonly (readonly Fields[] | Fields)[];
  readonly fields?: Fields;
}

export interface PlanOptions {
  readonly name?: string;
  readonly run?: Fields;
  readonly checks?: Fields;
  readonly policy?: Fields;
  readonly tiers: readonly (readonly PhaseOptions[])[];
}

export const writes = (path: string, content = `${path}\n`): Fields => ({ write: { path, content } });

/** Writes a plan and its scripts beside the repository; returns the plan's path. */
export function writePlan({ folder }: Project, options: PlanOptions): string {
  const { name = "plan", run = {}, checks = { there: "test -f readme.txt" }, policy, tiers } = options;
  mkdirSync(join(folder, "plans"), { recursive: true });
  const path = join(folder, "plans", `${name}.yaml`);
  const phases = tiers.flat();
  for (const { id, attempts = [[writes(`${id}.txt`)]] } of phases) {
    const entries = attempts.map((entry) => (Array.isArray(entry) ? { steps: entry } : entry));
    writeFileSync(join(folder, "plans", `${name}.${id}.yaml`), JSON.stringify({ attempts: entries }));
  }
  const plan = {
    version: 1,
    run: { id: name, goal: "Show one behaviour", ...run },
    checks,
    ...(policy ? { policy } : {}),
    tiers: tiers.map((tier, index) => ({
      id: `tier-${index + 1}`,
      phases: tier.map(({ id, fields }) => ({
        id,
        description: id,
        category: "backend",
        deliverables: [`${id}.txt`],
        builder: { scripted: `${name}.${id}.yaml`, writable: [join(folder, "notes")] },
        ...fields,
      })),
    })),
  };
  writeFileSync(path, JSON.stringify(plan, null, 1));
  return path;
}

export interface CliResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one object of a command under --json. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it, and a wrong guess fails there
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface Cli {
  readonly pid: number;
  readonly child: ChildProcess;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
}

/** Starts the real program in the repository. */
export function startCli({ repo, env }: Project, ...args: readonly string[]): Cli {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: repo,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const json = args.includes("--json") && code !== null ? parseOnly(stdout, stderr) : undefined;
      resolve({ code, signal, stdout, stderr, json });
    });
  });
  return { pid: child.pid ?? 0, child, signal: (name) => void child.kill(name), ended };
}

export const runCli = (project: Project, ...args: readonly string[]): Promise<CliResult> =>
  startCli(project, ...args).ended;

/** Every `--json` output is exactly one object with a schemaVersion. */
function parseOnly(stdout: string, stderr: string): unknown {
  try {
    const value: unknown = JSON.parse(stdout);
    if (typeof value === "object" && value !== null && "schemaVersion" in value) return value;
  } catch {
    // Told below, with what was printed.
  }
  return { notOneObject: stdout, stderr };
}

/** Polls until `look` gives something, and fails after `ms`. */
export async function waitUntil<T>(
  what: string,
  look: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  ms = 20_000,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > until) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await after(20);
  }
}

/** A step that notes the call in a file outside of every workspace, in a folder that builders may write. */
export const noteCall = ({ folder }: Project, name: string): Fields => ({
  run: `echo ${name} >> '${join(folder, "notes/calls")}'`,
});

/** What `noteCall` noted, in order. */
export function calls({ folder }: Project): string[] {
  const path = join(folder, "notes/calls");
  return existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

/** The id of the only run there is, or of the newest. */
export function newestRun(project: Project): string {
  return String(sql(project, "select run_id from runs order by created_at desc")[0]?.["run_id"]);
}

/** The types of a run's events, in order, read past the program. */
export function eventsOf(project: Project, runId: string): string[] {
  const query = `select type from events where stream = 'run/${runId}' order by seq`;
  return sql(project, query).map((row) => String(row["type"]));
}

/** Runs SQL on the ledger's file, past the program. */
export function sql(
  { repo }: Pick<Project, "repo">,
  text: string,
  timeout = 10_000,
): Record<string, unknown>[] {
  const db = new Database(join(repo, ".git", "autopack", "ledger.db"), { timeout });
  try {
    if (/^\s*select/i.test(text)) return db.prepare<[], Record<string, unknown>>(text).all();
    db.exec(text);
    return [];
  } finally {
    db.close();
  }
}

/** Fails when a process of the project does not end by itself. */
export async function expectNoProcess({ folder }: Project): Promise<void> {
  await waitUntil("no process left", () => processesOf(folder).length === 0, 5_000).catch(() => undefined);
  expect(processesOf(folder)).toEqual([]);
}

async function endAll(folder: string): Promise<void> {
  await waitUntil("all processes ended", () => {
    const left = processesOf(folder);
    for (const { pid } of left) signalOne(pid, "SIGKILL");
    return left.length === 0;
  });
}

/** Workspaces that are there, as `<run>/<name>`. */
export function workspaces({ folder }: Project): string[] {
  const root = join(folder, "state", "autopack", "workspaces");
  const below = (path: string) => (existsSync(path) ? readdirSync(path) : []);
  return below(root).flatMap((key) =>
    below(join(root, key)).flatMap((run) => below(join(root, key, run)).map((name) => `${run}/${name}`)),
  );
}

/** Carries out a command line in this process, as `runCli` does in one of its own: for what needs no process. */
export async function callCli(project: Project, ...args: readonly string[]): Promise<CliResult> {
  const text = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof text) => ({
    write: (chunk: string) => {
      text[name] += chunk;
    },
  });
  const terminal = createTerminal(readScreen({}), { stdout: sink("stdout"), stderr: sink("stderr") });
  const code = await carryOut(["-C", project.repo, ...args], {
    terminal,
    readEnvironment: () => readEnvironment(project.env),
  });
  const json = args.includes("--json") ? parseOnly(text.stdout, text.stderr) : undefined;
  return { code, signal: null, ...text, json };
}
