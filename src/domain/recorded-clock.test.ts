import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClockFacts, readClocks } from "./recorded-clock.ts";
import type { Stamp } from "./recorded-stamp.ts";

const minute = 60_000;
const start = Date.UTC(2025, 10, 30);

interface Family {
  /** Minutes after the start. */
  readonly at: number;
  /** Between the inserts, in milliseconds. */
  readonly apart: number;
  readonly parentIsLocal: boolean;
  readonly childIsLocal: boolean;
}
const anyFamily = fc.record({
  at: fc.integer({ min: 0, max: 40_000 }),
  apart: fc.integer({ min: 0, max: 4000 }),
  parentIsLocal: fc.boolean(),
  childIsLocal: fc.boolean(),
});
const anyOffset = fc
  .integer({ min: -56, max: 56 })
  .filter((steps) => steps !== 0)
  .map((steps) => steps * 15);

/** A run for each family; local times say so by their writing, others do not. */
function recordOf(families: readonly Family[], offset: number, brokenOrders = 0): ClockFacts {
  const stamps: Stamp[] = [];
  const write = (utc: number, isLocal: boolean): number =>
    stamps.push({ raw: utc + (isLocal ? offset * minute : 0), clock: isLocal ? "local" : "unknown" }) - 1;
  const group: number[] = [];
  const pairs = families.map(({ at, apart, parentIsLocal, childIsLocal }, run): [number, number] => {
    const utc = start + at * minute;
    group.push(run, run);
    return [write(utc, parentIsLocal), write(utc + apart, childIsLocal)];
  });
  const orders: [number, number][] = [];
  for (let nth = 0; nth < brokenOrders; nth++) {
    // Created three hours and seven minutes after it was changed, by one clock that is told.
    const changed = stamps.push({ raw: start + nth * minute, clock: "utc" }) - 1;
    const created = stamps.push({ raw: start + (nth + 187) * minute, clock: "utc" }) - 1;
    group.push(families.length + nth, families.length + nth);
    orders.push([created, changed]);
  }
  return { stamps, group, column: stamps.map(() => -1), families: pairs, orders, logged: [], named: [] };
}

const isMixed = ({ parentIsLocal, childIsLocal }: Family): boolean => parentIsLocal !== childIsLocal;

describe("the clocks of a record", () => {
  test("any offset of quarter hours is found where a run and its part were inserted at once by both clocks", () => {
    fc.assert(
      fc.property(fc.array(anyFamily, { minLength: 1, maxLength: 8 }), anyOffset, (families, offset) => {
        const facts = recordOf(families, offset);
        const { offsetMinutes, clocks, certain, anchors } = readClocks(facts);
        if (!families.some(isMixed)) {
          expect(anchors.families).toBe(0);
          return;
        }
        expect(offsetMinutes).toBe(offset);
        for (const [run, family] of families.entries()) {
          const [parent, child] = [2 * run, 2 * run + 1];
          if (!isMixed(family)) continue;
          expect([clocks[parent], clocks[child]]).toEqual([
            family.parentIsLocal ? "local" : "utc",
            family.childIsLocal ? "local" : "utc",
          ]);
          expect([certain[parent], certain[child]]).toEqual([true, true]);
        }
      }),
    );
  });

  test("what contradicts itself is listed, and moves no offset", () => {
    fc.assert(
      fc.property(
        fc.array(anyFamily, { minLength: 1, maxLength: 6 }),
        anyOffset,
        fc.integer({ min: 1, max: 10 }),
        (families, offset, broken) => {
          const mixed = { at: 5, apart: 4, parentIsLocal: true, childIsLocal: false };
          const facts = recordOf([...families, mixed], offset, broken);
          const reading = readClocks(facts);
          expect(reading.offsetMinutes).toBe(offset);
          expect(reading.violated).toEqual(facts.orders.map((_, place) => place));
        },
      ),
    );
  });

  test("without anything that tells, times count as UTC, and none of an unknown clock is certain", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 8 }), (times) => {
        const stamps = times.map((raw): Stamp => ({ raw: start + raw, clock: "unknown" }));
        const none = { column: stamps.map(() => -1), families: [], orders: [], logged: [], named: [] };
        const reading = readClocks({ stamps, group: stamps.map((_, place) => place), ...none });
        expect(reading).toMatchObject({ offsetMinutes: null, violated: [] });
        expect(reading.clocks.every((clock) => clock === "utc")).toBe(true);
        expect(reading.certain.some(Boolean)).toBe(false);
      }),
    );
  });
});
