import type { Kysely, Transaction } from "kysely";
import { canonicalJson } from "../domain/canonical.ts";
import type { LedgerHead } from "../domain/certificate.ts";
import type { DispositionEvent } from "../domain/dispositions.ts";
import {
  type NewEvent,
  type RepositoryEvent,
  type RequestEvent,
  type RunEvent,
  repositoryStream,
  requestStream,
  runStream,
  type Stored,
} from "../domain/events.ts";
import { applyRunEvent, type RunState } from "../domain/fold.ts";
import type { Append, Appended, AppendRefusal, Ledger } from "../domain/ledger.ts";
import type { RecordEvent } from "../domain/record-events.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { emptyHead, hashEvent } from "./chain.ts";
import { readHead, selectEvents, selectRequestsOf, storedFrom } from "./event-rows.ts";
import { projectChanges } from "./projection.ts";
import { createRunCache, type RunCache } from "./run-cache.ts";
import { parseStream, type StreamName, whyForeign } from "./streams.ts";
import type { EventRow, Tables } from "./tables.ts";
import { writeRows } from "./write-rows.ts";

/** More than one process ever works on; reading many runs does not fill the memory. */
const cachedRuns = 16;

/** The ledger over any database that Kysely speaks to and whose transactions hold writers apart. */
export function createLedger(db: Kysely<Tables>): Ledger {
  const cache = createRunCache(cachedRuns);
  const readStream = async <E extends NewEvent>(stream: string, afterSeq: number): Promise<Stored<E>[]> =>
    (await selectEvents(db, stream, afterSeq).execute()).map((row) => storedFrom<E>(row));
  return {
    async append(append) {
      const stream = parseStream(append.stream);
      if (!stream) throw new TypeError(`the ledger has no stream ${append.stream}`);
      if (append.events.length === 0) throw new TypeError("an append holds at least one event");
      const appended = await db.transaction().execute((trx) => appendIn(trx, cache, stream, append));
      if (appended.ok && appended.value.state && stream.kind === "run")
        cache.remember(stream.runId, { state: appended.value.state, head: appended.value.head });
      return appended;
    },
    appendTogether: (appends) =>
      db
        .transaction()
        .execute(async (trx) => {
          for (const append of appends) {
            const stream = parseStream(append.stream);
            if (stream?.kind !== "record" && stream?.kind !== "requests")
              throw new TypeError(`${append.stream} is not open to anyone`);
            const appended = await appendIn(trx, cache, stream, append);
            // A transaction that returns would keep what came before.
            if (!appended.ok) throw new Refused(appended.error);
          }
          return ok(undefined);
        })
        .catch((error: unknown) => {
          if (error instanceof Refused) return err(error.refusal);
          throw error;
        }),
    async *readRecords() {
      for (const { stream } of await db.selectFrom("streams").select("stream").orderBy("stream").execute()) {
        const name = parseStream(stream);
        if (name?.kind !== "record") continue;
        yield { runId: name.runId, events: await readStream<RecordEvent>(stream, 0) };
      }
    },
    readRun: (runId, afterSeq = 0) => readStream<RunEvent>(runStream(runId), afterSeq),
    readRequests: (runId, afterSeq = 0) =>
      readStream<RequestEvent | DispositionEvent>(requestStream(runId), afterSeq),
    async readDispositions() {
      const rows = await selectRequestsOf(db, "disposition-recorded").execute();
      return rows.map((row) => storedFrom<DispositionEvent>(row));
    },
    readRepository: (afterSeq = 0) => readStream<RepositoryEvent>(repositoryStream, afterSeq),
    async loadRun(runId) {
      const run = await db
        .transaction()
        .setAccessMode("read only")
        .execute((trx) => cache.load(trx, runId));
      if (run) cache.remember(runId, run);
      return run;
    },
  };
}

class Refused extends Error {
  readonly refusal: AppendRefusal;
  constructor(refusal: AppendRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

async function appendIn(
  trx: Transaction<Tables>,
  cache: RunCache,
  stream: StreamName,
  append: Append,
): Promise<Result<Appended, AppendRefusal>> {
  if (stream.kind === "run" && !(await holdsLease(trx, append)))
    return err({ code: "fenced", message: `the lease on ${append.stream} is not this process's any more` });
  const head = (await readHead(trx, append.stream)) ?? emptyHead;
  if (head.seq !== append.expectedSeq)
    return err({
      code: "seq-taken",
      message: `${append.stream} is at ${head.seq}, and ${append.expectedSeq} was expected`,
    });
  const rows = chainEvents(append, head);
  // What will be read back, not the caller's objects: those may hold `undefined`, or change later.
  const events = rows.map((row) => storedFrom<RunEvent>(row));
  if (stream.kind === "run") {
    const before = (await cache.load(trx, stream.runId))?.state;
    const after = foldOn(stream.runId, before, events);
    if (!after.ok) return after;
    const appended = await insertEvents(trx, rows);
    await writeRows(trx, projectChanges(before, after.value));
    return ok({ head: appended, events, state: after.value });
  }
  const why = rows.map(({ type }) => whyForeign(stream, type)).find((reason) => reason !== undefined);
  if (why !== undefined) return err({ code: "illegal-event", message: why });
  return ok({ head: await insertEvents(trx, rows), events });
}

async function holdsLease(trx: Transaction<Tables>, { stream, lease }: Append): Promise<boolean> {
  if (lease?.stream !== stream) return false;
  const row = await trx
    .selectFrom("leases")
    .select(["fence", "released"])
    .where("stream", "=", stream)
    .executeTakeFirst();
  return row?.fence === lease.fence && row.released === 0;
}

function chainEvents(append: Append, head: LedgerHead): EventRow[] {
  const { stream, at, actor } = append;
  const fence = append.lease?.fence ?? null;
  let { seq, hash } = head;
  return append.events.map((event) => {
    const row = { stream, type: event.type, at, actor, data: canonicalJson(event.data), fence };
    const prevHash = hash;
    hash = hashEvent(prevHash, row);
    seq += 1;
    return { ...row, seq, prevHash, hash };
  });
}

function foldOn(
  runId: string,
  before: RunState | undefined,
  events: readonly Stored<RunEvent>[],
): Result<RunState, AppendRefusal> {
  let state = before;
  for (const event of events) {
    const next = applyRunEvent(runId, state, event);
    if (!next.ok) return next;
    state = next.value;
  }
  return state ? ok(state) : err({ code: "illegal-event", message: `run ${runId} has no events` });
}

async function insertEvents(trx: Transaction<Tables>, rows: readonly EventRow[]): Promise<LedgerHead> {
  let head = emptyHead;
  for (const row of rows) {
    await trx.insertInto("events").values(row).execute();
    head = { seq: row.seq, hash: row.hash };
  }
  for (const { stream } of rows.slice(-1))
    await trx
      .insertInto("streams")
      .values({ stream, ...head })
      .onConflict((conflict) => conflict.column("stream").doUpdateSet(head))
      .execute();
  return head;
}
