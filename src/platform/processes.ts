import { constants } from "node:os";
import { isAbsolute } from "node:path";
import type { Reach } from "../domain/isolation.ts";
import type { Argv } from "../domain/plan.ts";
import { findHolders, type HolderOptions, type Holders } from "./holders.ts";
import { insteadOfInherited } from "./inherited-files.ts";
import { countMemoryKills, systemCounters } from "./memory-kills.ts";
import type { ControlGroup, ControlGroups } from "./open-control-groups.ts";
import { keepOutput, type Log, type OutputEnds, openLog } from "./output.ts";
import type { Clock, Processes, ProcessResult, ProcessSpec } from "./ports.ts";
import { openPipe, type Pipe } from "./process-pipe.ts";
import { identifyProcess, markerVariable, type ProcessEntry } from "./process-table.ts";
import { killTree, signalTree } from "./process-tree.ts";
import { type Excess, lookAtUsage, watchUsage } from "./process-usage.ts";
import { findProgram, isFolder } from "./program.ts";
import { networkOf, type Sandbox, type SandboxedProgram } from "./sandbox.ts";
import { hintFor } from "./sandbox-hint.ts";
import { openKeyFilter } from "./seccomp.ts";

export interface ProcessesOptions extends HolderOptions {
  readonly lang: string | undefined;
  readonly tz: string | undefined;
  /** TMPDIR of every child that no sandbox holds; made when it does not exist. */
  readonly tmpRoot: string;
  /** Values that no log may show. */
  readonly secrets: readonly string[];
  /** Variables of programs that have the whole network: proxies, certificates, registries. Files that they name can be read. */
  readonly network?: Readonly<Record<string, string>>;
  /** How often it is looked at what a program uses. */
  readonly sampleMs: number;
  /** Where the kernel's counters are read; left out: where Linux has them. */
  readonly counters?: string;
  readonly clock: Clock;
}

/** Loaded with the first program that is started: most commands start none, and it takes 50 ms. */
const loadExeca = () => import("execa");

const reachesNothing: Reach = { network: "loopback", readable: [], writable: [] };

/** How long reading what is left in the pipe may take after all its known writers have ended. */
const drainMs = 1000;

export function createProcesses(options: ProcessesOptions): Processes {
  const base = baseEnvironment(options);
  let found: Promise<Holders> | undefined;
  const look = () => {
    found ??= findHolders(options, (argv) => tryOut(argv, base));
    return found;
  };
  return {
    run: async (spec) => runProgram(spec, options, base, await look()),
    endLeftovers: async (prefix) => {
      if (prefix === "") throw new RangeError("an empty prefix would end the processes of every run");
      return killTree((entry) => entry.marker?.startsWith(prefix) ?? false);
    },
    identify: (pid = process.pid) => identifyProcess(pid),
    find: async (program, cwd) => findProgram(program, options.path, cwd) !== null,
    isolation: async () => (await look()).hold,
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

async function tryOut([program, ...args]: Argv, env: Record<string, string>) {
  const { execa } = await loadExeca();
  const filter = openKeyFilter(env["TMPDIR"] ?? "/tmp");
  const { exitCode = null, all } = await execa(program, args, {
    env,
    extendEnv: false,
    stdio: ["ignore", "pipe", "pipe", ...insteadOfInherited(filter.fd)],
    all: true,
    timeout: 10_000,
    reject: false,
  }).finally(() => filter.close());
  return { code: exitCode, output: all };
}

async function runProgram(
  spec: ProcessSpec,
  options: ProcessesOptions,
  base: Record<string, string>,
  { sandbox, groups }: Holders,
): Promise<ProcessResult> {
  const started = performance.now();
  const memoryKills = () => countMemoryKills(options.counters ?? systemCounters);
  const killsBefore = memoryKills();
  const log = await openLog(spec.log.root, spec.log.path, spec.log.maxBytes);
  const program: SandboxedProgram = { ...spec, reach: withNetwork(spec.reach ?? reachesNothing, options) };
  let how: Ending;
  let ends = noOutput;
  try {
    const refusal = whyNotStartable(spec, options.path);
    if (refusal !== null) how = { ended: "not-started", error: refusal };
    else if (spec.signal?.aborted) how = { ended: "cancelled" };
    else {
      const argv = sandbox ? await holdOrWhyNot(sandbox, program) : spec.argv;
      if (typeof argv === "string") how = { ended: "not-started", error: argv };
      else ({ how, ends } = await runLimited(spec, { ...options, base, argv, held: sandbox, log }, groups));
    }
  } catch (error) {
    await log.close();
    throw error;
  }
  const durationMs = Math.round(performance.now() - started);
  const isKilled = how.signal === "SIGKILL" || how.exitCode === killedExitCode;
  const forMemory = isKilled && (memoryKills() ?? 0) > (killsBefore ?? Number.POSITIVE_INFINITY);
  const hint = sandbox && how.exitCode !== 0 ? await hintFor(sandbox, program, ends.tail) : undefined;
  return {
    exitCode: null,
    signal: null,
    ...how,
    durationMs,
    log: await log.close(),
    ...ends,
    network: networkOf(sandbox, program.reach),
    ...(hint === undefined ? {} : { hint }),
    ...(forMemory ? { memoryKill: true } : {}),
  };
}

const noOutput: OutputEnds = { head: "", tail: "" };

/** What a shell exits with for a program that SIGKILL ended. */
const killedExitCode = 137;

/** What ran in the workspace before may have closed folders in which something is to be mounted. */
async function holdOrWhyNot(sandbox: Sandbox, program: SandboxedProgram): Promise<Argv | string> {
  try {
    return await sandbox.hold(program);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return `the sandbox cannot be made: ${error.message}`;
    throw error;
  }
}

/** Certificates that variables name have to be there for those who are told of them. */
function withNetwork(reach: Reach, { network = {} }: ProcessesOptions): Reach {
  if (reach.network !== "full") return reach;
  return { ...reach, readable: [...reach.readable, ...Object.values(network).filter(isAbsolute)] };
}

type Ending = Pick<ProcessResult, "ended" | "error"> & Partial<Pick<ProcessResult, "exitCode" | "signal">>;

/** Found out beforehand, because from inside the sandbox it would look like an exit code of the program. */
function whyNotStartable(spec: ProcessSpec, path: string): string | null {
  const texts = [...spec.argv, ...Object.entries(spec.env).flat(), spec.cwd];
  if (texts.some((text) => text.includes("\0")))
    return "the command or its environment holds a NUL character";
  if (!isFolder(spec.cwd)) return `there is no folder ${spec.cwd}`;
  const [program] = spec.argv;
  if (findProgram(program, path, spec.cwd) !== null) return null;
  return program.includes("/")
    ? `${program} does not exist or may not be executed`
    : `there is no program ${program} on the PATH`;
}

interface Start extends ProcessesOptions {
  readonly base: Record<string, string>;
  readonly argv: Argv;
  readonly held: Sandbox | null;
  readonly log: Log;
}

interface Ran {
  readonly how: Ending;
  readonly ends: OutputEnds;
}

/** Runs the program in a control group of its own, where there are any and it has limits. */
async function runLimited(spec: ProcessSpec, start: Start, groups: ControlGroups | null): Promise<Ran> {
  if (groups === null || !spec.limits) return runChild(spec, start, null);
  const group = await groups.open(spec.limits);
  if ("why" in group) return { how: { ended: "not-started", error: group.why }, ends: noOutput };
  let entered = false;
  let ran: Ran;
  let excess: Excess | null;
  try {
    ran = await runChild(spec, { ...start, argv: group.enter(start.argv) }, group);
    excess = group.excess();
  } finally {
    entered = await group.close();
  }
  if (!entered) {
    const error = `its control group cannot be entered: ${ran.ends.tail.trim()}`;
    return { how: { ended: "not-started", error }, ends: noOutput };
  }
  const isStopped = ran.how.ended === "timed-out" || ran.how.ended === "cancelled";
  return excess && !isStopped ? { how: { ended: excess }, ends: ran.ends } : ran;
}

async function runChild(spec: ProcessSpec, start: Start, group: ControlGroup | null): Promise<Ran> {
  const { argv, held, clock } = start;
  const pipe = await openPipe(start.tmpRoot, start.base);
  const { execa } = await loadExeca();
  const filter = held ? openKeyFilter(start.tmpRoot) : undefined;
  const outside = spec.reach?.network === "full" ? start.network : {};
  const inside = held ? { HOME: held.home, TMPDIR: "/tmp" } : {};
  const child = execa(argv[0], argv.slice(1), {
    cwd: spec.cwd,
    env: { ...start.base, ...outside, ...inside, ...spec.env, [markerVariable]: spec.marker },
    extendEnv: false,
    stdio: ["ignore", pipe.writeFd, pipe.writeFd, ...insteadOfInherited(filter?.fd)],
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: false,
  });
  pipe.closeWritingEnd();
  filter?.close();
  const isOurs = (entry: ProcessEntry) => entry.marker === spec.marker || entry.group === child.pid;

  /** Aborted when nothing is left to wait for: the program ended, or its output cannot be kept. */
  const over = new AbortController();
  const reading = keepOutput(pipe.chunks(), { ...spec, log: start.log, secrets: start.secrets });
  reading.catch(() => over.abort());
  let hasExited = false;
  const ending = child
    .then((ended) => {
      hasExited = ended.exitCode !== undefined;
      return ended;
    })
    .finally(() => over.abort());

  const { limits } = spec;
  const look = async () => (group ? group.excess() : limits ? lookAtUsage(isOurs, limits) : null);
  const stopped = await waitForStop(spec, start, look, over.signal).catch(async (error: unknown) => {
    await killTree(isOurs, child.pid);
    throw error;
  });
  if (stopped === "timed-out" || stopped === "cancelled") {
    // Bubblewrap itself would die of the signal and take the program with it, without grace.
    await signalTree(isOurs, "SIGTERM", held ? child.pid : undefined);
    await clock.sleep(spec.graceMs, over.signal);
  }
  // A sandbox that has come to its end by itself has seen that of everything in its PID namespace.
  if (child.pid !== undefined && !(held && hasExited)) await killTree(isOurs, child.pid);
  const result = await ending;
  const ends = await lastOutput(reading, pipe, clock);
  if (stopped !== null) return { how: { ended: stopped }, ends };
  if (child.pid === undefined) {
    return { how: { ended: "not-started", error: result.shortMessage ?? "it could not be started" }, ends };
  }
  return { how: endingOf(result.exitCode, result.signal, held !== null), ends };
}

/** Resolves when the program is over (null) or has to be stopped. */
async function waitForStop(
  spec: ProcessSpec,
  { clock, sampleMs }: ProcessesOptions,
  look: () => Promise<Excess | null>,
  over: AbortSignal,
): Promise<"timed-out" | "cancelled" | Excess | null> {
  const watched = new AbortController();
  const wake = AbortSignal.any([over, watched.signal, ...(spec.signal ? [spec.signal] : [])]);
  const watching = spec.limits ? watchUsage(look, sampleMs, clock, wake) : Promise.resolve(null);
  const [excess] = await Promise.all([
    watching.finally(() => spec.limits && watched.abort()),
    clock.sleep(spec.timeoutMs, wake).then(() => watched.abort()),
  ]);
  if (over.aborted) return null;
  return excess ?? (spec.signal?.aborted ? "cancelled" : "timed-out");
}

/** A process that got away (only possible without the sandbox) may hold the pipe: its output is let go. */
async function lastOutput(reading: Promise<OutputEnds>, pipe: Pipe, clock: Clock): Promise<OutputEnds> {
  const read = new AbortController();
  const done = reading.finally(() => read.abort());
  const late = clock.sleep(drainMs, read.signal).then(() => pipe.letGo());
  const [ends] = await Promise.all([done, late]);
  return ends;
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
