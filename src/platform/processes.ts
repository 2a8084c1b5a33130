import { constants } from "node:os";
import { dirname } from "node:path";
import type { Argv } from "../domain/plan.ts";
import { keepOutput, type Log, openLog } from "./output.ts";
import type { Clock, Processes, ProcessResult, ProcessSpec } from "./ports.ts";
import { openPipe, type Pipe } from "./process-pipe.ts";
import { identifyProcess, markerVariable, type ProcessEntry } from "./process-table.ts";
import { killTree, signalTree } from "./process-tree.ts";
import { findProgram, isFolder } from "./program.ts";
import { sandboxArgv } from "./sandbox.ts";

export interface ProcessesOptions {
  /** The user's original PATH, without what npm put in front of it. */
  readonly path: string;
  readonly home: string;
  readonly lang: string | undefined;
  readonly tz: string | undefined;
  /** TMPDIR of every child; made when it does not exist. */
  readonly tmpRoot: string;
  /** Values that no log may show. */
  readonly secrets: readonly string[];
  readonly sandbox: "auto" | "off";
  /** Existing folders that no child may write, where the sandbox can hold that. */
  readonly readOnly?: readonly string[];
  readonly clock: Clock;
}

/** Loaded with the first program that is started: most commands start none, and it takes 50 ms. */
const loadExeca = () => import("execa");

/** How long reading what is left in the pipe may take after all its known writers have ended. */
const drainMs = 1000;

export function createProcesses(options: ProcessesOptions): Processes {
  const base = baseEnvironment(options);
  let probe: Promise<string | null> | undefined;
  const bubblewrap = () => {
    probe ??= options.sandbox === "off" ? Promise.resolve(null) : probeBubblewrap(options.path, base);
    return probe;
  };
  return {
    run: async (spec) => runProgram(spec, options, base, await bubblewrap()),
    endLeftovers: async (prefix) => {
      if (prefix === "") throw new RangeError("an empty prefix would end the processes of every run");
      return killTree((entry) => entry.marker?.startsWith(prefix) ?? false);
    },
    identify: (pid = process.pid) => identifyProcess(pid),
    find: async (program, cwd) => (await findProgram(program, options.path, cwd)) !== null,
    isolation: async () => ((await bubblewrap()) === null ? "none" : "bubblewrap"),
  };
}

function baseEnvironment(options: ProcessesOptions): Record<string, string> {
  const { path, home, lang, tz, tmpRoot } = options;
  return {
    PATH: path,
    HOME: home,
    ...(lang === undefined ? {} : { LANG: lang, LC_ALL: lang }),
    ...(tz === undefined ? {} : { TZ: tz }),
    TMPDIR: tmpRoot,
    TERM: "dumb",
  };
}

/** The absolute path of a bubblewrap that works here; null where there is none. */
async function probeBubblewrap(path: string, env: Record<string, string>): Promise<string | null> {
  const bwrap = process.platform === "linux" ? await findProgram("bwrap", path, "/") : null;
  if (bwrap === null) return null;
  const [program, ...args] = sandboxArgv({ bwrap, cwd: "/", argv: ["true"], readOnly: [] });
  const { execa } = await loadExeca();
  const probe = await execa(program, args, {
    env,
    extendEnv: false,
    stdio: "ignore",
    timeout: 10_000,
    reject: false,
  });
  return probe.exitCode === 0 ? bwrap : null;
}

async function runProgram(
  spec: ProcessSpec,
  options: ProcessesOptions,
  base: Record<string, string>,
  bwrap: string | null,
): Promise<ProcessResult> {
  const started = performance.now();
  const log = await openLog(spec.log.root, spec.log.path, spec.log.maxBytes);
  let how: Ending;
  let tail = "";
  try {
    const refusal = await whyNotStartable(spec, options.path);
    if (refusal !== null) how = { ended: "not-started", error: refusal };
    else if (spec.signal?.aborted) how = { ended: "cancelled" };
    else ({ how, tail } = await runChild(spec, options, base, bwrap, log));
  } catch (error) {
    await log.close();
    throw error;
  }
  const durationMs = Math.round(performance.now() - started);
  return { exitCode: null, signal: null, ...how, durationMs, log: await log.close(), tail };
}

type Ending = Pick<ProcessResult, "ended" | "error"> & Partial<Pick<ProcessResult, "exitCode" | "signal">>;

/** Found out beforehand, because from inside the sandbox it would look like an exit code of the program. */
async function whyNotStartable(spec: ProcessSpec, path: string): Promise<string | null> {
  const texts = [...spec.argv, ...Object.entries(spec.env).flat(), spec.cwd];
  if (texts.some((text) => text.includes("\0")))
    return "the command or its environment holds a NUL character";
  if (!(await isFolder(spec.cwd))) return `there is no folder ${spec.cwd}`;
  const [program] = spec.argv;
  if ((await findProgram(program, path, spec.cwd)) !== null) return null;
  return program.includes("/")
    ? `${program} does not exist or may not be executed`
    : `there is no program ${program} on the PATH`;
}

/** A state folder inside the checkout: there the workspace's own folder must be opened up again. */
const writableIn = (cwd: string, readOnly: readonly string[]): { readonly writable?: string } =>
  readOnly.some((folder) => cwd.startsWith(`${folder}/`)) ? { writable: dirname(cwd) } : {};

async function runChild(
  spec: ProcessSpec,
  options: ProcessesOptions,
  base: Record<string, string>,
  bwrap: string | null,
  log: Log,
): Promise<{ how: Ending; tail: string }> {
  const { readOnly = [] } = options;
  const argv: Argv =
    bwrap === null ? spec.argv : sandboxArgv({ ...spec, bwrap, readOnly, ...writableIn(spec.cwd, readOnly) });
  const pipe = await openPipe(options.tmpRoot, base);
  const { execa } = await loadExeca();
  const child = execa(argv[0], argv.slice(1), {
    cwd: spec.cwd,
    env: { ...base, ...spec.env, [markerVariable]: spec.marker },
    extendEnv: false,
    stdio: ["ignore", pipe.writeFd, pipe.writeFd],
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: false,
  });
  pipe.closeWritingEnd();
  const isOurs = (entry: ProcessEntry) => entry.marker === spec.marker || entry.group === child.pid;

  /** Aborted when nothing is left to wait for: the program ended, or its output cannot be kept. */
  const over = new AbortController();
  const reading = keepOutput(pipe.chunks(), { ...spec, log, secrets: options.secrets });
  reading.catch(() => over.abort());
  const ending = child.finally(() => over.abort());

  const stopped = await waitForStop(spec, options.clock, over.signal);
  if (stopped !== null) {
    // Bubblewrap itself would die of the signal and take the program with it, without grace.
    await signalTree(isOurs, "SIGTERM", bwrap === null ? undefined : child.pid);
    await options.clock.sleep(spec.graceMs, over.signal);
  }
  if (child.pid !== undefined) await killTree(isOurs, child.pid);
  const result = await ending;
  const tail = await lastOutput(reading, pipe, options.clock);
  if (stopped !== null) return { how: { ended: stopped }, tail };
  if (child.pid === undefined) {
    return { how: { ended: "not-started", error: result.shortMessage ?? "it could not be started" }, tail };
  }
  return { how: endingOf(result.exitCode, result.signal, bwrap !== null), tail };
}

/** Resolves when the program is over (null) or has to be stopped. */
async function waitForStop(
  spec: ProcessSpec,
  clock: Clock,
  over: AbortSignal,
): Promise<"timed-out" | "cancelled" | null> {
  const wake = AbortSignal.any(spec.signal ? [over, spec.signal] : [over]);
  await clock.sleep(spec.timeoutMs, wake);
  if (over.aborted) return null;
  return spec.signal?.aborted ? "cancelled" : "timed-out";
}

/** A process that got away (only possible without the sandbox) may hold the pipe: its output is let go. */
async function lastOutput(reading: Promise<string>, pipe: Pipe, clock: Clock): Promise<string> {
  const read = new AbortController();
  const done = reading.finally(() => read.abort());
  const late = clock.sleep(drainMs, read.signal).then(() => pipe.letGo());
  const [tail] = await Promise.all([done, late]);
  return tail;
}

/** Bubblewrap reports the signal that ended the program as a shell does: 128 and its number. */
function endingOf(exitCode: number | undefined, signal: string | undefined, sandboxed: boolean): Ending {
  if (signal !== undefined) return { ended: "signalled", signal };
  if (sandboxed && exitCode !== undefined && exitCode > 128) {
    const name = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
    if (name !== undefined) return { ended: "signalled", signal: name };
  }
  return { ended: "exited", exitCode: exitCode ?? null };
}
