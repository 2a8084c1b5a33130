import { closeSync, constants, openSync, readdirSync, readFileSync, rmdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signalOne, unkillable } from "./process-tree.ts";
import type { Excess, UsageLimits } from "./process-usage.ts";

/** The folders through which one program is controlled, which are one and the same with version 2. */
export interface GroupFolders {
  readonly memory: string;
  /** The kernel's control groups, version 1 or 2, which name what they know of memory differently. */
  readonly memoryVersion: 1 | 2;
  readonly processes: string;
}

/** How long ended processes may take to leave their group; only one that hangs in the kernel needs longer. */
const patienceMs = 10_000;

// Read and written at once, as /proc is: the kernel answers from memory, and a thread for it would take longer.

/** Where memory is bounded. */
const memoryLimit = { 1: "memory.limit_in_bytes", 2: "memory.max" } as const;

/** Memory and swap together may be this much more, since the kernel counts who met the limit of memory alone. */
const swapBytes = 1024 * 1024;

/** What is written besides, where the kernel has it: no swap to speak of, and no process outlives another. */
const memoryBesides = (bytes: number) => ({
  1: { "memory.memsw.limit_in_bytes": String(bytes + swapBytes) },
  2: { "memory.swap.max": "0", "memory.oom.group": "1" },
});

/** Has the kernel hold what runs in the group to the limits; throws where it does not take them. */
export function limitGroup(group: GroupFolders, limits: UsageLimits): void {
  const { memoryBytes } = limits;
  writeValue(join(group.memory, memoryLimit[group.memoryVersion]), String(memoryBytes));
  for (const [file, value] of Object.entries(memoryBesides(memoryBytes)[group.memoryVersion])) {
    const path = join(group.memory, file);
    if (contentOf(path) !== "") writeValue(path, value);
  }
  writeValue(join(group.processes, "pids.max"), String(limits.processes));
}

/** Whether the group has the limits, as the kernel says it: it rounds memory down to whole pages. */
export function holdsLimits(group: GroupFolders, limits: UsageLimits): boolean {
  // `max` is no number, and so not below any.
  const memory = Number(contentOf(join(group.memory, memoryLimit[group.memoryVersion])));
  const processes = Number(contentOf(join(group.processes, "pids.max")));
  return memory > 0 && memory <= limits.memoryBytes && processes === limits.processes;
}

/**
 * What of its limits the group met: the kernel ended processes because they reached its memory limit, or refused them
 * another process. Ended because the machine ran out of memory is neither.
 */
export function readExcess(group: GroupFolders): Excess | null {
  if (metMemoryLimit(group)) return "over-memory";
  const counters = countersIn(join(group.processes, "pids.events"));
  return counters("max") > 0 ? "over-processes" : null;
}

function metMemoryLimit({ memory, memoryVersion }: GroupFolders): boolean {
  if (memoryVersion === 2) {
    const counters = countersIn(join(memory, "memory.events"));
    return counters("oom") > 0 && counters("oom_kill") > 0;
  }
  const counters = countersIn(join(memory, "memory.oom_control"));
  return counters("oom_kill") > 0 && Number(contentOf(join(memory, "memory.failcnt"))) > 0;
}

function countersIn(path: string): (name: string) => number {
  const lines = contentOf(path)
    .split("\n")
    .map((line) => line.split(" "));
  const counters = new Map(lines.map(([name, count]) => [name, Number(count)]));
  return (name) => counters.get(name) ?? 0;
}

/** Ends all that is in the group and removes it. False where there is none. */
export async function removeGroup({ memory, processes }: GroupFolders): Promise<boolean> {
  const removed = [await removeFolder(processes), await removeFolder(memory)];
  return removed[0] === true;
}

/** Ends all that is in the group's folder and removes it, with those made inside. False where there is none. */
export async function removeFolder(folder: string): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
    try {
      endAll(folder);
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory()) await removeFolder(join(folder, entry.name));
      rmdirSync(folder);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      if (!["EBUSY", "ENOTEMPTY"].includes(codeOf(error))) throw error;
      if (performance.now() > deadline) throw unkillable(membersOf(folder));
    }
    await sleep(pause);
  }
}

function endAll(folder: string): void {
  const members = membersOf(folder);
  if (members.length === 0) return;
  try {
    writeValue(join(folder, "cgroup.kill"), "1");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    // Version 1, or before Linux 5.14: one by one; the caller looks again.
    for (const pid of members) signalOne(pid, "SIGKILL");
  }
}

/** One of another PID namespace is listed as 0, which as the target of a signal would be ourselves. */
function membersOf(folder: string): number[] {
  const lines = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n");
  return lines.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
}

/** Never makes a file: what the kernel has none for, it does not control. */
export function writeValue(path: string, value: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
  try {
    writeSync(fd, value);
  } finally {
    closeSync(fd);
  }
}

/** Empty where there is no such file. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";
