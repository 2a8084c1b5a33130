import type { App } from "../app.ts";
import { recordOfRun } from "../assessment/record-of-run.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { RunState } from "../domain/fold.ts";
import type { RunRecord } from "../domain/record.ts";
import { listSome, quote } from "../plan/wording.ts";
import { buildAll, foldRecords } from "./records.ts";

/** Own and imported runs, in the order of time; those whose time is unknown come last, by id. */
export async function loadRecords(
  app: App,
  onOwn: (state: RunState) => void = () => undefined,
): Promise<RunRecord[]> {
  const own: RunRecord[] = [];
  for (const { runId } of await app.store.index.runs()) {
    const loaded = await app.store.ledger.loadRun(runId);
    if (!loaded) continue;
    onOwn(loaded.state);
    own.push(recordOfRun(loaded.state));
  }
  const records = [...own, ...buildAll(await foldRecords(app)).runs];
  const since = ({ createdAt }: RunRecord) => createdAt?.at ?? "9999";
  return records.sort((a, b) => compareText(since(a), since(b)) || compareText(a.runId, b.runId));
}

/** The runs that are meant, by id or the beginning of one; with no names, all. */
export function chooseRuns(all: readonly RunRecord[], names: readonly string[]): ReadonlySet<string> {
  if (names.length === 0) return new Set(all.map(({ runId }) => runId));
  return new Set(
    names.map((name) => {
      const among = all.filter(({ runId }) => name !== "" && runId.startsWith(name));
      const run = among.find(({ runId }) => runId === name) ?? among[0];
      if (!run) throw noSuchRun(name);
      if (among.length > 1 && run.runId !== name) throw ambiguous(name, among);
      return run.runId;
    }),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const noSuchRun = (name: string): AppError =>
  new AppError({
    code: "no-such-run",
    message: `no run is called ${quote(name)}`,
    action: "`autopack status` lists the runs of this repository.",
    exitCode: exitCodes.plan,
  });

const ambiguous = (name: string, among: readonly RunRecord[]): AppError =>
  new AppError({
    code: "run-ambiguous",
    message: `${quote(name)} is the beginning of several runs: ${listSome(among.map(({ runId }) => runId))}`,
    action: "Give more of the run's id.",
    exitCode: exitCodes.plan,
  });
