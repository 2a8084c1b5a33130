import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import { type Failure, type FailureKind, failureKinds } from "../domain/failure.ts";
import { applyRunEvent, type RunState } from "../domain/fold.ts";
import { scopesOverlap } from "../domain/paths.ts";
import type { PhaseSpec, Plan, RunBudget } from "../domain/plan.ts";
import { endedPhaseStates, satisfiedPhaseStates } from "../domain/transitions.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { decideRun, type RunStep } from "./decide-run.ts";

const failure = (kind: FailureKind, message: string = kind, over: Partial<Failure> = {}): Failure => ({
  ...toFailure({ kind, message, evidence: [] }),
  ...over,
});
const limits = new SampleRun(samplePlan([])).state().created.limits;

/** Tiers of phases as a run that has started, with at most `maxParallel` at once. */
function runOf(
  tiers: readonly (readonly PhaseSpec[])[],
  over: Partial<Plan> = {},
  maxParallel = 2,
): SampleRun {
  const named = tiers.map((phases, index) => ({ id: `tier-${index}`, name: `Tier ${index}`, phases }));
  return new SampleRun(samplePlan([], { tiers: named, ...over }), { limits: { ...limits, maxParallel } });
}

const random = () => 0;

/** Decides `later` milliseconds after the last event. */
function decide(run: SampleRun, active: readonly string[] = [], later = 0): RunStep {
  const state = run.state();
  const now = new Date(Date.parse(state.lastEventAt) + later);
  return decideRun(state, new Set(active), now, () => null, random);
}

const withBudget = (budget: RunBudget) => runOf([[samplePhase("a"), samplePhase("b")]], { budget });
const waitOf = (active: readonly string[]) => ({ do: "wait", why: `${active.length} at work` });

describe("the order of phases", () => {
  test("is that of the plan, and one phase is named at a time", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b")]]);
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "a" });
    expect(decide(run, ["a"])).toMatchObject({ do: "start", phaseId: "b" });
    expect(decide(run, ["a", "b"])).toEqual(waitOf(["a", "b"]));
  });

  test("a tier waits until every phase of the one before it has ended, however it ended", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b")], [samplePhase("c")]]).complete("a");
    expect(decide(run, ["b"])).toEqual(waitOf(["b"]));
    run.failPhase("b");
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "c" });
  });

  test("a phase waits for what it depends on, and others go before it", () => {
    const run = runOf([[samplePhase("a", { dependsOn: ["b"] }), samplePhase("b"), samplePhase("c")]]);
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "b" });
    expect(decide(run, ["b"])).toMatchObject({ do: "start", phaseId: "c" });
    run.complete("b");
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "a" });
  });

  test("a skipped phase is as good as a complete one", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b", { dependsOn: ["a"] })]]);
    const certificate = run.certificate("a");
    run.append({ type: "phase-skipped", data: { phaseId: "a", certifiedIn: "sample-0", certificate } });
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "b" });
  });

  test("an attempt that a crash left open is gone on with", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b")]]);
    run.verify("a");
    expect(run.state().phases[0]?.state).toBe("verifying");
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "a" });
  });
});

describe("a dependency that did not complete", () => {
  const chain = () =>
    runOf([
      [samplePhase("a"), samplePhase("b", { dependsOn: ["a"] })],
      [samplePhase("c", { dependsOn: ["b"] }), samplePhase("d")],
    ]).failPhase("a", failure("test-deleted", "test/a.test.ts was deleted"));

  test("blocks its dependants, and theirs, each naming the phase at the root", () => {
    const root = { by: "a", cause: "a failed: test-deleted: test/a.test.ts was deleted" };
    const run = chain();
    expect(decide(run)).toEqual({ do: "block", phaseId: "b", ...root });
    run.block("b", root.by, root.cause);
    expect(decide(run)).toEqual({ do: "block", phaseId: "c", ...root });
  });

  test("leaves independent phases alone", () => {
    const run = chain().block("b", "a").block("c", "a");
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "d" });
  });

  test("blocks although no place is free for another phase", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b"), samplePhase("c", { dependsOn: ["a"] })]], {}, 1);
    run.failPhase("a");
    expect(decide(run, ["b"])).toMatchObject({ do: "block", phaseId: "c", by: "a" });
  });
});

describe("parallel phases", () => {
  const scope = (...write: readonly string[]) => ({ scope: { write, read: [] } });

  test("are started only up to the limit", () => {
    const run = runOf([["a", "b", "c", "d"].map((id) => samplePhase(id))], {}, 3);
    expect(decide(run, ["a", "b"])).toMatchObject({ do: "start", phaseId: "c" });
    expect(decide(run, ["a", "b", "c"])).toEqual(waitOf(["a", "b", "c"]));
  });

  test.each([
    ["the same file", ["src/a.ts"], ["src/a.ts"]],
    ["a folder and a file in it", ["src/**"], ["src/a.ts"]],
    ["a pattern that may be anywhere", ["**/*.ts"], ["docs/a.md"]],
    ["the same file in another letter case", ["src/A.ts"], ["src/a.ts"]],
  ])("are never two that may write %s", (_, first, second) => {
    const run = runOf([[samplePhase("a", scope(...first)), samplePhase("b", scope(...second))]]);
    expect(decide(run, ["a"])).toEqual(waitOf(["a"]));
    run.complete("a");
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "b" });
  });

  test("are never one phase twice, not even one that may write nothing", () => {
    expect(decide(runOf([[samplePhase("a", scope())]]), ["a"])).toEqual(waitOf(["a"]));
  });

  test("pass by one that has to wait", () => {
    const writes = { a: "src/**", b: "src/b.ts", c: "docs/**" };
    const run = runOf([Object.entries(writes).map(([id, glob]) => samplePhase(id, scope(glob)))]);
    expect(decide(run, ["a"])).toMatchObject({ do: "start", phaseId: "c" });
  });
});

describe("a transient failure", () => {
  const until = "2026-11-02T12:10:00.000Z";
  const limited = failure("rate-limited", "slow down", { retryAt: until });

  test("delays its phase once in the ledger, then the run waits until that time", () => {
    const run = runOf([[samplePhase("a")]]).failAttempt("a", limited);
    expect(decide(run)).toEqual({ do: "delay", phaseId: "a", until: new Date(until), failure: limited });
    run.append({ type: "phase-delayed", data: { phaseId: "a", until, failure: limited } });
    expect(decide(run)).toMatchObject({ do: "wait", until: new Date(until) });
    expect(decide(run, [], 600_000)).toMatchObject({ do: "start", phaseId: "a" });
  });

  test("lets other phases work meanwhile, and the earliest of several times counts", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b"), samplePhase("c")]]).failAttempt("a", limited);
    run.append({ type: "phase-delayed", data: { phaseId: "a", until, failure: limited } });
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "b" });
    const sooner = "2026-11-02T12:05:00.000Z";
    const other = failure("provider-unavailable", "down", { retryAt: sooner });
    run.failAttempt("b", other);
    run.append({ type: "phase-delayed", data: { phaseId: "b", until: sooner, failure: other } });
    expect(decide(run, ["c"])).toEqual(waitOf(["c"]));
    run.complete("c");
    expect(decide(run)).toMatchObject({ do: "wait", until: new Date(sooner) });
  });

  test("ends the phase when the wait is longer than its time", () => {
    const late = failure("rate-limited", "slow down", { retryAt: "2026-11-02T18:00:00.000Z" });
    const run = runOf([[samplePhase("a")]]).failAttempt("a", late);
    expect(decide(run)).toMatchObject({ do: "fail", phaseId: "a", failure: { kind: "time-exhausted" } });
  });
});

describe("what ends a run before its phases do", () => {
  test("its time budget, and phases at work end first", () => {
    const run = withBudget({ minutes: 1 });
    const spent = { reason: "budget-exhausted", why: "the run's time budget is spent" };
    expect(decide(run, [], 50_000)).toMatchObject({ do: "start", phaseId: "a" });
    expect(decide(run, ["a"], 60_000)).toEqual({ do: "wait", why: spent.why });
    expect(decide(run, [], 60_000)).toEqual({ do: "end", state: "failed", ...spent });
  });

  test("its token budget, by what builders reported", () => {
    const run = withBudget({ tokens: 1000 }).failAttempt("a", sampleFailure(), { tokens: null });
    expect(decide(run)).toMatchObject({ do: "start", phaseId: "a" });
    run.complete("a", { tokens: 1000 });
    const why = "the run's token budget is spent";
    expect(decide(run)).toEqual({ do: "end", state: "partial", reason: "budget-exhausted", why });
  });

  test("a cancel, before anything else", () => {
    const run = withBudget({ minutes: 1 });
    run.append({ type: "request-accepted", data: { requestSeq: 1, type: "cancel-requested" } });
    expect(decide(run, ["a"], 60_000)).toEqual({ do: "wait", why: "cancelled on request" });
    expect(decide(run)).toEqual({ do: "end", state: "cancelled", why: "cancelled on request" });
  });

  test("the same orchestrator error twice, in whichever phases", () => {
    const run = runOf([[samplePhase("a"), samplePhase("b"), samplePhase("c")]]);
    run.failAttempt("a", failure("orchestrator-error", "the disk is on fire"));
    run.failAttempt("b", failure("orchestrator-error", "the clock stopped"));
    expect(decide(run)).toMatchObject({ do: "fail", phaseId: "a" });
    run.failAttempt("b", failure("orchestrator-error", "the disk is on fire"));
    const why = "autopack failed twice alike: the disk is on fire";
    expect(decide(run)).toEqual({ do: "end", state: "failed", reason: "environment", why });
  });
});

describe("the end of a run", () => {
  const two = () => runOf([[samplePhase("a"), samplePhase("b")]]);

  test("is succeeded when all is complete, partial when something is", () => {
    const run = two().complete("a");
    const partial = two().complete("a").failPhase("b");
    expect(decide(run.complete("b"))).toEqual({
      do: "end",
      state: "succeeded",
      why: "2 of 2 phases complete",
    });
    expect(decide(partial)).toEqual({ do: "end", state: "partial", why: "1 of 2 phases complete" });
  });

  test.each<[string, readonly FailureKind[]]>([
    ["budget-exhausted", ["check-failed", "time-exhausted"]],
    ["budget-exhausted", ["protected-path", "tokens-exhausted"]],
    ["environment", ["protected-path", "setup-failed"]],
    ["environment", ["check-failed", "interrupted-twice"]],
    ["policy-violation", ["check-failed", "protected-path"]],
    ["needs-human-review", ["check-failed", "builder-failed"]],
  ])("is failed for %s after %j", (reason, [first, second]) => {
    const run = two().failPhase("a", failure(first!)).failPhase("b", failure(second!));
    expect(decide(run)).toEqual({ do: "end", state: "failed", reason, why: "0 of 2 phases complete" });
  });

  test("comes too when the phases that are left depend on each other", () => {
    const run = runOf([[samplePhase("a", { dependsOn: ["b"] }), samplePhase("b", { dependsOn: ["a"] })]]);
    expect(decide(run)).toMatchObject({ do: "end", state: "failed" });
  });
});

/** Any plan at all, such as lint would refuse too: phases may depend on themselves or on later tiers. */
const anyPlan = fc
  .array(
    fc.array(fc.record({ needs: fc.array(fc.nat(7), { maxLength: 2 }), folder: fc.nat(3) }), {
      maxLength: 4,
    }),
    {
      maxLength: 3,
    },
  )
  .map((tiers) => {
    let count = 0;
    return tiers.map((phases) =>
      phases.map(({ needs, folder }) =>
        samplePhase(`p${count++}`, {
          dependsOn: needs.map((index) => `p${index}`),
          scope: { write: [`src/${folder}/**`], read: [] },
        }),
      ),
    );
  });
const kinds = Object.keys(failureKinds) as FailureKind[];
/** How attempts go, one after the other; when the list is used up, they succeed. */
const anyLuck = fc.array(fc.option(fc.constantFrom(...kinds), { nil: undefined, freq: 3 }), {
  maxLength: 40,
});

function expectStartable(state: RunState, phaseId: string, active: ReadonlySet<string>): void {
  const stateOf = (id: string) => state.phases.find((phase) => phase.spec.id === id)?.state ?? "complete";
  const phase = state.phases.find(({ spec }) => spec.id === phaseId)!;
  expect(active.size).toBeLessThan(state.created.limits.maxParallel);
  expect(active.has(phaseId)).toBe(false);
  for (const id of phase.spec.dependsOn) expect(satisfiedPhaseStates).toContain(stateOf(id));
  for (const other of state.phases) {
    if (other.tier < phase.tier) expect(endedPhaseStates).toContain(other.state);
    if (active.has(other.spec.id))
      expect(scopesOverlap(other.spec.scope.write, phase.spec.scope.write)).toBe(false);
  }
}

describe("every run", () => {
  test("comes to an end that the domain accepts, whatever the plan and however its attempts go", () => {
    fc.assert(
      fc.property(anyPlan, anyLuck, fc.integer({ min: 1, max: 3 }), (tiers, luck, maxParallel) => {
        const run = runOf(tiers, {}, maxParallel);
        const outcomes = luck.values();
        const active = new Set<string>();
        let now = new Date(run.state().lastEventAt);
        for (let steps = 0; steps < 400; steps++) {
          const state = run.state();
          now = new Date(Math.max(now.getTime(), Date.parse(state.lastEventAt)));
          const step = decideRun(state, active, now, () => null, random);
          switch (step.do) {
            case "start":
              expectStartable(state, step.phaseId, active);
              active.add(step.phaseId);
              break;
            case "wait": {
              const [phaseId] = active;
              if (phaseId === undefined) {
                expect(step.until?.getTime()).toBeGreaterThan(now.getTime());
                now = step.until!;
                break;
              }
              const kind = outcomes.next().value;
              if (kind) run.failAttempt(phaseId, failure(kind, `${kind} ${steps % 2}`));
              else run.complete(phaseId);
              active.delete(phaseId);
              break;
            }
            case "block":
              run.block(step.phaseId, step.by, step.cause);
              break;
            case "delay": {
              const { phaseId, until } = step;
              run.append({
                type: "phase-delayed",
                data: { phaseId, until: until.toISOString(), failure: step.failure },
              });
              break;
            }
            case "fail":
              run.failPhase(step.phaseId, step.failure, step.because);
              break;
            case "end": {
              expect(active.size).toBe(0);
              const { state: ended, why } = step;
              const event = { type: "run-ended" as const, data: { state: ended, why } };
              const after = applyRunEvent(state.runId, state, {
                ...event,
                seq: state.seq + 1,
                at: state.lastEventAt,
              });
              expect(after).toMatchObject({ ok: true, value: { state: ended } });
              return;
            }
          }
        }
        expect.unreachable("four hundred steps and the run still goes on");
      }),
      { numRuns: 300 },
    );
  });
});
