import fc from "fast-check";
import { expect, it } from "vitest";
import { testStatuses } from "../../domain/tests.ts";
import { summariseHistory } from "./flaky-history.ts";

const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;

it("says in how many of the last runs a test flaked, failed, and when it last flaked", () => {
  const earlier = [
    { id: "a", outcomes: ["failed", "passed"], runId: "r1", at: at(1) },
    { id: "a", outcomes: ["failed"], runId: "r2", at: at(2) },
    { id: "a", outcomes: ["failed"], runId: "r3", at: at(3) },
    { id: "a", outcomes: ["passed"], runId: "r3", at: at(4) },
    { id: "b", outcomes: ["passed"], runId: "r3", at: at(3) },
    { id: "a", outcomes: ["failed", "passed"], runId: "r0", at: at(1) },
  ] as const;
  expect([...summariseHistory(earlier, ["r1", "r2", "r3", "r4"])]).toEqual([
    ["a", { runs: 4, flaked: 2, failed: 1, lastFlakedAt: at(4) }],
    ["b", { runs: 4, flaked: 0, failed: 0 }],
  ]);
});

it("does not depend on the order, and never counts more than the runs", () => {
  const record = fc.record({
    id: fc.constantFrom("a", "b"),
    outcomes: fc.array(fc.constantFrom(...testStatuses), { maxLength: 3 }),
    runId: fc.constantFrom("r1", "r2", "r3"),
    at: fc.constantFrom(at(1), at(2), at(3)),
  });
  fc.assert(
    fc.property(fc.array(record), (earlier) => {
      const histories = summariseHistory(earlier, ["r1", "r2"]);
      expect(summariseHistory(earlier.toReversed(), ["r2", "r1"])).toEqual(histories);
      for (const { runs, flaked, failed } of histories.values())
        expect(flaked + failed).toBeLessThanOrEqual(runs);
    }),
  );
});
