import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DispositionEvent,
  type DispositionKind,
  dispositionKinds,
  foldDispositions,
  isCurrent,
  preservedRuns,
} from "./dispositions.ts";

interface Drawn {
  readonly kind: DispositionKind;
  readonly run: number;
  /** Which of the earlier ones it takes the place of, by place; null: none. */
  readonly over: number | null;
}
const drawn = fc.array(
  fc.record({
    kind: fc.constantFrom(...dispositionKinds),
    run: fc.nat(3),
    over: fc.option(fc.nat(20), { nil: null }),
  }),
  { maxLength: 20 },
);

const eventsOf = (all: readonly Drawn[]): (DispositionEvent & { readonly at: string })[] =>
  all.map(({ kind, run, over }, place) => ({
    type: "disposition-recorded",
    at: new Date(Date.UTC(2026, 0, 1, 0, place)).toISOString(),
    data: {
      id: `d${place}`,
      kind,
      runId: `run-${run}`,
      phaseId: null,
      by: "somebody",
      reason: "because",
      evidence: null,
      ...(over === null || over >= place ? {} : { supersedes: `d${over}` }),
    },
  }));

describe("dispositions", () => {
  test("none is ever removed or changed by what comes after it", () => {
    fc.assert(
      fc.property(drawn, fc.nat(20), (all, cut) => {
        const events = eventsOf(all);
        const [whole, earlier] = [foldDispositions(events), foldDispositions(events.slice(0, cut))];
        expect(whole).toHaveLength(events.length);
        for (const [place, { supersededBy: _, ...one }] of earlier.entries())
          expect(whole[place]).toMatchObject(one);
      }),
    );
  });

  test("one stands until another takes its place, and the first to do so counts", () => {
    fc.assert(
      fc.property(drawn, (all) => {
        const events = eventsOf(all);
        for (const one of foldDispositions(events)) {
          const first = events.find(({ data }) => data.supersedes === one.id);
          expect(one.supersededBy).toBe(first?.data.id ?? null);
          expect(isCurrent(one)).toBe(first === undefined);
        }
      }),
    );
  });

  test("a run is kept exactly while a preservation of it stands", () => {
    fc.assert(
      fc.property(drawn, (all) => {
        const folded = foldDispositions(eventsOf(all));
        for (const run of ["run-0", "run-1", "run-2", "run-3"])
          expect(preservedRuns(folded).has(run)).toBe(
            folded.some((one) => one.runId === run && one.kind === "preserve" && one.supersededBy === null),
          );
      }),
    );
  });
});
