import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { signalOne } from "../../src/platform/process-tree.ts";
import { processesOf } from "../../test/harness/processes-of.ts";
import { type NeutralResult, resultSchema } from "./handover.ts";
import { createPlace, noteGroup, type Place, placeIn } from "./place.ts";
import type { Scenario, Trouble } from "./scenario.ts";
import { startServer } from "./server.ts";
import { fillDisk, lockStores, mountDisk, setClock } from "./troubles.ts";

/** Longest time of one call of an adapter; the slowest scenario takes a tenth of it on an idle machine. */
const longestCallMs = 90_000;
const mostResumes = 4;

export interface Observed {
  readonly place: Place;
  /** The last result that the adapter left; null where there is none. */
  readonly result: NeutralResult | null;
  /** How often it was cut off, or ended with the run open. */
  readonly interruptions: number;
  /** Tokens that the builders and the provider counted. */
  readonly spent: number;
  readonly tooEarly: number;
  /** What went wrong in the carrying out, in words: time limits, results that cannot be read. */
  readonly problems: readonly string[];
}

interface Call {
  readonly pid: number;
  readonly ended: Promise<{ readonly cut: boolean; readonly output: string }>;
}

/**
 * Has an orchestrator carry out a scenario in `root`, cuts it off as the scenario says and resumes it. Nothing of it is
 * left running when `look` is called, and the disk is gone after.
 */
export async function carryOut<T>(
  scenario: Scenario,
  adapter: string,
  root: string,
  look: (observed: Observed) => T,
): Promise<T> {
  const place = placeIn(root);
  const unmount = mountDisk(place.given, scenario.faults?.diskMegabytes);
  const problems: string[] = [];
  const words: string[] = [];
  const others: Call[] = [];
  let current: Call | undefined;
  let terminated = false;

  const start = (resume: boolean): Call => startAdapter(place, scenario, adapter, resume);
  const signal = (name: NodeJS.Signals): void => {
    if (current) signalGroup(current.pid, name);
  };

  async function onTrouble(trouble: Trouble): Promise<string> {
    switch (trouble) {
      case "kill":
        signal("SIGKILL");
        return "killed";
      case "terminate":
        terminated = true;
        signal("SIGTERM");
        return "killed";
      case "freeze": {
        signal("SIGSTOP");
        const other = start(true);
        await Promise.race([other.ended, after(5000)]);
        signalGroup(other.pid, "SIGKILL");
        await other.ended;
        if (current) noteGroup(place, current.pid);
        signal("SIGCONT");
        return "frozen";
      }
      case "second": {
        const other = start(false);
        others.push(other);
        if (current) noteGroup(place, current.pid);
        await Promise.race([other.ended, after(2500)]);
        return "started";
      }
      case "clock-forwards":
        return setClock(place, 86_400_000);
      case "clock-backwards":
        return setClock(place, -3_600_000);
      case "lock-stores":
        return lockStores(place.given, 1000);
      case "lock-stores-long":
        return lockStores(place.given, 6000);
      case "fill-disk":
        return fillDisk(place.given, after(800));
      case "fill-disk-long":
        return fillDisk(place.given, current?.ended ?? Promise.resolve());
    }
  }

  const server = await startServer(scenario, onTrouble);
  try {
    createPlace(place, scenario, server.url);
    let interruptions = 0;
    let result: NeutralResult | null = null;
    for (let call = 0; call <= mostResumes; call++) {
      terminated = false;
      current = start(call > 0);
      const timer = call === 0 && scenario.faults?.afterMs ? after(scenario.faults.afterMs) : undefined;
      void timer?.then(() => signal("SIGKILL"));
      const { cut, output } = await endOf(current, problems);
      // What is left of a killed loop's builder is waited for by nobody; a real crash leaves it too.
      result = readResult(place, cut, output, words);
      if (result && result.run !== "open" && !terminated) {
        // What a later call made good is an interruption, and that is counted.
        words.length = 0;
        break;
      }
      interruptions++;
    }
    for (const other of others) await endOf(other, problems);
    await endAll(root);
    return look({
      place,
      result,
      interruptions,
      spent: meteredIn(place) + server.tokens(),
      tooEarly: server.tooEarly(),
      problems: [...problems, ...words],
    });
  } finally {
    server.close();
    await endAll(root);
    unmount();
  }
}

function startAdapter(place: Place, scenario: Scenario, adapter: string, resume: boolean): Call {
  const { given, own } = place;
  const file = join(given, "result.json");
  rmSync(file, { force: true });
  const clock = JSON.stringify(scenario.phases).includes('"clock-');
  const preload = pathToFileURL(join(import.meta.dirname, "clock.js")).href;
  const limit = resume ? undefined : scenario.faults?.fileKilobytes;
  const command = [process.execPath, adapter, given, ...(resume ? ["--resume"] : [])];
  const limited = limit ? ["bash", "-c", `ulimit -f ${limit}; exec "$@"`, "limited", ...command] : command;
  const [program = "", ...args] = limited;
  const paths = [...(scenario.faults?.atGit ? [join(own, "bin")] : []), dirname(process.execPath)];
  const child: ChildProcess = spawn(program, args, {
    cwd: given,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: [...paths, process.env["PATH"]].join(delimiter),
      HOME: join(given, "home"),
      TMPDIR: join(given, "tmp"),
      XDG_STATE_HOME: join(given, "state"),
      XDG_CONFIG_HOME: join(given, "config"),
      // Shared by the scenarios of a measurement, and gone with it.
      NODE_COMPILE_CACHE: join(dirname(dirname(given)), "compile-cache"),
      ...(clock ? { HONESTY_CLOCK: join(own, "clock"), NODE_OPTIONS: `--import=${preload}` } : {}),
    },
  });
  const pid = child.pid ?? 0;
  noteGroup(place, pid);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-4000);
    });
  const ended = new Promise<{ cut: boolean; output: string }>((resolve, reject) => {
    child.on("error", reject);
    // Not `close`: what outlives the orchestrator may hold its output open.
    child.on("exit", (_, signal) => resolve({ cut: signal !== null, output }));
  });
  return { pid, ended };
}

async function endOf(call: Call, problems: string[]): Promise<{ cut: boolean; output: string }> {
  const done = new AbortController();
  const limit = after(longestCallMs, "late" as const, { signal: done.signal }).catch(() => "ended" as const);
  const first = await Promise.race([call.ended, limit]);
  done.abort();
  if (first === "late") {
    problems.push(`did not end within ${longestCallMs / 1000} s`);
    signalGroup(call.pid, "SIGKILL");
  }
  return call.ended;
}

function readResult(
  { given }: Place,
  cut: boolean,
  output: string,
  problems: string[],
): NeutralResult | null {
  const file = join(given, "result.json");
  if (!existsSync(file)) {
    if (!cut) problems.push(`left no result: ${output.trim().slice(-300).replaceAll(/\s+/g, " ")}`);
    return null;
  }
  try {
    return resultSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (!cut) problems.push(`left a result that is not the documented one: ${String(error)}`);
    return null;
  }
}

function meteredIn({ own }: Place): number {
  const file = join(own, "spent");
  if (!existsSync(file)) return 0;
  const rows = readFileSync(file, "utf8").trim().split("\n");
  return rows.reduce((sum, row) => sum + Number(row.split(" ")[1]), 0);
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}

/** Asks whatever was started for a scenario to end; returns how many there were. */
export function endProcesses(root: string): number {
  const left = processesOf(root);
  for (const { pid } of left) signalOne(pid, "SIGKILL");
  return left.length;
}

async function endAll(root: string): Promise<void> {
  while (endProcesses(root) > 0) await after(20);
}
