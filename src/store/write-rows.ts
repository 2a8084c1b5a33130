import type { Transaction } from "kysely";
import type { RunRows } from "./projection.ts";
import type { Tables } from "./tables.ts";

/** Writes rows of the projections over what is there. */
export async function writeRows(trx: Transaction<Tables>, { run, phases }: RunRows): Promise<void> {
  await trx
    .insertInto("runs")
    .values(run)
    .onConflict((conflict) => conflict.column("runId").doUpdateSet(run))
    .execute();
  for (const phase of phases)
    await trx
      .insertInto("phases")
      .values(phase)
      .onConflict((conflict) => conflict.columns(["runId", "ord"]).doUpdateSet(phase))
      .execute();
}
