import { type Kysely, sql } from "kysely";
import type { RunIndex } from "../domain/ledger.ts";
import type { Tables } from "./tables.ts";

export function createRunIndex(db: Kysely<Tables>): RunIndex {
  return {
    runs: () =>
      db.selectFrom("runs").selectAll().orderBy("createdAt", "desc").orderBy("runId", "desc").execute(),
    phases: (runId) =>
      db.selectFrom("phases").selectAll().where("runId", "=", runId).orderBy("ord").execute(),
    async highestTokens() {
      const { rows } = await sql<{ builder: string; tokens: number }>`
        select begun.data ->> '$.builder' as builder, max(ended.data ->> '$.build.tokens') as tokens
        from events as ended join events as begun on begun.stream = ended.stream
          and begun.type = 'attempt-started'
          and begun.data ->> '$.phaseId' = ended.data ->> '$.phaseId'
          and begun.data ->> '$.attempt' = ended.data ->> '$.attempt'
        where ended.type = 'build-ended' and ended.data ->> '$.build.tokens' is not null
        group by builder`.execute(db);
      return Object.fromEntries(rows.map(({ builder, tokens }) => [builder, tokens]));
    },
  };
}
