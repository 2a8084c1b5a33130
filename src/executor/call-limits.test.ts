import { expect, test } from "vitest";
import { SampleRun, sampleBuilder, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import { tokenLimitOf } from "./call-limits.ts";
import { type AttemptContext, createShared } from "./step.ts";

const phases = [samplePhase("a"), samplePhase("b")];
/** What limits the builder at work at `a`, which declares `most`, beside one at `b` with so many set aside; the run has 1000. */
function limitOf(most: number | undefined, beside = 0, reserved = most ?? 1000) {
  const run = new SampleRun(samplePlan(phases, { budget: { tokens: 1000 } }));
  run.build("a", { reserved });
  if (beside > 0) run.build("b", { reserved: beside });
  const shared = createShared();
  const builder = sampleBuilder(most === undefined ? {} : { maxTokens: most });
  // Of the context only these are read.
  let now = 0;
  const context = {
    deps: { platform: { clock: { elapsed: () => now } } },
    journal: { state: run.state() },
    phaseId: "a",
    attempt: 1,
    shared,
  } as unknown as AttemptContext;
  const tokens = tokenLimitOf(context, builder).tokens!;
  /** Looks every 100 ms, in which these are reported. */
  const look = (...reports: number[]) =>
    reports.map((used) => {
      now += 100;
      return tokens.assess(used)?.kind;
    });
  return { shared, tokens, look };
}

test("a builder is told what it declares, and ended a little beyond that", () => {
  const { tokens } = limitOf(100);
  expect(tokens.most).toBe(100);
  expect(tokens.assess(110)).toBeNull();
  expect(tokens.assess(111)).toMatchObject({ kind: "builder-over-tokens" });
});

test("one that declares nothing may have all that is not set aside for others, or used by them beyond that", () => {
  const { tokens, shared } = limitOf(undefined, 300);
  expect(tokens.most).toBe(700);
  expect(tokens.assess(700)).toBeNull();
  shared.liveTokens.set("b", 400);
  expect(tokens.assess(700)).toMatchObject({ kind: "tokens-exhausted" });
});

test.each([
  { every: "look", reports: [700, 740, 780, 820, 860], endedAt: 860 },
  { every: "second look", reports: [740, 740, 820, 820, 900], endedAt: 900 },
])(
  "one that reports at every $every is ended before it could take more than is left",
  ({ reports, endedAt }) => {
    const kinds = limitOf(undefined).look(...reports);
    expect(reports[kinds.indexOf("tokens-exhausted")]).toBe(endedAt);
  },
);

test("one that reports much at once, or now and then, is not", () => {
  const never = (reports: readonly number[]) =>
    expect(limitOf(undefined).look(...reports)).toEqual(reports.map(() => undefined));
  never([10, 20, ...Array<number>(5).fill(900)]);
  never([300, ...Array<number>(5).fill(300), 600, ...Array<number>(5).fill(600), 900, 900, 900]);
});
