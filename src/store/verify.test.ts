import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleRun } from "../../test/harness/drawn-facts.ts";
import { legalHistories } from "../../test/harness/histories.ts";
import {
  appendHistory,
  appendRun,
  query,
  takeLease,
  tamper,
  withTempStore,
} from "../../test/harness/temp-store.ts";
import type { RunEvent, Stored } from "../domain/events.ts";
import { emptyHead, hashEvent } from "./chain.ts";
import type { Store } from "./sqlite/open.ts";
import type { EventRow } from "./tables.ts";
import type { Anchor } from "./verify.ts";

const stream = "run/r";
const length = 6;

/** A store with six events of one run, and a second run that no damage touches. */
function withSixEvents(
  use: (store: Store, path: string, events: readonly Stored<RunEvent>[]) => Promise<void>,
): Promise<void> {
  return withTempStore(async (store, path) => {
    const resumed = (pid: number): RunEvent => ({
      type: "run-started",
      data: { resumed: pid > 1, host: "here", pid },
    });
    const events: RunEvent[] = [{ type: "run-created", data: exampleRun([2]) }];
    for (let pid = 1; pid < length; pid += 1) events.push(resumed(pid));
    await appendRun(store, await takeLease(store, "r"), 0, events);
    await appendRun(store, await takeLease(store, "whole"), 0, events);
    await use(store, path, await store.ledger.readRun("r"));
  });
}

const where = (seq: number) => `where stream = '${stream}' and seq = ${seq}`;
/** Sets sequence numbers all at once: `to` maps an old number to its new one. */
const renumber = (to: Readonly<Record<number, number>>) => [
  ...Object.entries(to).map(([from, seq]) => `update events set seq = ${1000 + seq} ${where(Number(from))}`),
  `update events set seq = seq - 1000 where stream = '${stream}' and seq > 1000`,
];
const shift = (from: number, by: number) =>
  renumber(
    Object.fromEntries(Array.from({ length: length - from + 1 }, (_, i) => [from + i, from + i + by])),
  );
const insert = (seq: number, prevHash: string, hash: string) =>
  `insert into events (stream, seq, type, at, actor, data, fence, prev_hash, hash)
   values ('${stream}', ${seq}, 'run-started', 'now', 'me', '{}', 1, '${prevHash}', '${hash}')`;
const setHead = (seq: number, hash: string) =>
  `update streams set seq = ${seq}, hash = '${hash}' where stream = '${stream}'`;
const forged = (prevHash: string) =>
  hashEvent(prevHash, { stream, type: "run-started", at: "now", actor: "me", data: "{}", fence: 1 });
const foreign = "f".repeat(64);

const rehashed = (path: string, seq: number, prevHash: string) => {
  const [row] = query<EventRow>(path, `select * from events ${where(seq)}`);
  return hashEvent(prevHash, { ...row!, actor: "me" });
};

type Damage = (events: readonly Stored<RunEvent>[], path: string) => readonly string[];
const hashAt = (events: readonly Stored<RunEvent>[], seq: number) => events[seq - 1]?.hash ?? emptyHead.hash;

const damages: readonly (readonly [what: string, kind: string, seq: number, damage: Damage])[] = [
  ["data edited", "edited", 3, () => [`update events set data = '{}' ${where(3)}`]],
  ["data that is no JSON any more", "edited", 3, () => [`update events set data = '{' ${where(3)}`]],
  ["white space added to data", "edited", 3, () => [`update events set data = data || ' ' ${where(3)}`]],
  ["type edited", "edited", 3, () => [`update events set type = 'run-ended' ${where(3)}`]],
  ["time edited", "edited", 1, () => [`update events set at = 'never' ${where(1)}`]],
  ["actor edited", "edited", 6, () => [`update events set actor = 'me' ${where(6)}`]],
  ["fence edited", "edited", 3, () => [`update events set fence = 9 ${where(3)}`]],
  ["hash edited", "edited", 3, () => [`update events set hash = '${foreign}' ${where(3)}`]],
  ["hash of the last event edited", "edited", 6, () => [`update events set hash = '${foreign}' ${where(6)}`]],
  ["previous hash edited", "edited", 3, () => [`update events set prev_hash = '${foreign}' ${where(3)}`]],
  [
    "first previous hash edited",
    "edited",
    1,
    () => [`update events set prev_hash = '${foreign}' ${where(1)}`],
  ],
  [
    "previous hash set to that of a first event",
    "edited",
    3,
    () => [`update events set prev_hash = '${emptyHead.hash}' ${where(3)}`],
  ],
  [
    "an event rewritten with its hash",
    "edited",
    3,
    (events, path) => [
      `update events set actor = 'me', hash = '${rehashed(path, 3, hashAt(events, 2))}' ${where(3)}`,
    ],
  ],
  ["an event removed", "removed", 3, () => [`delete from events ${where(3)}`]],
  ["the first event removed", "removed", 1, () => [`delete from events ${where(1)}`]],
  [
    "two events removed",
    "removed",
    3,
    () => [`delete from events ${where(3)}`, `delete from events ${where(4)}`],
  ],
  [
    "an event removed and the rest moved up",
    "removed",
    3,
    () => [`delete from events ${where(3)}`, ...shift(4, -1)],
  ],
  [
    "the first removed and the rest moved up",
    "removed",
    1,
    () => [`delete from events ${where(1)}`, ...shift(2, -1)],
  ],
  [
    "an event inserted with a hash that fits",
    "inserted",
    4,
    (events) => [...shift(4, 1), insert(4, hashAt(events, 3), forged(hashAt(events, 3)))],
  ],
  ["an event inserted with any hash", "inserted", 4, () => [...shift(4, 1), insert(4, foreign, foreign)]],
  [
    "an event inserted before the first",
    "inserted",
    1,
    () => [...shift(1, 1), insert(1, emptyHead.hash, forged(emptyHead.hash))],
  ],
  [
    "a copy of an event inserted",
    "inserted",
    5,
    () => [
      ...shift(5, 1),
      `insert into events select 99, stream, 5, type, at, actor, data, fence, prev_hash, hash from events ${where(3)}`,
    ],
  ],
  [
    "an event appended around the ledger",
    "inserted",
    7,
    (events) => [insert(7, hashAt(events, 6), forged(hashAt(events, 6)))],
  ],
  ["an event moved back", "reordered", 5, () => renumber({ 2: 5, 3: 2, 4: 3, 5: 4 })],
  ["an event moved forward", "reordered", 2, () => renumber({ 5: 2, 2: 3, 3: 4, 4: 5 })],
  ["the last event moved forward", "reordered", 2, () => renumber({ 6: 2, 2: 3, 3: 4, 4: 5, 5: 6 })],
  ["an event moved to the end, its place left empty", "reordered", 7, () => renumber({ 3: 7 })],
  ["an event numbered anew", "reordered", 7, () => renumber({ 6: 7 })],
  ["the last event cut off", "cut-off", 6, () => [`delete from events ${where(6)}`]],
  [
    "the last events cut off",
    "cut-off",
    4,
    () => [`delete from events where stream = '${stream}' and seq > 3`],
  ],
  ["all events cut off", "cut-off", 1, () => [`delete from events where stream = '${stream}'`]],
  ["the head's hash edited", "head-mismatch", 6, () => [setHead(6, foreign)]],
  ["the head's number edited", "head-mismatch", 5, (events) => [setHead(5, hashAt(events, 6))]],
  ["the head removed", "head-mismatch", 6, () => [`delete from streams where stream = '${stream}'`]],
];

const anchorAt = (events: readonly Stored<RunEvent>[], seq: number): Anchor => ({
  stream,
  seq,
  hash: hashAt(events, seq),
  source: `commit ${seq}`,
});

describe("verify", () => {
  test.each(damages)("names %s: %s at %i", (_, kind, seq, damage) =>
    withSixEvents(async (store, path, events) => {
      tamper(path, ...damage(events, path));
      expect(brief(await store.maintenance.verify())).toEqual([[stream, seq, kind]]);
      const anchors = events.map((event) => anchorAt(events, event.seq));
      expect(brief(await store.maintenance.verify(anchors))).toEqual([[stream, seq, kind]]);
    }),
  );

  test("names two neighbours that changed places as one of them moved", () =>
    withSixEvents(async (store, path) => {
      tamper(path, ...renumber({ 3: 4, 4: 3 }));
      const [finding, ...more] = await store.maintenance.verify();
      expect(finding).toMatchObject({ stream, kind: "reordered" });
      expect([3, 4]).toContain(finding?.seq);
      expect(more).toEqual([]);
    }));

  test("names every one of several damages", () =>
    withSixEvents(async (store, path) => {
      tamper(
        path,
        `update events set actor = 'me' ${where(2)}`,
        `delete from events ${where(4)}`,
        `delete from events ${where(6)}`,
      );
      expect(brief(await store.maintenance.verify())).toEqual([
        [stream, 2, "edited"],
        [stream, 4, "removed"],
        [stream, 6, "cut-off"],
      ]);
    }));

  test("finds a tail that was cut off together with the head, by what commits name", () =>
    withSixEvents(async (store, path, events) => {
      tamper(
        path,
        `delete from events where stream = '${stream}' and seq > 4`,
        setHead(4, hashAt(events, 4)),
      );
      expect(await store.maintenance.verify()).toEqual([]);
      expect(await store.maintenance.verify([anchorAt(events, 2), anchorAt(events, 6)])).toEqual([
        { stream, seq: 5, kind: "cut-off", message: "the events 5 to 6, which commit 6 names, are missing" },
      ]);
    }));

  test("finds a stream that is gone altogether, by what commits name", () =>
    withSixEvents(async (store, path, events) => {
      tamper(
        path,
        `delete from events where stream = '${stream}'`,
        `delete from streams where stream = '${stream}'`,
      );
      expect(brief(await store.maintenance.verify([anchorAt(events, 6)]))).toEqual([[stream, 1, "cut-off"]]);
    }));

  test("finds a history that was written anew from some event on, by what commits name", () =>
    withSixEvents(async (store, path, events) => {
      const hash = rehashed(path, 6, hashAt(events, 5));
      tamper(path, `update events set actor = 'me', hash = '${hash}' ${where(6)}`, setHead(6, hash));
      expect(await store.maintenance.verify([anchorAt(events, 5)])).toEqual([]);
      expect(brief(await store.maintenance.verify([anchorAt(events, 6)]))).toEqual([[stream, 6, "edited"]]);
    }));

  test("finds an event that is chained and that the domain refuses", () =>
    withSixEvents(async (store, path, events) => {
      const hash = forged(hashAt(events, 6));
      const event = {
        stream,
        type: "phase-completed",
        at: "now",
        actor: "me",
        data: '{"phaseId":3}',
        fence: 1,
      };
      const second = hashEvent(hash, event);
      tamper(
        path,
        insert(7, hashAt(events, 6), hash),
        insert(8, hash, second),
        `update events set type = 'phase-completed', data = '${event.data}' ${where(8)}`,
        setHead(8, second),
      );
      expect(await store.maintenance.verify()).toMatchObject([{ stream, seq: 8, kind: "illegal" }]);
      await expect(store.ledger.loadRun("r")).rejects.toMatchObject({ code: "ledger-damaged", exitCode: 4 });
    }));

  test("finds nothing in a random history, and any one edit, removal or cut in it at its place", async () => {
    const place = fc.nat();
    const act = fc.constantFrom("edited", "removed", "cut-off");
    await fc.assert(
      fc.asyncProperty(legalHistories(25), place, act, (history, at, kind) =>
        withTempStore(async (store, path) => {
          await appendHistory(store, history);
          const events = await store.ledger.readRun(history.runId);
          const anchors = events.map(({ stream: name, seq, hash }) => ({
            stream: name,
            seq,
            hash,
            source: "c",
          }));
          expect(await store.maintenance.verify(anchors)).toEqual([]);
          const seq = 1 + (at % events.length);
          const row = `where stream = 'run/${history.runId}' and seq`;
          const isLast = seq === events.length;
          const statement = {
            edited: `update events set data = '{"changed":true}' ${row} = ${seq}`,
            removed: `delete from events ${row} = ${seq}`,
            "cut-off": `delete from events ${row} >= ${seq}`,
          }[kind];
          tamper(path, statement);
          const named = kind === "removed" && isLast ? "cut-off" : kind;
          expect(brief(await store.maintenance.verify(anchors))).toEqual([
            [`run/${history.runId}`, seq, named],
          ]);
        }),
      ),
      { numRuns: 15 },
    );
  });
});

const brief = (findings: readonly { stream: string; seq: number; kind: string }[]) =>
  findings.map((finding) => [finding.stream, finding.seq, finding.kind]);
