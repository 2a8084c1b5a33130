import type { App } from "../app.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import { type BuiltRecords, buildRecords } from "../domain/build-records.ts";
import type { RunRecord } from "../domain/record.ts";
import { type FoldedRecord, foldRecord } from "../domain/record-fold.ts";
import { failureOfReason, failureOfTry } from "../failures/replay/recorded-failure.ts";
import { listSome, quote } from "../plan/wording.ts";

/** What the ledger holds of other programs' runs, by run; null: what names no run. `seq` is each stream's last event. */
export interface LedgerRecords {
  readonly folded: ReadonlyMap<string | null, FoldedRecord>;
  readonly seqs: ReadonlyMap<string | null, number>;
}

export async function foldRecords(app: Pick<App, "store">): Promise<LedgerRecords> {
  const folded = new Map<string | null, FoldedRecord>();
  const seqs = new Map<string | null, number>();
  for await (const { runId, events } of app.store.ledger.readRecords()) {
    folded.set(runId, foldRecord(events));
    seqs.set(runId, events.at(-1)?.seq ?? 0);
  }
  return { folded, seqs };
}

/** All imported runs, as the records tell of them. */
export const buildAll = ({ folded }: LedgerRecords): BuiltRecords =>
  buildRecords(
    new Map([...folded].flatMap(([runId, record]) => (runId === null ? [] : [[runId, record] as const]))),
    { ofReason: failureOfReason, ofTry: failureOfTry },
  );

/**
 * The imported run that a person means, by id or the beginning of one; undefined where an own run is meant, or none.
 * Own runs come first: only an id that is no beginning of theirs is looked for among the imported.
 */
export async function findImported(app: Pick<App, "store">, name: string): Promise<RunRecord | undefined> {
  if (name === "" || (await app.store.index.runs()).some(({ runId }) => runId.startsWith(name)))
    return undefined;
  const { runs } = buildAll(await foldRecords(app));
  const exact = runs.find(({ runId }) => runId === name);
  const among = runs.filter(({ runId }) => runId.startsWith(name));
  if (!exact && among.length > 1)
    throw new AppError({
      code: "run-ambiguous",
      message: `${quote(name)} is the beginning of several imported runs: ${listSome(among.map(({ runId }) => runId))}`,
      action: "Give more of the run's id.",
      exitCode: exitCodes.plan,
    });
  return exact ?? among[0];
}
