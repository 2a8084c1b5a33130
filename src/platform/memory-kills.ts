import { readFileSync } from "node:fs";

/** Where Linux counts what it ended. */
export const systemCounters = "/proc/vmstat";

/** How many programs the kernel has ended for want of memory since it was started; undefined where it does not say. */
export function countMemoryKills(file: string): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, "latin1"))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    // Not Linux, or hidden from us: then nobody can tell.
    return undefined;
  }
}
