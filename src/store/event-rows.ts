import type { Kysely } from "kysely";
import type { LedgerHead } from "../domain/certificate.ts";
import type { NewEvent, Stored } from "../domain/events.ts";
import { ledgerDamaged } from "./faults.ts";
import type { EventRow, Tables } from "./tables.ts";

/** Events a query holds in memory while a stream is walked. */
const pageSize = 256;

/** The last event of a stream as recorded when it was appended; undefined for a stream without events. */
export function readHead(db: Kysely<Tables>, stream: string): Promise<LedgerHead | undefined> {
  return db.selectFrom("streams").select(["seq", "hash"]).where("stream", "=", stream).executeTakeFirst();
}

/** The events of a stream after `afterSeq`, in order, a page at a time: run it in a transaction. */
export async function* walkEvents(
  db: Kysely<Tables>,
  stream: string,
  afterSeq: number,
): AsyncGenerator<EventRow, void, undefined> {
  for (let after = afterSeq; ; ) {
    const page = await selectEvents(db, stream, after).limit(pageSize).execute();
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = last.seq;
  }
}

export function selectEvents(db: Kysely<Tables>, stream: string, afterSeq: number) {
  return db
    .selectFrom("events")
    .select(["stream", "seq", "type", "at", "actor", "data", "fence", "prevHash", "hash"])
    .where("stream", "=", stream)
    .where("seq", ">", afterSeq)
    .orderBy("seq");
}

/** Events of a type in the streams of requests of all runs, in the order in which they were stored. */
export const selectRequestsOf = (db: Kysely<Tables>, type: NewEvent["type"]) =>
  db
    .selectFrom("events")
    .select(["stream", "seq", "type", "at", "actor", "data", "fence", "prevHash", "hash"])
    .where("stream", "in", (streams) =>
      streams.selectFrom("streams").select("stream").where("stream", "like", "run/%/requests"),
    )
    .where("type", "=", type)
    .orderBy("id");

/** Which events a stream holds is its reader's knowledge: `append` writes no others. */
export function storedFrom<E extends NewEvent>(row: EventRow): Stored<E> {
  const { fence: _, ...stored } = row;
  return { ...stored, data: parseData(row) } as unknown as Stored<E>;
}

function parseData({ stream, seq, data }: EventRow): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw ledgerDamaged(stream, `the data of event ${seq} is no JSON (${String(error)})`);
  }
}
