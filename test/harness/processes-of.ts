import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Kills one process; that it ended meanwhile is fine. What is not read yet would be 0, and that is our own group. */
export function endOne(pid: number): void {
  if (!Number.isInteger(pid) || pid < 2) throw new RangeError(`${pid} is no process to end`);
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

/** Live processes that were started for a project: its folder stands in their environment. */
export function processesOf(folder: string): { pid: number; what: string }[] {
  if (process.platform !== "linux") {
    const rows = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
    return rows
      .filter((row) => row.includes(folder))
      .map((row) => ({ pid: Number.parseInt(row, 10), what: row }));
  }
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, "utf8");
      const what = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return environment.includes(folder) ? [{ pid: Number(name), what }] : [];
    } catch {
      // Ended since, or another user's.
      return [];
    }
  });
}
