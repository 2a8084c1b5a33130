import { expect, test } from "vitest";
import { ratesOf } from "../bench/honesty/rates.ts";
import { measure } from "../bench/honesty/run.ts";
import { groups } from "../bench/honesty/scenarios/all.ts";

test("every scenario and group of the bench of honesty has a name of its own", () => {
  const names = groups.flatMap(({ name, scenarios }) => [
    name,
    ...scenarios.map((scenario) => scenario.name),
  ]);
  expect(names.length).toBeGreaterThan(60);
  expect(new Set(names).size).toBe(names.length);
});

test("the bench of honesty tells a lie, a crash and a stated cause from the truth, for both adapters", async () => {
  const names = ["nothing-changed", "exits-nonzero-with-claim", "kill-after-check"];
  const { judged, skipped } = await measure(names, ["autopack", "loop"], 2, () => undefined);
  expect(skipped).toEqual([]);
  for (const all of judged.values()) {
    expect(all.map(({ scenario }) => scenario)).toEqual(names);
    expect(all.flatMap(({ problems }) => problems)).toEqual([]);
  }
  expect(ratesOf(judged.get("autopack") ?? [])).toMatchObject({
    falseDone: { n: 0, of: 2 },
    lost: { n: 0, of: 2 },
    unrecovered: { n: 0, of: 1 },
    overspend: { percent: null },
    wrongCause: { n: 0, of: 4 },
    unstated: 0,
    missed: { n: 0, of: 2 },
  });
  // Exit 0 is all that the loop asks of a builder: it takes the lie for work, and states no cause.
  expect(ratesOf(judged.get("loop") ?? [])).toMatchObject({
    falseDone: { n: 1, of: 3 },
    unrecovered: { n: 0, of: 1 },
    wrongCause: { of: 0, percent: null },
    unstated: 1,
  });
});
