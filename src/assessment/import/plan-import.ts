import { canonicalJson } from "../../domain/canonical.ts";
import {
  importStream,
  type LoggedTry,
  type ObservedRow,
  type RecordEvent,
  type RecordSource,
  recordStream,
  type SnapshotTable,
  type TableCount,
  type UnreadRow,
} from "../../domain/record-events.ts";
import { type FoldedRecord, sameRow, tryKey } from "../../domain/record-fold.ts";
import { groupRows } from "./group-rows.ts";

export interface Snapshot {
  readonly source: RecordSource;
  readonly bytes: number;
  readonly tables: readonly SnapshotTable[];
  /** Tries that logs tell of, by run; null: the log does not name one. */
  readonly tries: ReadonlyMap<string | null, readonly LoggedTry[]>;
}

/** What the ledger holds, by run; null: what names no run, with the list of snapshots. */
export type KnownRecords = ReadonlyMap<string | null, FoldedRecord>;

export interface PlannedImport {
  /** What is to be appended, by stream; empty: the ledger knows all of it. */
  readonly appends: readonly {
    readonly runId: string | null;
    readonly stream: string;
    readonly events: readonly RecordEvent[];
  }[];
  readonly counts: readonly TableCount[];
  readonly unread: readonly UnreadRow[];
  /** Every row that differs from what is known was changed before that: the file is an older state of the database. */
  readonly isOlder: boolean;
  /** Tries whose run neither the log nor the phase tells. */
  readonly unmatchedTries: readonly LoggedTry[];
}

/** So much of what could not be read is kept in the ledger. */
const keptUnread = 1000;
/** Events stay of a size that is read and hashed at once. */
const mostRows = 500;
const mostCharacters = 250_000;

/**
 * What a snapshot says that the ledger does not hold yet. A snapshot that was imported before, or one older than what is
 * known of a run, adds nothing. Rows that a later snapshot of the same database lacks are noted.
 */
export function planImport(snapshot: Snapshot, known: KnownRecords): PlannedImport {
  const { source, tables } = snapshot;
  const { groups, counts, unread } = groupRows(tables);
  const events = new Map<string | null, RecordEvent[]>();
  const add = (runId: string | null, ...added: RecordEvent[]): void => {
    const own = events.get(runId);
    if (own) own.push(...added);
    else if (added.length > 0) events.set(runId, added);
  };

  const isNew = (known.get(null)?.snapshot ?? 0) < source.snapshot;
  if (isNew)
    add(null, {
      type: "snapshot-imported",
      data: {
        source,
        bytes: snapshot.bytes,
        tables: counts,
        unread: unread.slice(0, keptUnread),
        unreadCount: unread.length,
      },
    });
  const moved = { on: 0, back: 0 };
  const relatives = new Set(
    [...groups.keys()].flatMap((runId) => (runId === null ? [] : (known.get(runId)?.sources ?? []))),
  );
  for (const runId of new Set([...known.keys(), ...groups.keys()])) {
    const before = known.get(runId);
    if (before && before.snapshot >= source.snapshot) continue;
    const isSameDatabase = before?.sources.some((sha256) => relatives.has(sha256)) === true;
    const now = groups.get(runId) ?? new Map<string, readonly ObservedRow[]>();
    add(runId, ...changesOf(source, before, now, isSameDatabase));
    if (before) countMoves(before, now, moved);
  }
  const { byRun, unmatched } = assignTries(snapshot.tries, groups, known);
  for (const [runId, tries] of byRun) add(runId, ...newTries(known.get(runId), tries));
  return {
    appends: [...events].map(([runId, added]) => ({
      runId,
      stream: runId === null ? importStream : recordStream(runId),
      events: added,
    })),
    counts,
    unread,
    isOlder: moved.back > 0 && moved.on === 0,
    unmatchedTries: unmatched,
  };
}

/** Whether rows that are known were changed after or before that; times of one form can be compared as they are. */
function countMoves(
  before: FoldedRecord,
  now: ReadonlyMap<string, readonly ObservedRow[]>,
  moved: { on: number; back: number },
): void {
  for (const [table, rows] of now)
    for (const { key, row } of rows) {
      const [was, is] = [before.tables.get(table)?.get(key)?.row.updated_at, row.updated_at];
      if (typeof was !== "string" || typeof is !== "string" || was[10] !== is[10] || was === is) continue;
      if (was < is) moved.on++;
      else moved.back++;
    }
}

function changesOf(
  source: RecordSource,
  before: FoldedRecord | undefined,
  now: ReadonlyMap<string, readonly ObservedRow[]>,
  isSameDatabase: boolean,
): RecordEvent[] {
  const changed: RecordEvent[] = [];
  for (const table of new Set([...(before?.tables.keys() ?? []), ...now.keys()])) {
    const known = before?.tables.get(table);
    const rows = now.get(table) ?? [];
    const observed = rows.filter(({ key, row }) => {
      const was = known?.get(key);
      if (!was || was.missingSince !== null) return true;
      const [from, to] = [was.row.state, row.state];
      if (typeof from === "string" && typeof to === "string" && from !== to)
        changed.push({ type: "recorded-state-observed", data: { source, table, key, from, to } });
      return !sameRow(was.row, row);
    });
    for (const chunk of chunksOf(observed))
      changed.push({ type: "record-rows-observed", data: { source, table, rows: chunk } });
    if (!known || !isSameDatabase) continue;
    const here = new Set(rows.map(({ key }) => key));
    const keys = [...known].flatMap(([key, { missingSince }]) =>
      missingSince === null && !here.has(key) ? [key] : [],
    );
    if (keys.length > 0) changed.push({ type: "record-rows-missing", data: { source, table, keys } });
  }
  return changed;
}

function chunksOf(rows: readonly ObservedRow[]): ObservedRow[][] {
  const chunks: ObservedRow[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const observed of rows) {
    const chunk = chunks.at(-1);
    const length = JSON.stringify(observed.row).length;
    if (chunk && chunk.length < mostRows && size + length <= mostCharacters) {
      chunk.push(observed);
      size += length;
    } else {
      chunks.push([observed]);
      size = length;
    }
  }
  return chunks;
}

/** A log that does not name its run is of the one run that has a phase of this id. */
function assignTries(
  tries: Snapshot["tries"],
  groups: ReturnType<typeof groupRows>["groups"],
  known: KnownRecords,
): { byRun: Map<string, LoggedTry[]>; unmatched: LoggedTry[] } {
  const byRun = new Map<string, LoggedTry[]>();
  const unmatched: LoggedTry[] = [];
  const nameless = tries.get(null) ?? [];
  const owners = nameless.length === 0 ? new Map<string, Set<string>>() : ownersOfPhases(groups, known);
  const assign = (runId: string, attempt: LoggedTry): void => {
    const own = byRun.get(runId);
    if (own) own.push(attempt);
    else byRun.set(runId, [attempt]);
  };
  for (const [runId, own] of tries) if (runId !== null) for (const attempt of own) assign(runId, attempt);
  for (const attempt of nameless) {
    const [owner, other] = owners.get(attempt.phaseId) ?? [];
    if (owner !== undefined && other === undefined) assign(owner, attempt);
    else unmatched.push(attempt);
  }
  return { byRun, unmatched };
}

function ownersOfPhases(
  groups: ReturnType<typeof groupRows>["groups"],
  known: KnownRecords,
): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  const add = (phaseId: string, runId: string | null): void => {
    if (runId !== null) owners.set(phaseId, (owners.get(phaseId) ?? new Set()).add(runId));
  };
  for (const [runId, { tables }] of known)
    for (const key of tables.get("phases")?.keys() ?? []) add(key, runId);
  for (const [runId, byTable] of groups) for (const { key } of byTable.get("phases") ?? []) add(key, runId);
  return owners;
}

function newTries(before: FoldedRecord | undefined, tries: readonly LoggedTry[]): RecordEvent[] {
  const known = new Map(before?.tries.map((attempt) => [tryKey(attempt), canonicalJson(attempt)]));
  const added = tries.filter((attempt) => known.get(tryKey(attempt)) !== canonicalJson(attempt));
  return added.length === 0 ? [] : [{ type: "log-attempts-observed", data: { attempts: added } }];
}
