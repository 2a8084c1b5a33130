import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../domain/app-error.ts";
import { listProcesses, type ProcessEntry } from "./process-table.ts";

/** How long killed processes may take to go; only one that hangs in the kernel needs longer than moments. */
const patienceMs = 10_000;

/**
 * The processes that `root` picks, with their children, and theirs. This process is never among them, whatever
 * its own environment says.
 */
export function selectTree(all: readonly ProcessEntry[], root: (entry: ProcessEntry) => boolean): number[] {
  const tree = new Set(all.filter((entry) => root(entry) && entry.pid !== process.pid).map(({ pid }) => pid));
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent) && pid !== process.pid) tree.add(pid);
  }
  return [...tree];
}

export async function signalTree(
  root: (entry: ProcessEntry) => boolean,
  signal: NodeJS.Signals,
  except?: number,
): Promise<void> {
  for (const pid of selectTree(await listProcesses(), root)) if (pid !== except) signalOne(pid, signal);
}

/**
 * Kills until two looks in a row find nothing, since what is being killed may still fork. Whole process groups
 * are killed first: that is one step for the kernel, which no fork gets out of, while a chain of processes that
 * each live for a moment can slip past a look. Returns how many were seen. What has become another user's (by a
 * setuid program) cannot be ended and is left.
 *
 * @param group a process group that belongs to the tree, whether or not a look finds a member of it
 */
export async function killTree(root: (entry: ProcessEntry) => boolean, group?: number): Promise<number> {
  const killed = new Set<number>();
  const foreign = new Set<number>();
  const deadline = performance.now() + patienceMs;
  let before = 0;
  if (group !== undefined) signalOne(-group, "SIGKILL");
  for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
    const all = await listProcesses();
    const tree = selectTree(all, root).filter((pid) => !foreign.has(pid));
    if (tree.length === 0 && before === 0) return killed.size;
    if (performance.now() > deadline && tree.length > 0) throw unkillable(tree);
    for (const one of groupsOf(all, tree)) signalOne(-one, "SIGKILL");
    for (const pid of tree) (signalOne(pid, "SIGKILL") ? killed : foreign).add(pid);
    before = tree.length;
    await sleep(pause);
  }
}

/** The process groups that the tree's members are in, never our own. */
function groupsOf(all: readonly ProcessEntry[], tree: readonly number[]): Set<number> {
  const members = new Set(tree);
  const groups = new Set(all.filter(({ pid }) => members.has(pid)).map(({ group }) => group));
  const own = all.find(({ pid }) => pid === process.pid)?.group;
  return new Set([...groups].filter((group) => group > 1 && group !== own));
}

/**
 * Signals a process, or a group by its negative number. False when it is another user's; one that is gone since the
 * look counts as signalled.
 *
 * @throws RangeError for 0, 1 and -1, by which a system means our own group, the first process and everybody
 */
export function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  if (!Number.isInteger(pid) || Math.abs(pid) < 2) throw new RangeError(`${pid} is not one to signal`);
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EPERM") return false;
    if (code !== "ESRCH") throw error;
  }
  return true;
}

export function unkillable(pids: readonly number[]): AppError {
  return new AppError({
    code: "process-unkillable",
    message: `processes ${pids.slice(0, 10).join(", ")} did not end after SIGKILL`,
    action:
      "Look at what they wait for (`ps -o pid,stat,wchan,args -p PID`): a hanging disk or network mount.",
    exitCode: 4,
  });
}
