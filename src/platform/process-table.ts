import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { ProcessIdentity } from "../domain/ledger.ts";

/** The variable by which a child and its descendants are known. */
export const markerVariable = "AUTOPACK_PROCESS";

/** A process as the system shows it now. Zombies have ended and are not listed. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
  /** Memory that it holds, shared or not. */
  readonly residentBytes: number;
  /** The value of AUTOPACK_PROCESS that it was started with; null when it has none or is not ours to read. */
  readonly marker: string | null;
}

let pageSize: number | undefined;

/** 4,096 with most kernels, and more with some for ARM. */
function pageBytes(): number {
  pageSize ??=
    1024 * Number(/^KernelPageSize:\s+(\d+) kB/m.exec(readFileSync("/proc/self/smaps", "latin1"))?.[1] ?? 4);
  return pageSize;
}

/** Every process there is. On Linux from /proc, elsewhere from `ps`. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

// Read without awaits: a scan should show one moment, and two small reads of /proc take some 20 microseconds.
function listFromProc(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readNow(`/proc/${name}/stat`);
    const fields = stat && parseStat(stat.toString("latin1"));
    if (!fields) continue;
    const environment = fields.isKernel ? null : readNow(`/proc/${name}/environ`);
    entries.push({
      pid: Number(name),
      parent: fields.parent,
      group: fields.group,
      threads: fields.threads,
      residentBytes: fields.residentPages * pageBytes(),
      marker: environment && findMarker(environment),
    });
  }
  return entries;
}

/** null when the process has ended meanwhile or belongs to somebody else. */
function readNow(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(String(error.code));

/** PF_KTHREAD of the kernel. */
const kernelThread = 0x00200000;

/** The fields after the program's name, which may itself hold spaces and parentheses; null for a zombie. */
function parseStat(stat: string): {
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
  readonly startTime: string;
  readonly residentPages: number;
  /** A thread of the kernel: it has no environment, and most of what a machine runs is such. */
  readonly isKernel: boolean;
} | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined || /^[ZXx]$/.test(state)) return null;
  return {
    parent: Number(parent),
    group: Number(group),
    threads: Number(fields[17]),
    startTime,
    residentPages: Number(fields[21]),
    isKernel: (Number(fields[6]) & kernelThread) !== 0,
  };
}

function findMarker(environment: Buffer): string | null {
  const name = `${markerVariable}=`;
  for (let at = environment.indexOf(name); at !== -1; at = environment.indexOf(name, at + 1)) {
    if (at > 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString("utf8", at + name.length, end === -1 ? environment.length : end);
  }
  return null;
}

async function listFromPs(): Promise<ProcessEntry[]> {
  const columns = "pid=,ppid=,pgid=,rss=,stat=,command=";
  const { execa } = await import("execa");
  const { stdout } = await execa("ps", ["-axEww", "-o", columns], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, group, kilobytes, state, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith("Z")) return [];
    const marker = new RegExp(`(?:^|\\s)${markerVariable}=(\\S+)`).exec(command ?? "")?.[1] ?? null;
    const residentBytes = Number(kilobytes) * 1024;
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), threads: 1, residentBytes, marker },
    ];
  });
}

/** A process's share of the memory it holds: what n processes share counts a n-th. null where that is not told. */
export function proportionalBytes(pid: number): number | null {
  const text =
    process.platform === "linux" ? readNow(`/proc/${pid}/smaps_rollup`)?.toString("latin1") : undefined;
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(text ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** See `Processes.identify`. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  const startTime = process.platform === "linux" ? startTimeFromProc(pid) : await startTimeFromPs(pid);
  return startTime === null ? null : { host: hostname(), bootId: await bootId(), pid, startTime };
}

function startTimeFromProc(pid: number): string | null {
  const stat = readNow(`/proc/${pid}/stat`);
  return (stat && parseStat(stat.toString("latin1"))?.startTime) ?? null;
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  const { execa } = await import("execa");
  const { stdout } = await execa("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { reject: false });
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return started === undefined || state?.startsWith("Z") ? null : started;
}

async function bootId(): Promise<string> {
  if (process.platform === "linux") return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const { execa } = await import("execa");
  return (await execa("sysctl", ["-n", "kern.boottime"])).stdout.trim();
}
