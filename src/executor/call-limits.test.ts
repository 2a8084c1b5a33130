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
  const context = {
    journal: { state: run.state() },
    phaseId: "a",
    attempt: 1,
    shared,
  } as unknown as AttemptContext;
  return { shared, tokens: tokenLimitOf(context, builder).tokens! };
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

test("one that reports without a pause is ended before it takes more than is left, and no other one is", () => {
  const steady = limitOf(undefined).tokens;
  expect([400, 600, 800, 950].map((used) => steady.assess(used)?.kind)).toEqual([
    undefined,
    undefined,
    undefined,
    "tokens-exhausted",
  ]);
  const rare = limitOf(undefined).tokens;
  expect([900, 900, 950, 950, 999].map((used) => rare.assess(used))).toEqual([null, null, null, null, null]);
});
