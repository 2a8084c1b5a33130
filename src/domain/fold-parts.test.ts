import { expect, test } from "vitest";
import { SampleRun, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import type { RunEvent } from "./events.ts";
import { applyRunEvent } from "./fold.ts";

const sampleRun = () => new SampleRun(samplePlan([samplePhase("a")]));
const attempt = { phaseId: "a", attempt: 1 };
const partBuilt: RunEvent = { type: "part-built", data: attempt };
const round: RunEvent = {
  type: "verification-started",
  data: { ...attempt, round: 1, tree: "7".repeat(40), onto: "b".repeat(40) },
};

function offer(run: SampleRun, event: RunEvent) {
  const state = run.state();
  return applyRunEvent(run.runId, state, { ...event, seq: state.seq + 1, at: state.lastEventAt });
}
function refusal(run: SampleRun, event: RunEvent): string {
  const next = offer(run, event);
  return next.ok ? "it was accepted" : next.error.message;
}

test("a part that others follow is gone on from, and neither verified nor complete by itself", () => {
  const part = (number: number) => ({ started: { part: { number, of: 2 } } });
  const first = sampleRun();
  expect(refusal(first, partBuilt)).toContain("part-built");
  first.build("a", part(1).started);
  expect(refusal(first, partBuilt)).toContain("without violations");
  const built = sampleRun();
  built.change("a", part(1));
  expect(refusal(built, round)).toContain("not verified by itself");
  const state = built.append(partBuilt).state();
  expect(state.phases[0]).toMatchObject({ state: "queued", attempts: [{ outcome: "continued" }] });
  const last = sampleRun();
  last.change("a", part(2));
  expect(refusal(last, partBuilt)).toContain("no other part");
  expect(offer(last, round).ok).toBe(true);
  const broken = sampleRun();
  const violations = [{ kind: "out-of-scope", path: "x", message: "not in scope" }] as const;
  broken.change("a", { ...part(1), violations });
  expect(refusal(broken, partBuilt)).toContain("without violations");
  const whole = sampleRun();
  whole.change("a");
  expect(refusal(whole, partBuilt)).toContain("no other part");
});
