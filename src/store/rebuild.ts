import { createHash } from "node:crypto";
import type { Transaction } from "kysely";
import { canonicalJson } from "../domain/canonical.ts";
import { projectChanges } from "./projection.ts";
import { createRunCache } from "./run-cache.ts";
import { parseStream } from "./streams.ts";
import type { Tables } from "./tables.ts";
import { writeRows } from "./write-rows.ts";

/** What a rebuild did. The projections were right before when the two digests are equal. */
export interface Rebuilt {
  readonly runs: number;
  readonly phases: number;
  /** SHA-256 over all rows of the projections. */
  readonly digestBefore: string;
  readonly digestAfter: string;
}

/** Empties the projections and writes them from the events. */
export async function rebuild(trx: Transaction<Tables>): Promise<Rebuilt> {
  const before = await digestProjections(trx);
  await trx.deleteFrom("phases").execute();
  await trx.deleteFrom("runs").execute();
  // Not the ledger's own cache: a rebuild believes nothing but the events.
  const folds = createRunCache(0);
  for (const { stream } of await trx.selectFrom("streams").select("stream").orderBy("stream").execute()) {
    const name = parseStream(stream);
    const run = name?.kind === "run" ? await folds.load(trx, name.runId) : undefined;
    if (run) await writeRows(trx, projectChanges(undefined, run.state));
  }
  const after = await digestProjections(trx);
  return { runs: after.runs, phases: after.phases, digestBefore: before.digest, digestAfter: after.digest };
}

async function digestProjections(
  trx: Transaction<Tables>,
): Promise<{ runs: number; phases: number; digest: string }> {
  const hash = createHash("sha256");
  const runs = await trx.selectFrom("runs").selectAll().orderBy("runId").execute();
  let count = 0;
  for (const run of runs) {
    hash.update(`${canonicalJson(run)}\n`);
    const phases = await trx
      .selectFrom("phases")
      .selectAll()
      .where("runId", "=", run.runId)
      .orderBy("ord")
      .execute();
    for (const phase of phases) hash.update(`${canonicalJson(phase)}\n`);
    count += phases.length;
  }
  return { runs: runs.length, phases: count, digest: hash.digest("hex") };
}
