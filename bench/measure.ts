import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

export interface Measured {
  readonly ms: number;
  /** The most memory that it ever had, where the system tells; 0 elsewhere. */
  readonly peakMegabytes: number;
}

/** Runs a program on this node and looks at it until it ends. @throws Error when it does not exit with 0. */
export async function measureProgram(
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { ...place, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const done = new AbortController();
  const end = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 128));
  }).finally(() => done.abort());
  let peakMegabytes = 0;
  while (!done.signal.aborted) {
    peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid ?? 0));
    await Promise.race([end, after(20, undefined, { signal: done.signal }).catch(() => undefined)]);
  }
  const code = await end;
  if (code !== 0) throw new Error(`${args.join(" ")} exited with ${code}: ${output.slice(0, 2000)}`);
  return { ms: performance.now() - started, peakMegabytes };
}

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
