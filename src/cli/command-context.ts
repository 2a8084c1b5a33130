import { resolve } from "node:path";
import { type App, openApp } from "../app.ts";
import type { ProcessEnvironment } from "../config.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { LedgerHead } from "../domain/certificate.ts";
import type { RunState } from "../domain/fold.ts";
import type { RunRow } from "../domain/ledger.ts";
import { listSome, quote } from "../plan/wording.ts";
import { findImported } from "./records.ts";
import type { Terminal } from "./terminal.ts";

/** What every command gets. */
export interface CommandContext {
  readonly environment: ProcessEnvironment;
  readonly terminal: Terminal;
  readonly directory: string;
}

/** Opens the program for the repository around the working folder, and closes it whatever comes. */
export async function withApp<T>(context: CommandContext, use: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(context.environment, resolve(context.directory));
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** The run that a person means: by id, by the beginning of an id, or the newest that `among` lets through. */
export async function findRun(
  app: App,
  name: string | undefined,
  among: (row: RunRow) => boolean = () => true,
): Promise<{ readonly state: RunState; readonly head: LedgerHead }> {
  const rows = await app.store.index.runs();
  const candidates =
    name === undefined
      ? rows.filter(among).slice(0, 1)
      : rows.filter((row) => name !== "" && row.runId.startsWith(name));
  const row = candidates.find((candidate) => candidate.runId === name) ?? candidates[0];
  if (!row) throw name !== undefined && (await isImported(app, name)) ? imported(name) : noSuchRun(name);
  if (candidates.length > 1 && row.runId !== name) throw ambiguous(name ?? "", candidates);
  const loaded = await app.store.ledger.loadRun(row.runId);
  if (!loaded) throw noSuchRun(name);
  return loaded;
}

const isImported = async (app: App, name: string): Promise<boolean> =>
  (await findImported(app, name)) !== undefined;

const imported = (name: string): AppError =>
  new AppError({
    code: "run-imported",
    message: `run ${quote(name)} was recorded by another program: it cannot be driven or reported here`,
    action: `Look at it with \`autopack show\` and \`autopack assess --run ${name}\`.`,
    exitCode: exitCodes.plan,
  });

function noSuchRun(name: string | undefined): AppError {
  return new AppError({
    code: "no-such-run",
    message:
      name === undefined ? "there is no such run in this repository" : `no run is called ${quote(name)}`,
    action: "`autopack status` lists the runs of this repository.",
    exitCode: exitCodes.plan,
  });
}

function ambiguous(name: string, rows: readonly RunRow[]): AppError {
  return new AppError({
    code: "run-ambiguous",
    message: `${quote(name)} is the beginning of several runs: ${listSome(rows.map((row) => row.runId))}`,
    action: "Give more of the run's id.",
    exitCode: exitCodes.plan,
  });
}
