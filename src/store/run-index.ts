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
        select builder, max(tokens) as tokens from (
          select max(data ->> '$.builder') as builder, max(data ->> '$.build.tokens') as tokens
          from events where type in ('attempt-started', 'build-ended')
          group by stream, data ->> '$.phaseId', data ->> '$.attempt'
        ) where tokens is not null group by builder`.execute(db);
      return Object.fromEntries(rows.map(({ builder, tokens }) => [builder, tokens]));
    },
  };
}
