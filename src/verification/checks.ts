import { join } from "node:path";
import type { CheckResult } from "../domain/certificate.ts";
import { normalisePath } from "../domain/paths.ts";
import type { CheckSpec } from "../domain/plan.ts";
import type { FileStat, Files, Platform, ProcessResult, ProcessSpec } from "../platform/ports.ts";

/** One command to run in a workspace. All times in milliseconds. */
export interface CheckRun
  extends Pick<
    ProcessSpec,
    "timeoutMs" | "graceMs" | "marker" | "log" | "signal" | "onLine" | "scratch" | "limits"
  > {
  readonly spec: CheckSpec;
  readonly kind: CheckResult["kind"];
  /** The workspace's root, absolute; the command runs there. */
  readonly workspace: string;
  /** Variables besides those of every child. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it may read besides. */
  readonly readable?: readonly string[];
}

/** `stopped`: somebody ended the run while the command ran, so nothing is said about the tree. */
export type CheckEnd = { readonly stopped: true } | { readonly stopped: false; readonly result: CheckResult };

/**
 * Runs a command and says what was seen. It passed when it exited with 0 and, where it is to leave a report, left
 * a new one; it failed when it exited with another code; all else is inconclusive, which is no pass.
 */
export async function runCheck(
  { processes, clock, files }: Pick<Platform, "processes" | "clock" | "files">,
  { spec, kind, workspace, env = {}, readable = [], ...how }: CheckRun,
): Promise<CheckEnd> {
  const report = spec.report === undefined ? null : await findReport(files, workspace, spec.report);
  const startedAt = clock.now().toISOString();
  // Setup downloads; what it runs is as trusted as the plan, and nothing else may fill the caches.
  const network = kind === "setup" ? "full" : (spec.network ?? "loopback");
  const run = await processes.run({
    ...how,
    argv: spec.argv,
    cwd: workspace,
    env,
    reach: { network, readable, writable: [] },
    caches: kind === "setup" ? "write" : "read",
  });
  if (run.ended === "cancelled") return { stopped: true };
  const judged = assessExit(run, how.timeoutMs);
  const why = judged.outcome === "passed" && report ? await whyNoReport(files, report) : null;
  return {
    stopped: false,
    result: {
      name: spec.name,
      kind,
      argv: spec.argv,
      cwd: ".",
      ...(why === null ? judged : { outcome: "inconclusive", why }),
      network: run.network,
      ...(run.hint === undefined ? {} : { hint: run.hint }),
      exitCode: run.exitCode,
      startedAt,
      durationMs: run.durationMs,
      log: run.log,
      ...(run.head === "" ? {} : { head: run.head }),
      tail: run.tail,
    },
  };
}

type Judged = Pick<CheckResult, "outcome" | "why" | "exceeded">;

function assessExit(run: ProcessResult, timeoutMs: number): Judged {
  const inconclusive = (why: string): Judged => ({ outcome: "inconclusive", why });
  switch (run.ended) {
    case "not-started":
      return inconclusive(`it could not be started: ${run.error ?? "no reason was given"}`);
    case "timed-out":
      return inconclusive(`it did not end within ${timeoutMs / 1000} seconds`);
    case "over-memory":
      return { ...inconclusive("it used more memory than limits.memory_bytes allows"), exceeded: "memory" };
    case "over-processes":
      return { ...inconclusive("it had more processes than limits.processes allows"), exceeded: "processes" };
    case "signalled":
      return inconclusive(`it was killed by ${run.signal ?? "a signal"}`);
    default:
      return assessExitCode(run.exitCode);
  }
}

/**
 * Shells, and what runs commands through them, report with these codes what happened to a program that they
 * started: that it could not be, or that a signal ended it. What the program would have found is then unknown.
 */
const shellCodes: Readonly<Record<number, string>> = {
  126: "a program that it calls may not be executed",
  127: "a program that it calls was not found",
  130: "a program that it calls was killed by SIGINT",
  134: "a program that it calls was killed by SIGABRT",
  135: "a program that it calls was killed by SIGBUS",
  137: "a program that it calls was killed by SIGKILL",
  139: "a program that it calls was killed by SIGSEGV",
  143: "a program that it calls was killed by SIGTERM",
};

function assessExitCode(code: number | null): Judged {
  if (code === 0) return { outcome: "passed" };
  if (code === null) return { outcome: "inconclusive", why: "it ended without an exit code" };
  const why = shellCodes[code];
  return why === undefined
    ? { outcome: "failed" }
    : { outcome: "inconclusive", why: `${why} (exit code ${code})` };
}

interface Report {
  readonly name: string;
  /** null: the name is no path of the workspace. */
  readonly path: string | null;
  /** What stood there before the command ran; the tree may hold an old report. */
  readonly before: FileStat | null;
}

async function findReport(files: Files, workspace: string, name: string): Promise<Report> {
  const normal = normalisePath(name);
  if (!normal.ok) return { name, path: null, before: null };
  const path = join(workspace, normal.value);
  return { name, path, before: await files.stat(path) };
}

async function whyNoReport(files: Files, { name, path, before }: Report): Promise<string | null> {
  if (path === null) return `its report ${name} is no path of the workspace`;
  const after = await files.stat(path);
  if (after === null) return `it exited with 0 and left no report ${name}`;
  if (after.kind !== "file") return `its report ${name} is not a file`;
  if (after.bytes === 0) return `its report ${name} is empty`;
  const isNew = before === null || after.modifiedMs !== before.modifiedMs || after.bytes !== before.bytes;
  return isNew ? null : `its report ${name} is older than the command: it was not written anew`;
}
