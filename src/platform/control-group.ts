import { constants } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
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

/** Never makes a file: what the kernel has none for, it does not control. */
export const overwriting = constants.O_WRONLY | constants.O_TRUNC;

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
export async function limitGroup(group: GroupFolders, limits: UsageLimits): Promise<void> {
  const { memoryBytes } = limits;
  await writeValue(join(group.memory, memoryLimit[group.memoryVersion]), String(memoryBytes));
  for (const [file, value] of Object.entries(memoryBesides(memoryBytes)[group.memoryVersion])) {
    const path = join(group.memory, file);
    if ((await contentOf(path)) !== "") await writeValue(path, value);
  }
  await writeValue(join(group.processes, "pids.max"), String(limits.processes));
}

/** Whether the group has the limits, as the kernel says it: it rounds memory down to whole pages. */
export async function holdsLimits(group: GroupFolders, limits: UsageLimits): Promise<boolean> {
  // `max` is no number, and so not below any.
  const memory = Number(await contentOf(join(group.memory, memoryLimit[group.memoryVersion])));
  const processes = Number(await contentOf(join(group.processes, "pids.max")));
  return memory > 0 && memory <= limits.memoryBytes && processes === limits.processes;
}

/**
 * What of its limits the group met: the kernel ended processes because they reached its memory limit, or refused them
 * another process. Ended because the machine ran out of memory is neither.
 */
export async function readExcess(group: GroupFolders): Promise<Excess | null> {
  if (await metMemoryLimit(group)) return "over-memory";
  const counters = await countersIn(join(group.processes, "pids.events"));
  return counters("max") > 0 ? "over-processes" : null;
}

async function metMemoryLimit({ memory, memoryVersion }: GroupFolders): Promise<boolean> {
  if (memoryVersion === 2) {
    const counters = await countersIn(join(memory, "memory.events"));
    return counters("oom") > 0 && counters("oom_kill") > 0;
  }
  const counters = await countersIn(join(memory, "memory.oom_control"));
  return counters("oom_kill") > 0 && Number(await contentOf(join(memory, "memory.failcnt"))) > 0;
}

async function countersIn(path: string): Promise<(name: string) => number> {
  const lines = (await contentOf(path)).split("\n").map((line) => line.split(" "));
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
      await endAll(folder);
      for (const entry of await readdir(folder, { withFileTypes: true }))
        if (entry.isDirectory()) await removeFolder(join(folder, entry.name));
      await rmdir(folder);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      if (!["EBUSY", "ENOTEMPTY"].includes(codeOf(error))) throw error;
      if (performance.now() > deadline) throw unkillable(await membersOf(folder));
    }
    await sleep(pause);
  }
}

async function endAll(folder: string): Promise<void> {
  const members = await membersOf(folder);
  if (members.length === 0) return;
  try {
    await writeValue(join(folder, "cgroup.kill"), "1");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    // Version 1, or before Linux 5.14: one by one; the caller looks again.
    for (const pid of members) signalOne(pid, "SIGKILL");
  }
}

/** One of another PID namespace is listed as 0, which as the target of a signal would be ourselves. */
async function membersOf(folder: string): Promise<number[]> {
  const lines = (await readFile(join(folder, "cgroup.procs"), "utf8")).split("\n");
  return lines.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
}

export const writeValue = (path: string, value: string): Promise<void> =>
  writeFile(path, value, { flag: overwriting });

/** Empty where there is no such file. */
export async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";
