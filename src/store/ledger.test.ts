import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { exampleRun } from "../../test/harness/drawn-facts.ts";
import {
  appendRun,
  query,
  storeOptions,
  takeLease,
  tamper,
  withTempStore,
} from "../../test/harness/temp-store.ts";
import { canonicalJson } from "../domain/canonical.ts";
import { type RequestEvent, type RunEvent, requestStream } from "../domain/events.ts";
import { openSqliteStore } from "./sqlite/open.ts";
import type { EventRow } from "./tables.ts";

const at = "2026-11-23T20:00:00.000Z";
const created = (tiers: readonly number[] = [2]): RunEvent => ({
  type: "run-created",
  data: exampleRun(tiers),
});
const started: RunEvent = { type: "run-started", data: { resumed: false, host: "here", pid: 1 } };
const attempt = (phaseId: string, number = 1): RunEvent => ({
  type: "attempt-started",
  data: { phaseId, attempt: number, base: "b", builder: "scripted" },
});
const cancel: RequestEvent = { type: "cancel-requested", data: { by: "ann", reason: "enough" } };

describe("append", () => {
  test("returns the head, the stored events and the folded state, and chains the hashes", () =>
    withTempStore(async (store, path) => {
      const lease = await takeLease(store, "r");
      const appended = await appendRun(store, lease, 0, [created(), started], at);
      if (!appended.ok) throw new Error(appended.error.message);
      const { head, events, state } = appended.value;
      expect(state).toMatchObject({ runId: "r", state: "running", seq: 2 });
      expect(events).toEqual(await store.ledger.readRun("r"));
      expect(await store.ledger.readRun("r", 1)).toEqual(events.slice(1));
      expect(await store.ledger.loadRun("r")).toEqual({ state, head });
      expect(head).toEqual({ seq: 2, hash: events[1]?.hash });
      let previous = "0".repeat(64);
      for (const row of query<EventRow & { prev_hash: string }>(path, "select * from events order by seq")) {
        const { stream, type, actor, fence } = row;
        const said = canonicalJson({ stream, type, at: row.at, actor, data: JSON.parse(row.data), fence });
        expect(row.prev_hash).toBe(previous);
        expect(row.hash).toBe(createHash("sha256").update(`${previous}\n${said}`).digest("hex"));
        previous = row.hash;
      }
    }));

  test("is a compare-and-set on the sequence number", () =>
    withTempStore(async (store) => {
      const lease = await takeLease(store, "r");
      const both = await Promise.all([
        appendRun(store, lease, 0, [created()]),
        appendRun(store, lease, 0, [created()]),
      ]);
      expect(both.map((appended) => (appended.ok ? "ok" : appended.error.code))).toEqual(["ok", "seq-taken"]);
    }));

  test("refuses a run's stream without the current lease", () =>
    withTempStore(async (store) => {
      const append = { stream: "run/r", expectedSeq: 0, events: [created()], actor: "executor", at };
      const fenced = { ok: false, error: { code: "fenced" } };
      expect(await store.ledger.append(append)).toMatchObject(fenced);
      const first = await takeLease(store, "r");
      expect(
        await store.ledger.append({ ...append, lease: { ...first, stream: "run/other" } }),
      ).toMatchObject(fenced);
      const second = await takeLease(store, "r");
      expect(await store.ledger.append({ ...append, lease: first })).toMatchObject(fenced);
      expect(await store.ledger.append({ ...append, lease: second })).toMatchObject({ ok: true });
      await store.leases.release(second);
      expect(
        await store.ledger.append({ ...append, expectedSeq: 1, events: [started], lease: second }),
      ).toMatchObject(fenced);
    }));

  test("refuses an event that cannot follow, with everything else in the same append", () =>
    withTempStore(async (store) => {
      const lease = await takeLease(store, "r");
      await appendRun(store, lease, 0, [created(), started]);
      const mixed = await appendRun(store, lease, 2, [attempt("phase-0-0"), attempt("phase-0-0", 2)]);
      expect(mixed).toMatchObject({ ok: false, error: { code: "illegal-event" } });
      expect(await appendRun(store, lease, 2, [cancel as never])).toMatchObject({ ok: false });
      expect(await store.ledger.readRun("r")).toHaveLength(2);
      expect((await store.index.phases("r")).map((row) => row.attempts)).toEqual([0, 0]);
      expect(await appendRun(store, lease, 2, [attempt("phase-0-0")])).toMatchObject({ ok: true });
    }));

  test("takes requests from anyone, and nothing but requests", () =>
    withTempStore(async (store) => {
      const append = { stream: requestStream("r"), expectedSeq: 0, actor: "ann", at };
      expect(await store.ledger.append({ ...append, events: [cancel] })).toMatchObject({ ok: true });
      expect(await store.ledger.append({ ...append, expectedSeq: 1, events: [started] })).toMatchObject({
        error: { code: "illegal-event" },
      });
      expect(await store.ledger.readRequests("r")).toMatchObject([{ seq: 1, ...cancel }]);
      expect(await store.ledger.readRun("r")).toEqual([]);
      expect(await store.ledger.loadRun("r")).toBeUndefined();
    }));

  test("loses nothing when many append to one stream at once", () =>
    withTempStore(async (_, path) => {
      const stores = Array.from({ length: 4 }, () => openSqliteStore(path, storeOptions));
      const each = 15;
      await Promise.all(
        stores.map(async ({ ledger }, writer) => {
          for (let left = each, expectedSeq = 0; left > 0; ) {
            const request = {
              stream: requestStream("r"),
              expectedSeq,
              events: [cancel],
              actor: `w${writer}`,
              at,
            };
            if ((await ledger.append(request)).ok) left -= 1;
            expectedSeq = (await ledger.readRequests("r")).length;
          }
        }),
      );
      expect(await stores[0]?.ledger.readRequests("r")).toHaveLength(stores.length * each);
      expect(await stores[0]?.maintenance.verify()).toEqual([]);
      await Promise.all(stores.map((store) => store.close()));
    }));

  test("goes on from what another process appended, whatever it kept in memory", () =>
    withTempStore(async (store, path) => {
      const first = await takeLease(store, "r");
      await appendRun(store, first, 0, [created(), started]);
      const other = openSqliteStore(path, storeOptions);
      const second = await takeLease(other, "r");
      await appendRun(other, second, 2, [attempt("phase-0-0")]);
      expect((await store.ledger.loadRun("r"))?.state.phases[0]?.state).toBe("executing");
      const third = await takeLease(store, "r");
      expect(await appendRun(store, third, 3, [attempt("phase-0-1")])).toMatchObject({ ok: true });
      expect((await other.ledger.loadRun("r"))?.state.phases[1]?.state).toBe("executing");
      await other.close();
    }));

  test("keeps what it stored when the caller changes its objects afterwards", () =>
    withTempStore(async (store) => {
      const lease = await takeLease(store, "r");
      const event = structuredClone(created());
      await appendRun(store, lease, 0, [event]);
      Object.assign(event.data, { goal: "another" });
      expect((await store.ledger.loadRun("r"))?.state.created.goal).not.toBe("another");
    }));

  test("writes only the rows of what changed", () =>
    withTempStore(async (store, path) => {
      const lease = await takeLease(store, "r");
      await appendRun(store, lease, 0, [created([50, 50]), started]);
      tamper(
        path,
        "create table written (phase_id text)",
        "create trigger watch after update on phases begin insert into written values (new.phase_id); end",
      );
      await appendRun(store, lease, 2, [attempt("phase-0-7"), attempt("phase-1-9")]);
      expect(query(path, "select phase_id from written")).toEqual([
        { phase_id: "phase-0-7" },
        { phase_id: "phase-1-9" },
      ]);
    }));
});

describe("the tables of events", () => {
  test("refuse an update and a removal", () =>
    withTempStore(async (store, path) => {
      const lease = await takeLease(store, "r");
      await appendRun(store, lease, 0, [created()]);
      const { default: Database } = await import("better-sqlite3");
      const database = new Database(path);
      expect(() => database.exec("update events set actor = 'me'")).toThrow("append-only");
      expect(() => database.exec("delete from events")).toThrow("append-only");
      expect(() => database.exec("replace into events select * from events")).toThrow("append-only");
      database.close();
    }));
});

describe("the index", () => {
  test("counts reported tokens, and apart from them the attempts whose tokens nobody knows", () =>
    withTempStore(async (store) => {
      const lease = await takeLease(store, "r");
      const on = { phaseId: "phase-0-0" };
      const build = { exitCode: 0, durationMs: 1, claim: null, log: null };
      const why = { cause: "crash", why: "killed" } as const;
      const events: RunEvent[] = [created(), started];
      for (const [index, tokens] of [700, null, undefined, 300].entries()) {
        const facts = { ...on, attempt: index + 1 };
        events.push({ type: "attempt-started", data: { ...facts, base: "b", builder: "scripted" } });
        events.push({ type: "build-started", data: { ...facts, promptSha256: "0" } });
        if (tokens !== undefined)
          events.push({ type: "build-ended", data: { ...facts, build: { ...build, tokens } } });
        events.push({ type: "attempt-interrupted", data: { ...facts, ...why } });
      }
      // Not started, so nothing is unknown; started and still under way, so nothing is known to be missing yet.
      events.push(attempt("phase-0-0", 5), {
        type: "attempt-interrupted",
        data: { ...on, attempt: 5, ...why },
      });
      events.push(attempt("phase-0-0", 6), {
        type: "build-started",
        data: { ...on, attempt: 6, promptSha256: "0" },
      });
      expect(await appendRun(store, lease, 0, events)).toMatchObject({ ok: true });
      const sums = { attempts: 6, tokens: 1_000, attemptsWithUnknownTokens: 2 };
      expect(await store.index.runs()).toMatchObject([{ runId: "r", phases: 2, ...sums }]);
      expect(await store.index.phases("r")).toMatchObject([{ ...on, ord: 0, ...sums }, { tokens: 0 }]);
      // The most of one call: attempts of the same number in other runs are others.
      const other = await takeLease(store, "other");
      await appendRun(store, other, 0, [
        created(),
        started,
        { type: "attempt-started", data: { ...on, attempt: 1, base: "b", builder: "another" } },
        { type: "build-started", data: { ...on, attempt: 1, promptSha256: "0" } },
        { type: "build-ended", data: { ...on, attempt: 1, build: { ...build, tokens: 9_000 } } },
      ]);
      expect(await store.index.highestTokens()).toEqual({ scripted: 700, another: 9_000 });
    }));

  test("lists runs newest first and phases in plan order", () =>
    withTempStore(async (store) => {
      for (const [runId, hour] of [
        ["b", 1],
        ["a", 2],
        ["c", 0],
      ] as const) {
        const lease = await takeLease(store, runId);
        await appendRun(store, lease, 0, [created([2, 1])], `2026-11-23T0${hour}:00:00.000Z`);
      }
      expect((await store.index.runs()).map((run) => run.runId)).toEqual(["a", "b", "c"]);
      expect((await store.index.phases("a")).map((phase) => [phase.phaseId, phase.tier])).toEqual([
        ["phase-0-0", 0],
        ["phase-0-1", 0],
        ["phase-1-0", 1],
      ]);
    }));
});
