import { expect, test } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import type { RunState } from "../domain/fold.ts";
import { remainingOfPhase, remainingOfRun } from "./budgets.ts";

const minutes = 60_000;
const later = (state: RunState, ms: number) => new Date(Date.parse(state.lastEventAt) + ms);
const leftOf = (state: RunState, ms: number) =>
  remainingOfPhase(state, state.phases[0]!, later(state, ms)).ms;

test("time without a process is taken from no budget", () => {
  const run = new SampleRun(samplePlan([samplePhase("a")], { budget: { minutes: 30 } }));
  run.change("a");
  run.append({ type: "run-waiting", data: { on: "person", why: "stopped" } });
  const before = run.state();
  // The next process comes eight hours after the last event.
  const [last] = run.events.slice(-1);
  const at = new Date(Date.parse(last!.at) + 480 * minutes).toISOString();
  run.append({ type: "run-started", data: { resumed: true, host: "host", pid: 2 } });
  run.events[run.events.length - 1] = { ...run.events.at(-1)!, at };
  const after = run.state();
  expect(leftOf(after, 0)).toBe(leftOf(before, 0));
  expect(remainingOfRun(after, later(after, 0)).ms).toBe(remainingOfRun(before, later(before, 0)).ms);
  expect(leftOf(after, 5 * minutes)).toBe(leftOf(after, 0) - 5 * minutes);
});

test("attempts and the waits between them are taken from a phase's minutes, one that was cut off is not", () => {
  const run = new SampleRun(samplePlan([samplePhase("a")]));
  run.failAttempt("a", sampleFailure({ class: "transient", kind: "rate-limited" }));
  const waited = run.state();
  expect(leftOf(waited, 2 * minutes)).toBe(leftOf(waited, 0) - 2 * minutes);
  const attempt = run.build("a");
  const left = leftOf(run.state(), 0);
  run.append({
    type: "attempt-interrupted",
    data: { phaseId: "a", attempt, cause: "crash", why: "killed" },
  });
  expect(leftOf(run.state(), 0)).toBeGreaterThanOrEqual(left);
});

test("tokens are taken from the tighter of the phase's and the run's budget", () => {
  const spec = samplePhase("a", { budget: { attempts: 3, minutes: 20, tokens: 5000 } });
  const run = new SampleRun(samplePlan([spec], { budget: { tokens: 1500 } }));
  expect(remainingOfPhase(run.state(), run.state().phases[0]!, new Date()).tokens).toBe(1500);
  run.failAttempt("a", sampleFailure(), { tokens: 1000 });
  expect(remainingOfPhase(run.state(), run.state().phases[0]!, new Date()).tokens).toBe(500);
  expect(remainingOfRun(run.state(), new Date()).tokens).toBe(500);
});
