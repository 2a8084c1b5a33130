import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { crashRunId, driveToEnd, openAt, watchCalls } from "./crash-run.ts";
import { git } from "./temp.ts";

/** Every file with its size, time and inode: two equal lists are one world to whoever resumes. */
function worldOf(folder: string): string {
  const lines: string[] = [];
  const walk = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const full = join(path, entry.name);
      // SQLite's shared memory is rebuilt from its log by the next process.
      if (entry.isDirectory()) walk(full);
      else if (!entry.name.endsWith("-shm")) {
        const { size, mtimeNs, ino, mode } = lstatSync(full, { bigint: true });
        lines.push(`${full} ${size} ${mtimeNs} ${ino} ${mode}`);
      }
    }
  };
  walk(folder);
  return lines.join("\n");
}

/** The event that an append ended with. */
const lastTypeOf = ([append]: readonly unknown[]): string =>
  (append as { events: { type: string }[] }).events.at(-1)?.type ?? "";

/**
 * Runs to the end undisturbed and finds every call, and one point of each situation: a world that a kill can leave,
 * told from others by the last event in the ledger, the call that made it, and how many that call had made since.
 */
export async function findPoints(
  folder: string,
): Promise<{ all: string[]; situations: string[]; types: string[]; tree: string }> {
  const all: string[] = [];
  const situations = new Map<string, string>();
  let last = "";
  let after = "";
  let since: string[] = [];
  const app = await openAt(
    folder,
    watchCalls((point, args) => {
      all.push(point);
      const [method = ""] = point.split("#");
      if (method === "ledger.append" && point.endsWith("after")) {
        after = lastTypeOf(args);
        since = [];
      }
      const world = worldOf(folder);
      if (world === last) return;
      last = world;
      since.push(method);
      const situation = `${after} ${method} ${since.filter((made) => made === method).length}`;
      situations.set(situation, situations.get(situation) ?? point);
    }),
  );
  await driveToEnd(app);
  const events = await app.store.ledger.readRun(crashRunId);
  await app.close();
  return {
    all,
    situations: [...situations.values()],
    types: events.map((event) => event.type),
    tree: git(join(folder, "repo"), "rev-parse", `autopack/${crashRunId}^{tree}`),
  };
}

/** Runs until the point and kills there; false when the run came to its end without passing it. */
export async function killAt(folder: string, point: string): Promise<boolean> {
  const harness = join(import.meta.dirname, "crash-run.ts");
  const child = spawn(process.execPath, [harness, folder, point], { stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr.on("data", (chunk) => {
    words += chunk;
  });
  const [code, signal] = await once(child, "exit");
  if (signal !== "SIGKILL" && code !== 0)
    throw new Error(`at ${point} the run broke (exit ${code}): ${words}`);
  return signal === "SIGKILL";
}

/** What must hold after a resume, as a list of what does not; `undisturbed` is the same run without a kill. */
export async function resumeAndJudge(
  folder: string,
  undisturbed: { readonly types: readonly string[]; readonly tree: string },
): Promise<string[]> {
  const app = await openAt(folder);
  const state = await driveToEnd(app);
  const events = await app.store.ledger.readRun(crashRunId);
  const findings = await app.store.maintenance.verify();
  const rebuilt = await app.store.maintenance.rebuild();
  const leftProcesses = await app.platform.processes.endLeftovers(`${app.repository.key}/${crashRunId}/`);
  const leftFolders = (await app.platform.files.list(app.workspaceRoot)) ?? [];
  await app.close();

  const problems: string[] = [];
  const hold = (holds: boolean, otherwise: string) => holds || problems.push(otherwise);
  const failed = state.phases.flatMap((phase) => phase.attempts.flatMap((attempt) => attempt.failure ?? []));
  hold(state.state === "succeeded", `the run is ${state.state}: ${JSON.stringify(failed)}`);
  const published = git(join(folder, "repo"), "rev-parse", `autopack/${crashRunId}^{tree}`);
  hold(published === undisturbed.tree, "the published tree is another");
  hold(findings.length === 0, `the ledger is damaged: ${JSON.stringify(findings)}`);
  hold(rebuilt.digestBefore === rebuilt.digestAfter, "the projections were not what the events say");
  hold(leftProcesses === 0, `${leftProcesses} processes are left`);
  hold(leftFolders.length === 0, `workspaces are left: ${leftFolders.join(", ")}`);
  const once = [
    "run-created",
    "phase-completed",
    "run-published",
    "run-ended",
    "build-ended",
    "change-read",
    "attempt-failed",
  ];
  for (const type of once) {
    const count = events.filter((event) => event.type === type).length;
    const expected = undisturbed.types.filter((other) => other === type).length;
    hold(count === expected, `${type} is there ${count} times, not ${expected}`);
  }
  const interrupted = events.filter((event) => event.type === "attempt-interrupted").length;
  hold(interrupted <= 1, `one kill interrupted ${interrupted} attempts`);
  return problems;
}
