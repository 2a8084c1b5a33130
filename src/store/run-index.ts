import type { Kysely } from "kysely";
import type { RunIndex } from "../domain/ledger.ts";
import type { Tables } from "./tables.ts";

export function createRunIndex(db: Kysely<Tables>): RunIndex {
  return {
    runs: () =>
      db.selectFrom("runs").selectAll().orderBy("createdAt", "desc").orderBy("runId", "desc").execute(),
    phases: (runId) =>
      db.selectFrom("phases").selectAll().where("runId", "=", runId).orderBy("ord").execute(),
  };
}
