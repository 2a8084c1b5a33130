import { mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { Argv } from "../domain/plan.ts";
import {
  contentOf,
  type GroupFolders,
  holdsLimits,
  limitGroup,
  readExcess,
  removeFolder,
  removeGroup,
  writeValue,
} from "./control-group.ts";
import { type GroupPlace, groupPrefix, placesFor } from "./find-control-groups.ts";
import { identifyProcess } from "./process-table.ts";
import type { Excess, UsageLimits } from "./process-usage.ts";

/** A group in which the kernel holds one program, with all that it starts, to its limits. */
export interface ControlGroup {
  /** The command line that enters the group and becomes the program. */
  enter(argv: Argv): Argv;
  excess(): Excess | null;
  /** Ends all that is left in it and removes it. False: the program could not enter it, and never ran. */
  close(): Promise<boolean>;
}

export interface ControlGroups {
  /** Or why none can be made any more: whoever looks after the group around it may have taken that away. */
  open(limits: UsageLimits): Promise<ControlGroup | { readonly why: string }>;
}

/** Enters, or takes the empty group away: that it is gone says that the program never ran. */
const entering =
  'for group in "$1" "$2"; do echo $$ >"$group/cgroup.procs" || { rmdir "$2"; exit 126; }; done; shift 2; exec "$@"';

const tried: UsageLimits = { memoryBytes: 64 * 1024 * 1024, processes: 16 };

type TryOut = (argv: Argv) => Promise<{ readonly output: string }>;

interface Place {
  readonly memory: GroupPlace;
  readonly processes: GroupPlace;
}

/**
 * Where this process may make control groups and put its children into them, tried out; or why it may not. What an
 * autopack that ended left there is removed.
 *
 * @param proc where the kernel tells of processes, `/proc`
 */
export async function openControlGroups(
  proc: string,
  tryOut: TryOut,
): Promise<ControlGroups | { readonly why: string }> {
  const [memory, processes] = [placesFor("memory", proc), placesFor("pids", proc)];
  const owner = await ownerName();
  const whyNot: string[] = [];
  for (const place of pair(memory, processes)) {
    const why = await whyNotIn(place, owner, tryOut);
    if (why === null) return groupsIn(place, owner);
    whyNot.push(`${place.memory.folder}: ${why}`);
  }
  return { why: whyNot.join("; ") || "the kernel shows no control groups" };
}

/** With version 2 it is the same folder for both. */
function pair(memory: readonly GroupPlace[], processes: readonly GroupPlace[]): Place[] {
  return memory.flatMap((one) =>
    processes
      .filter(({ version, folder }) => version !== 2 || one.version !== 2 || folder === one.folder)
      .map((other) => ({ memory: one, processes: other })),
  );
}

async function whyNotIn(place: Place, owner: string, tryOut: TryOut): Promise<string | null> {
  try {
    for (const [controller, at] of [
      ["memory", place.memory],
      ["pids", place.processes],
    ] as const)
      if (!isControlled(controller, at)) return `it does not control ${controller}`;
    await removeLeft(place);
    const name = nextName(owner);
    const group = await makeGroup(place, name, tried);
    const isHeld = holdsLimits(foldersOf(place, name), tried);
    const { output } = await tryOut(group.enter(["cat", "/proc/self/cgroup"]));
    const entered = (await group.close()) && output.includes(`/${name}`);
    return isHeld && entered ? null : `a group there does not hold programs: ${output.trim()}`;
  } catch (error) {
    // What is not delegated to us refuses in one of many ways; what an autopack left may hang in the kernel.
    if (isSystemError(error) || error instanceof AppError) return error.message;
    throw error;
  }
}

/** With version 2 the group around has to hand a controller on; only in our own is that ours to say. */
function isControlled(controller: string, { version, folder, isOwn }: GroupPlace): boolean {
  if (version === 1) return true;
  const file = join(folder, "cgroup.subtree_control");
  const handedOn = () => contentOf(file).split(/\s+/).includes(controller);
  if (!handedOn() && isOwn) writeValue(file, `+${controller}`);
  return handedOn();
}

const groupsIn = (place: Place, owner: string): ControlGroups => ({
  open: async (limits) => {
    try {
      return await makeGroup(place, nextName(owner), limits);
    } catch (error) {
      if (isSystemError(error)) return { why: `its control group cannot be made: ${error.message}` };
      throw error;
    }
  },
});

const isSystemError = (error: unknown): error is Error => error instanceof Error && "syscall" in error;

const foldersOf = ({ memory, processes }: Place, name: string): GroupFolders => ({
  memory: join(memory.folder, name),
  memoryVersion: memory.version,
  processes: join(processes.folder, name),
});

async function makeGroup(place: Place, name: string, limits: UsageLimits): Promise<ControlGroup> {
  const group = foldersOf(place, name);
  try {
    for (const folder of new Set([group.memory, group.processes])) mkdirSync(folder);
    limitGroup(group, limits);
  } catch (error) {
    await removeGroup(group);
    throw error;
  }
  return {
    enter: (argv) => ["/bin/sh", "-c", entering, "sh", group.memory, group.processes, ...argv],
    excess: () => readExcess(group),
    close: () => removeGroup(group),
  };
}

let count = 0;

/** Never given twice by this process. */
function nextName(owner: string): string {
  count += 1;
  return `${owner}-${count}`;
}

/** A group belongs to the process that made it: `autopack-<PID namespace>-<pid>-<start time>`, and a number. */
async function ownerName(): Promise<string> {
  const { startTime } = (await identifyProcess(process.pid)) ?? {};
  return `${groupPrefix}${pidNamespace()}-${process.pid}-${startTime}`;
}

const pidNamespace = (): string => readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");

/** Removes the groups of processes that ended: a crash took those away that would have done it. */
async function removeLeft({ memory, processes }: Place): Promise<void> {
  for (const folder of new Set([processes.folder, memory.folder]))
    for (const name of readdirSync(folder)) if (await isLeft(name)) await removeFolder(join(folder, name));
}

async function isLeft(name: string): Promise<boolean> {
  const [, namespace, pid, startTime] = /^autopack-(\d+)-(\d+)-(\d+)-\d+$/.exec(basename(name)) ?? [];
  // Of a process in another namespace nothing can be known.
  if (namespace !== pidNamespace()) return false;
  return (await identifyProcess(Number(pid)))?.startTime !== startTime;
}
