import fc from "fast-check";
import { expect, test } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import type { RunCreated } from "../domain/events.ts";
import type { RunState } from "../domain/fold.ts";
import { remainingOfPhase, remainingOfRun } from "./budgets.ts";
import { decideRun } from "./decide-run.ts";

const random = () => 0;

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

test("what a builder reported before it was cut off is taken from the budget", () => {
  const run = new SampleRun(samplePlan([samplePhase("a")], { budget: { tokens: 1000 } }));
  const attempt = run.build("a");
  const data = { phaseId: "a", attempt, cause: "stopped", why: "stopped by a person", tokens: 700 } as const;
  run.append({ type: "attempt-interrupted", data });
  expect(remainingOfRun(run.state(), new Date()).tokens).toBe(300);
});

test("time that the clock alone moved is taken from no budget, in either direction", () => {
  for (const byMs of [86_400_000, -3_600_000]) {
    const run = new SampleRun(samplePlan([samplePhase("a")], { budget: { minutes: 30 } }));
    run.change("a");
    const before = run.state();
    // Two seconds pass, and the clock is set meanwhile.
    run.append({ type: "clock-jumped", data: { byMs } });
    const at = new Date(Date.parse(before.lastEventAt) + byMs + 2000).toISOString();
    run.events[run.events.length - 1] = { ...run.events.at(-1)!, at };
    const after = run.state();
    expect(after.activeMs).toBe(before.activeMs + 2000);
    expect(leftOf(after, 0)).toBe(leftOf(before, 0) - 2000);
  }
});

const reporting = {
  kind: "command",
  name: "x",
  argv: ["x"],
  env: [],
  reportsUsage: true,
  reach: { network: "full", readable: [], writable: [] },
} as const;

test("the run's tokens are promised to no two phases at work", () => {
  const budget = fc.option(fc.integer({ min: 1, max: 800 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(budget, { minLength: 2, maxLength: 6 }), fc.array(fc.nat(5)), (budgets, order) => {
      const phases = budgets.map((tokens, index) =>
        samplePhase(`p${index}`, {
          budget: { attempts: 1, minutes: 20, ...(tokens === undefined ? {} : { tokens }) },
        }),
      );
      const builders = Object.fromEntries(phases.map(({ id }) => [id, reporting]));
      const run = new SampleRun(samplePlan(phases, { budget: { tokens: 1000 } }), { builders });
      const granted = new Map<string, number>();
      const turns = order.values();
      for (;;) {
        const state = run.state();
        const step = decideRun(
          state,
          new Set(granted.keys()),
          new Date(state.lastEventAt),
          new Map(),
          random,
        );
        if (step.do === "start") {
          const phase = state.phases.find(({ spec }) => spec.id === step.phaseId)!;
          granted.set(step.phaseId, remainingOfPhase(state, phase, new Date(state.lastEventAt)).tokens!);
        } else if (step.do === "wait" && granted.size > 0) {
          const ids = [...granted.keys()];
          const id = ids[(turns.next().value ?? 0) % ids.length]!;
          // The builder uses all that it was told it may.
          run.complete(id, { tokens: granted.get(id)! });
          granted.delete(id);
        } else break;
        expect([...granted.values()].reduce((sum, tokens) => sum + tokens, 0)).toBeLessThanOrEqual(
          remainingOfRun(run.state(), new Date()).tokens!,
        );
      }
      expect(remainingOfRun(run.state(), new Date()).tokens).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 60 },
  );
});

test("phases run beside each other where their own budgets fit into the run's, or builders report nothing", () => {
  const phases = ["a", "b"].map((id) =>
    samplePhase(id, { budget: { attempts: 1, minutes: 20, tokens: 400 } }),
  );
  const startsSecond = (over: Partial<RunCreated>, tokens = 1000, specs = phases) => {
    const run = new SampleRun(samplePlan(specs, { budget: { tokens } }), over);
    return (
      decideRun(run.state(), new Set(["a"]), new Date(run.state().lastEventAt), new Map(), random).do ===
      "start"
    );
  };
  const builders = { a: reporting, b: reporting };
  expect(startsSecond({ builders })).toBe(true);
  expect(startsSecond({ builders }, 799)).toBe(false);
  const unlimited = [samplePhase("a"), samplePhase("b")];
  expect(startsSecond({ builders }, 1000, unlimited)).toBe(false);
  const silent = { ...reporting, reportsUsage: false };
  expect(startsSecond({ builders: { a: silent, b: silent } }, 1000, unlimited)).toBe(true);
});
