import { describe, expect, test } from "vitest";
import {
  SampleRun,
  sampleBuilder,
  sampleDeliverable,
  samplePhase,
  samplePlan,
} from "../../test/harness/sample-run.ts";
import type { FailureKind } from "../domain/failure.ts";
import type { Breaker } from "./breaker/registry.ts";
import type { Prospects, Remaining } from "./chain.ts";
import { decideNext } from "./decide-next.ts";
import { toFailure } from "./fingerprint.ts";
import { partAfter } from "./parts.ts";

const policy = { transientFirstMs: 1000, transientMaxMs: 60_000, probeAfter: 3 };
const failureOf = (kind: FailureKind) => toFailure({ kind, message: kind, evidence: [] });

describe("a phase with several deliverables that is too large for one call", () => {
  const deliverables = ["a", "b", "c"].map(sampleDeliverable);
  const timeout = failureOf("builder-timeout");
  const tooSlow = () => {
    const run = new SampleRun(samplePlan([samplePhase("p", { deliverables })]));
    run.failAttempt("p", timeout);
    run.failAttempt("p", timeout, { started: { room: 1, chosen: { step: "more-room", because: "" } } });
    return run;
  };
  const prospects: Prospects = {
    own: sampleBuilder({ longestMs: 60_000 }),
    alternatives: [],
    roomFactor: 2,
    price: () => ({ tokens: 1000, known: "assumed" }),
    refusal: () => null,
  };
  const decide = (
    run: SampleRun,
    over: Partial<Prospects> = {},
    remaining: Remaining = { ms: 3_600_000 },
  ) => {
    const state = run.state();
    const now = new Date(state.lastEventAt);
    return decideNext(state.phases[0]!, now, remaining, policy, { ...prospects, ...over }, () => 0);
  };
  const part = (number: number) => ({ number, of: 3 });
  const build = (run: SampleRun, number: number) => {
    const chosen = { step: "split", because: "" } as const;
    return run.change("p", { started: { room: 1, chosen, part: part(number) } });
  };
  const goOn = (run: SampleRun, number: number) =>
    run.append({ type: "part-built", data: { phaseId: "p", attempt: build(run, number) } });

  test("more room comes first, then its parts one after the other, with the room it had by then", () => {
    const run = tooSlow();
    expect(decide(run)).toMatchObject({ do: "attempt", chosen: { step: "split" }, part: part(1), room: 1 });
    goOn(run, 1);
    const because = "attempt 3 built part 1 of 3";
    expect(decide(run)).toMatchObject({ chosen: { step: "split", because }, part: part(2), room: 1 });
    goOn(run, 2);
    expect(decide(run)).toMatchObject({ part: part(3) });
  });

  test("a part that fails is tried again by itself; one that the checks of the whole refuse, as the whole", () => {
    const run = tooSlow();
    goOn(run, 1);
    const attempt = build(run, 2);
    const failed = failureOf("builder-failed");
    run.append({ type: "attempt-failed", data: { phaseId: "p", attempt, failure: failed, tree: null } });
    const [phase] = run.state().phases;
    expect(partAfter(phase!.attempts.at(-1))).toEqual(part(2));
    expect(
      partAfter({ ...phase!.attempts.at(-1)!, verification: { round: 1, tree: "", onto: "", checks: [] } }),
    ).toBe(undefined);
  });

  test("no part begins where what is left does not reach for all of them", () => {
    const price = () => ({ tokens: 400, known: "declared" }) as const;
    expect(decide(tooSlow(), { price }, { ms: 3_600_000, tokens: 1199 })).toMatchObject({
      chosen: {
        step: "more-room",
        passedOver: [
          { step: "more-room" },
          { step: "split", why: "claude may use 400 tokens in each of 3 calls, and 1199 are left" },
        ],
      },
    });
    expect(decide(tooSlow(), { price }, { ms: 3_600_000, tokens: 1200 })).toMatchObject({
      part: part(1),
      reserved: 400,
    });
  });

  test("the next part is not begun where the breaker refuses it for what else failed", () => {
    const run = tooSlow();
    goOn(run, 1);
    const breaker: Breaker = {
      fingerprint: timeout.fingerprint,
      scope: { kind: "phase", name: "p" },
      failure: { class: timeout.class, kind: timeout.kind, message: timeout.message },
      inputs: {},
      decidedBy: "output",
      count: 2,
      opensAt: 2,
      tries: [],
      openedAt: "2026-11-02T12:00:00.000Z",
      probes: 0,
    };
    expect(decide(run, { refusal: () => ({ until: "change", breaker }) })).toMatchObject({
      do: "end",
      failure: { kind: "breaker-open" },
    });
  });

  test("one deliverable has no parts", () => {
    const run = new SampleRun(samplePlan([samplePhase("p")]));
    run.failAttempt("p", timeout);
    run.failAttempt("p", timeout, { started: { room: 1, chosen: { step: "more-room", because: "" } } });
    expect(decide(run)).toMatchObject({ chosen: { step: "more-room" }, room: 2 });
  });
});
