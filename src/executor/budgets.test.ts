import fc from "fast-check";
import { expect, test } from "vitest";
import {
  SampleRun,
  sampleBuilder,
  sampleFailure,
  samplePhase,
  samplePlan,
} from "../../test/harness/sample-run.ts";
import type { RunState } from "../domain/fold.ts";
import { countedTokens } from "../domain/fold-attempt.ts";
import { priceOf, remainingOfPhase, remainingOfRun, tokensFree } from "./budgets.ts";
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

interface Worker {
  readonly own: number | undefined;
  readonly most: number | undefined;
  readonly reports: boolean;
}
const anyWorker: fc.Arbitrary<Worker> = fc.record({
  own: fc.option(fc.integer({ min: 1, max: 800 }), { nil: undefined }),
  most: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
  reports: fc.boolean(),
});
/** A builder for each phase, which all have a program of their own. */
const phasesWith = (workers: readonly Worker[]) => {
  const phases = workers.map(({ own }, index) =>
    samplePhase(`p${index}`, {
      budget: { attempts: 3, minutes: 20, ...(own === undefined ? {} : { tokens: own }) },
    }),
  );
  const builders = Object.fromEntries(
    workers.map(({ most, reports }, index) => [
      `p${index}`,
      sampleBuilder({
        argv: [`builder-${index}`],
        reportsUsage: reports,
        ...(most === undefined ? {} : { maxTokens: most }),
      }),
    ]),
  );
  return { phases, builders };
};
/** What has been spent, and what is set aside, of all that the ledger holds. */
const costOf = ({ phases }: RunState) =>
  phases
    .flatMap(({ attempts }) => attempts)
    .reduce(
      (sum, attempt) =>
        sum + (attempt.outcome === undefined ? (attempt.reserved ?? 0) : countedTokens(attempt)),
      0,
    );

test("what is spent and set aside never exceeds the run's tokens, whatever builders use, report and fail at", () => {
  const anyEnd = fc.record({
    turn: fc.nat(5),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    fails: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(anyWorker, { minLength: 2, maxLength: 5 }),
      fc.array(anyEnd, { maxLength: 20 }),
      (workers, ends) => {
        const { phases, builders } = phasesWith(workers);
        const run = new SampleRun(samplePlan(phases, { budget: { tokens: 1000 } }), { builders });
        const working = new Map<string, number>();
        const turns = ends.values();
        for (;;) {
          const state = run.state();
          const step = decideRun(
            state,
            new Set(working.keys()),
            new Date(state.lastEventAt),
            () => null,
            random,
          );
          if (step.do === "start" && step.attempt) {
            const { reserved = 0 } = step.attempt;
            working.set(step.phaseId, run.build(step.phaseId, { reserved }));
          } else if (step.do === "fail") run.failPhase(step.phaseId, step.failure, step.because);
          else if (step.do === "wait" && working.size > 0) {
            const { turn, part, fails } = turns.next().value ?? { turn: 0, part: 1, fails: true };
            const id = [...working.keys()][turn % working.size]!;
            const worker = workers[Number(id.slice(1))]!;
            // A builder that reports is ended at what it may use; of another one nothing is known.
            const phase = state.phases.find(({ spec }) => spec.id === id)!;
            const most = Math.min(tokensFree(state, phase)!, (worker.most ?? 1e9) * 1.1);
            run.endBuild(id, worker.reports ? Math.floor(most * part) : null, fails);
            working.delete(id);
          } else break;
          expect(costOf(run.state())).toBeLessThanOrEqual(1000);
          for (const { spec } of run.state().phases.filter(({ spec: { budget } }) => budget.tokens)) {
            const own = run.state().phases.filter((phase) => phase.spec.id === spec.id);
            expect(costOf({ ...run.state(), phases: own })).toBeLessThanOrEqual(spec.budget.tokens!);
          }
        }
        expect(remainingOfRun(run.state(), new Date()).tokens).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 100 },
  );
});

test("phases run beside each other where what is set aside for each fits into the run's tokens", () => {
  const startsSecond = (worker: Partial<Worker>, tokens: number) => {
    const { phases, builders } = phasesWith(
      [0, 1].map(() => ({ own: undefined, most: undefined, reports: true, ...worker })),
    );
    const run = new SampleRun(samplePlan(phases, { budget: { tokens } }), { builders });
    const decide = (active: readonly string[]) =>
      decideRun(run.state(), new Set(active), new Date(run.state().lastEventAt), () => null, random);
    const first = decide([]);
    if (first.do === "start") run.build("p0", { reserved: first.attempt?.reserved ?? 0 });
    return decide(["p0"]).do === "start";
  };
  expect(startsSecond({ most: 400 }, 800)).toBe(true);
  expect(startsSecond({ most: 400 }, 799)).toBe(false);
  // Of whom nothing is known, 200,000 are set aside, or all that is left: reported or not, unknown is not zero.
  expect(startsSecond({}, 400_000)).toBe(true);
  expect(startsSecond({}, 399_999)).toBe(false);
  expect(startsSecond({}, 200_000)).toBe(false);
  expect(startsSecond({ reports: false }, 200_000)).toBe(false);
});

test("an attempt that reports nothing counts as what was set aside for it, once its builder was called", () => {
  const run = new SampleRun(samplePlan([samplePhase("a")], { budget: { tokens: 1000 } }));
  const left = () => remainingOfRun(run.state(), new Date()).tokens;
  run.failAttempt("a", sampleFailure(), { tokens: null, started: { reserved: 300 } });
  expect(left()).toBe(700);
  run.append({
    type: "attempt-started",
    data: { phaseId: "a", attempt: 2, base: run.state().head, builder: "claude", reserved: 300 },
  });
  run.append({
    type: "attempt-failed",
    data: { phaseId: "a", attempt: 2, failure: sampleFailure({ kind: "setup-failed" }), tree: null },
  });
  expect(left()).toBe(700);
});

test("a builder's price is what it declares, what it was seen to use, or what is assumed of any", () => {
  const named = samplePhase("a");
  const run = new SampleRun(samplePlan([named]), { highestTokens: { claude: 90 } });
  const price = (over: Parameters<typeof sampleBuilder>[0] = {}, room = 0) =>
    priceOf(run.state(), run.state().phases[0]!, { builder: sampleBuilder(over), room });
  expect(price({ maxTokens: 500 }, 2)).toEqual({ tokens: 2000, known: "declared" });
  expect(price()).toEqual({ tokens: 90, known: "remembered" });
  run.failAttempt("a", sampleFailure(), { tokens: 120 });
  expect(price()).toEqual({ tokens: 120, known: "seen" });
  expect(price({ name: "other" })).toEqual({ tokens: 200_000, known: "assumed" });
  expect(price({ name: "fix:lint" })).toEqual({ tokens: 0, known: "declared" });
});
