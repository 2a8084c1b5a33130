import { describe, expect, test } from "vitest";
import { someProcess, storeOptions, withTempStore } from "../../test/harness/temp-store.ts";
import type { ProcessIdentity } from "../domain/ledger.ts";
import { openSqliteStore } from "./sqlite/open.ts";

const stream = "run/r";
const start = Date.parse("2026-11-23T20:00:00.000Z");
const after = (ms: number) => new Date(start + ms);
const other: ProcessIdentity = { ...someProcess, pid: 815 };
const alive = async () => false;
const dead = async () => true;

describe("a lease", () => {
  test("is given to one process, and the others are told who holds it", () =>
    withTempStore(async ({ leases }, path) => {
      const second = openSqliteStore(path, storeOptions);
      const [a, b] = await Promise.all([
        leases.acquire(stream, someProcess, after(0), alive),
        second.leases.acquire(stream, other, after(0), alive),
      ]);
      const [won, lost] = a.ok ? [a, b] : [b, a];
      const owner = a.ok ? someProcess : other;
      expect(won).toEqual({ ok: true, value: { stream, fence: 1 } });
      const held = { owner, renewedAt: after(0).toISOString() };
      expect(lost).toEqual({ ok: false, error: { code: "lease-held", ...held } });
      expect(await leases.holder(stream)).toEqual(held);
      await second.close();
    }));

  test("of a dead owner is taken at once, and the old one is fenced", () =>
    withTempStore(async ({ leases }) => {
      const first = await leases.acquire(stream, someProcess, after(0), dead);
      const second = await leases.acquire(stream, other, after(1), dead);
      expect(second).toEqual({ ok: true, value: { stream, fence: 2 } });
      if (!first.ok || !second.ok) throw new Error("both were to be had");
      expect(await leases.renew(first.value, after(2))).toBe(false);
      await leases.release(first.value);
      expect(await leases.holder(stream)).toMatchObject({ owner: other });
      expect(await leases.renew(second.value, after(2))).toBe(true);
    }));

  test("that was released is free at once, and cannot be renewed", () =>
    withTempStore(async ({ leases }) => {
      const first = await leases.acquire(stream, someProcess, after(0), alive);
      if (!first.ok) throw new Error("it was free");
      await leases.release(first.value);
      expect(await leases.renew(first.value, after(1))).toBe(false);
      expect(await leases.holder(stream)).toBeUndefined();
      expect(await leases.acquire(stream, other, after(1), alive)).toMatchObject({ value: { fence: 2 } });
    }));

  test("renewed while another asks whether its owner lives is not taken from it", () =>
    withTempStore(async ({ leases }) => {
      const first = await leases.acquire(stream, someProcess, after(0), alive);
      if (!first.ok) throw new Error("it was free");
      const answers = [true, false];
      const slow = async () => {
        await leases.renew(first.value, after(10));
        return answers.shift() ?? false;
      };
      expect(await leases.acquire(stream, other, after(20), slow)).toMatchObject({ ok: false });
      expect(await leases.renew(first.value, after(30))).toBe(true);
    }));
});
