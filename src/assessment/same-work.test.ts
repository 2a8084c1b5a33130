import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phaseRecord } from "../../test/harness/made-records.ts";
import { findSuperseding, similarity, type Work, wasAttempted } from "./same-work.ts";

const work = (phaseId: string, paths: string, attempted = true): Work => ({
  phase: phaseRecord(phaseId, { recorded: attempted ? "failed" : "not-started" }),
  paths: new Set(paths.split("")),
});
const superseding = (...works: Work[]) => Object.fromEntries(findSuperseding(works));

describe("the same work in later phases", () => {
  test("the last one of the same paths stands for all before it", () => {
    expect(superseding(work("1", "ab"), work("2", "ab"), work("3", "ab"))).toEqual({
      "run/1": "run/3",
      "run/2": "run/3",
    });
  });

  test("four of five paths in common are enough, three of five are not", () => {
    expect(superseding(work("1", "abcde"), work("2", "abcd"))).toEqual({ "run/1": "run/2" });
    expect(superseding(work("1", "abcde"), work("2", "abc"))).toEqual({});
  });

  test("what was never tried takes nobody's place, and has its own taken", () => {
    expect(superseding(work("1", "ab"), work("2", "ab", false))).toEqual({});
    expect(superseding(work("1", "ab", false), work("2", "ab"))).toEqual({ "run/1": "run/2" });
  });

  test("phases without paths are never the same work", () => {
    expect(superseding(work("1", ""), work("2", ""))).toEqual({});
  });

  test("finds what comparing each with each finds", () => {
    const made = fc.array(
      fc.tuple(fc.uniqueArray(fc.constantFrom(..."abcdefg"), { maxLength: 7 }), fc.boolean()),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(made, (list) => {
        const works = list.map(([paths, attempted], at) => work(`${at}`, paths.join(""), attempted));
        const expected: Record<string, string> = {};
        for (const [at, one] of works.entries())
          for (const other of works.slice(at + 1))
            if (wasAttempted(other.phase) && similarity(one.paths, other.paths) >= 0.8)
              expected[`run/${at}`] = `run/${other.phase.phaseId}`;
        expect(superseding(...works)).toEqual(expected);
      }),
    );
  });
});
