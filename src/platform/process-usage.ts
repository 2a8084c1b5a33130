import type { Clock } from "./ports.ts";
import { listProcesses, type ProcessEntry, proportionalBytes } from "./process-table.ts";
import { selectTree } from "./process-tree.ts";

/** What a program may use together with all that it starts. */
export interface UsageLimits {
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly processes: number;
}

export type Excess = "over-memory" | "over-processes";

/** Looks every `everyMs` until too much is used or `over` is aborted (null). */
export async function watchUsage(
  look: () => Promise<Excess | null>,
  everyMs: number,
  clock: Clock,
  over: AbortSignal,
): Promise<Excess | null> {
  for (;;) {
    await clock.sleep(everyMs, over);
    if (over.aborted) return null;
    const excess = await look();
    if (excess) return excess;
  }
}

/** What the processes that `root` picks use too much of, with their descendants. A limit can be passed between two looks. */
export async function lookAtUsage(
  root: (entry: ProcessEntry) => boolean,
  limits: UsageLimits,
): Promise<Excess | null> {
  const all = await listProcesses();
  const tree = new Set(selectTree(all, root));
  return assessUsage(
    all.filter(({ pid }) => tree.has(pid)),
    limits,
  );
}

function assessUsage(tree: readonly ProcessEntry[], limits: UsageLimits): Excess | null {
  if (sum(tree.map(({ threads }) => threads)) > limits.processes) return "over-processes";
  if (sum(tree.map(({ residentBytes }) => residentBytes)) <= limits.memoryBytes) return null;
  // What they share was counted for each of them; to count it rightly costs more than a look every moment may.
  const shares = tree.map(({ pid, residentBytes }) => proportionalBytes(pid) ?? residentBytes);
  return sum(shares) > limits.memoryBytes ? "over-memory" : null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
