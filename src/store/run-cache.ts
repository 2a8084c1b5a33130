import type { Kysely } from "kysely";
import type { LedgerHead } from "../domain/certificate.ts";
import { type RunEvent, runStream } from "../domain/events.ts";
import { applyRunEvent, type RunState } from "../domain/fold.ts";
import { readHead, storedFrom, walkEvents } from "./event-rows.ts";
import { ledgerDamaged } from "./faults.ts";
import type { Tables } from "./tables.ts";

/** A folded run and the event it was folded up to. */
interface LoadedRun {
  readonly state: RunState;
  readonly head: LedgerHead;
}

/** Folded runs kept in memory; each is checked against the ledger before it is believed. */
export interface RunCache {
  /** The run as of `db`'s transaction: from memory, plus the events that memory does not know yet. */
  load(db: Kysely<Tables>, runId: string): Promise<LoadedRun | undefined>;
  /** To be called once what `run` was folded from is durable. */
  remember(runId: string, run: LoadedRun): void;
}

export function createRunCache(capacity: number): RunCache {
  const runs = new Map<string, LoadedRun>();
  return {
    async load(db, runId) {
      const head = await readHead(db, runStream(runId));
      if (!head) return undefined;
      const known = runs.get(runId);
      if (known && known.head.seq === head.seq && known.head.hash === head.hash) return known;
      return catchUp(db, runId, known && (await isPast(db, runId, known.head)) ? known : undefined, head);
    },
    remember(runId, run) {
      runs.delete(runId);
      runs.set(runId, run);
      const [oldest] = runs.keys();
      if (runs.size > capacity && oldest !== undefined) runs.delete(oldest);
    },
  };
}

async function isPast(db: Kysely<Tables>, runId: string, head: LedgerHead): Promise<boolean> {
  const event = await db
    .selectFrom("events")
    .select("hash")
    .where("stream", "=", runStream(runId))
    .where("seq", "=", head.seq)
    .executeTakeFirst();
  return event?.hash === head.hash;
}

async function catchUp(
  db: Kysely<Tables>,
  runId: string,
  from: LoadedRun | undefined,
  head: LedgerHead,
): Promise<LoadedRun> {
  const stream = runStream(runId);
  let state = from?.state;
  for await (const row of walkEvents(db, stream, from?.head.seq ?? 0)) {
    const next = applyRunEvent(runId, state, storedFrom<RunEvent>(row));
    if (!next.ok) throw ledgerDamaged(stream, `event ${row.seq}: ${next.error.message}`);
    state = next.value;
  }
  if (!state || state.seq !== head.seq)
    throw ledgerDamaged(stream, `it ends at ${state?.seq ?? 0} and its head is ${head.seq}`);
  return { state, head };
}
