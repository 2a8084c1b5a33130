import { expect, test } from "vitest";
import { ratesOf } from "../bench/honesty/rates.ts";
import { measure } from "../bench/honesty/run.ts";

test("the bench of honesty tells a lie, a crash and a stated cause from the truth, for both adapters", async () => {
  const names = ["nothing-changed", "kill-after-check", "key-rejected"];
  const { judged, skipped } = await measure(names, ["autopack", "loop"], 2, () => undefined);
  expect(skipped).toEqual([]);
  for (const all of judged.values()) {
    expect(all.map(({ scenario }) => scenario).toSorted()).toEqual(names.toSorted());
    expect(all.flatMap(({ problems }) => problems)).toEqual([]);
  }
  const autopack = ratesOf(judged.get("autopack") ?? []);
  const loop = ratesOf(judged.get("loop") ?? []);
  expect(autopack).toMatchObject({
    falseDone: { n: 0, of: 2 },
    lost: { n: 0, of: 2 },
    unrecovered: { n: 0, of: 1 },
    overspend: { percent: null },
    unstated: 0,
    missed: { n: 0, of: 2 },
  });
  expect(autopack.wrongCause.of).toBeGreaterThan(2);
  // Exit 0 is all that the loop asks of a builder: it takes the lie for work, and knows no cause.
  expect(loop).toMatchObject({
    falseDone: { n: 1, of: 4 },
    wrongCause: { of: 0, percent: null },
    unstated: 1,
  });
});
