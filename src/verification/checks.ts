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
export type CheckEnd =
  | { readonly stopped: true }
  | {
      readonly stopped: false;
      readonly result: CheckResult;
      readonly reports: readonly LeftReport[];
      readonly coverage: readonly LeftReport[];
    };

/** A file that a command was to leave. */
export interface LeftReport {
  /** Relative to the workspace, as the plan names it. */
  readonly path: string;
  /** Why the file does not come from this command; `why` begins with "its report", or goes on with "it". */
  readonly problem: { readonly kind: "missing" | "stale" | "other"; readonly why: string } | null;
}

/**
 * Runs a command and says what was seen. It passed when it exited with 0 and, where it is to leave a report, left
 * a new one; it failed when it exited with another code; all else is inconclusive, which is no pass.
 */
export async function runCheck(
  { processes, clock, files }: Pick<Platform, "processes" | "clock" | "files">,
  { spec, kind, workspace, env = {}, readable = [], ...how }: CheckRun,
): Promise<CheckEnd> {
  const before = async (names: readonly string[] = []) =>
    Promise.all(names.map((name) => findFile(files, workspace, name)));
  const [reportsBefore, coverageBefore] = [await before(spec.report), await before(spec.coverage)];
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
  const left = (what: string, expected: readonly ExpectedFile[]) =>
    Promise.all(
      expected.map(async (file) => ({ path: file.name, problem: await whyNotLeft(files, what, file) })),
    );
  const reports = await left("report", reportsBefore);
  const problem = reports.find((report) => report.problem !== null)?.problem ?? null;
  const why = judged.outcome === "passed" ? (problem?.why ?? null) : null;
  return {
    stopped: false,
    reports,
    coverage: await left("coverage report", coverageBefore),
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

interface ExpectedFile {
  readonly name: string;
  /** Absolute; null: the name is no path of the workspace. */
  readonly path: string | null;
  /** What stood there before the command ran; the tree may hold an old report. */
  readonly before: FileStat | null;
}

async function findFile(files: Files, workspace: string, name: string): Promise<ExpectedFile> {
  const normal = normalisePath(name);
  if (!normal.ok) return { name, path: null, before: null };
  const path = join(workspace, normal.value);
  return { name, path, before: await files.stat(path) };
}

async function whyNotLeft(
  files: Files,
  what: string,
  { name, path, before }: ExpectedFile,
): Promise<LeftReport["problem"]> {
  const other = (why: string) => ({ kind: "other", why: `its ${what} ${name} ${why}` }) as const;
  if (path === null) return other("is no path of the workspace");
  const after = await files.stat(path);
  if (after === null) return { kind: "missing", why: `it left no ${what} ${name}` };
  if (after.kind !== "file") return other("is not a file");
  if (after.bytes === 0) return other("is empty");
  const isNew = before === null || after.modifiedMs !== before.modifiedMs || after.bytes !== before.bytes;
  if (isNew) return null;
  const why = `its ${what} ${name} is older than the command: it was not written anew`;
  return { kind: "stale", why };
}
