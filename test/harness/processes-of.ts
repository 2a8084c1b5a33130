import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

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
