import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SampleRun, sampleBuilder, samplePhase, samplePlan } from "../../test/harness/sample-run.ts";
import type { DecidedBy } from "../domain/decided-by.ts";
import { type Failure, type FailureKind, failureKinds } from "../domain/failure.ts";
import { decideRefusal, type Refusal } from "./breaker/decide-refusal.ts";
import { opensAt } from "./breaker/opens-at.ts";
import { foldRegistry } from "./breaker/registry.ts";
import type { Prospects, Remaining } from "./chain.ts";
import { decideNext } from "./decide-next.ts";
import { toFailure } from "./fingerprint.ts";

const plenty = { ms: 3_600_000 };
const random = () => 0;
const policy = { transientFirstMs: 1000, transientMaxMs: 60_000, probeAfter: 3 };
const prospectsOf = (refusal: Refusal | null = null): Prospects => ({
  own: sampleBuilder(),
  alternatives: [],
  roomFactor: 2,
  price: () => ({ tokens: 1000, known: "assumed" }),
  refusal: () => refusal,
});
const failure = (kind: FailureKind, message: string = kind, over: Partial<Failure> = {}): Failure => ({
  ...toFailure({ kind, message, evidence: [] }),
  ...over,
});
/** Decides right after the given failures, `later` milliseconds on. */
function decideAfter(
  failures: readonly Failure[],
  later = 0,
  remaining: Remaining = plenty,
  refusal: Refusal | null = null,
) {
  const attempts = 3;
  const run = new SampleRun(samplePlan([samplePhase("p", { budget: { attempts, minutes: 20 } })]));
  for (const item of failures) run.failAttempt("p", item);
  const state = run.state();
  const now = new Date(Date.parse(state.lastEventAt) + later);
  return decideNext(state.phases[0]!, now, remaining, policy, prospectsOf(refusal), random);
}

/** What the breaker says after so many equal failures with unchanged inputs. */
function refusalAfter(failures: readonly Failure[], by: DecidedBy = "output"): Refusal | null {
  const scope = { kind: "phase", name: "p" } as const;
  const registry = foldRegistry(
    failures.map(({ fingerprint, class: failureClass, kind, message }, index) => ({
      type: "failure-recorded",
      at: `2026-11-02T12:00:0${index}.000Z`,
      data: {
        runId: "earlier",
        phaseId: "p",
        attempt: index + 1,
        fingerprint,
        scope,
        inputs: { plan: "1" },
        failure: { class: failureClass, kind, message },
        decidedBy: by,
        opensAt: opensAt(by, 3),
        notBefore: "2026-11-02T12:05:00.000Z",
      },
    })),
  );
  return decideRefusal(registry, { scopes: [scope], inputs: { plan: "1" } }, new Date());
}

describe("what a phase does next", () => {
  test("a phase that was never tried is attempted", () => {
    expect(decideAfter([])).toMatchObject({ do: "attempt" });
  });

  test.each(["merge-conflict", "protected-path", "setup-failed", "check-inconclusive"] as const)(
    "%s is retried once with feedback, then the phase ends",
    (kind) => {
      expect(decideAfter([failure(kind)])).toMatchObject({ do: "attempt" });
      expect(decideAfter([failure(kind, "one"), failure(kind, "another")])).toMatchObject({ do: "end" });
    },
  );

  test.each(["workspace-failed", "orchestrator-error", "script-exhausted"] as const)(
    "%s ends the phase at once: the host would decide the same again",
    (kind) => {
      const next = decideAfter([failure(kind)]);
      expect(next).toMatchObject({ do: "end", failure: { kind }, because: expect.stringMatching(/alike/) });
    },
  );

  test("a setup that fails before anything was built ends the phase, and is retried over a change", () => {
    const run = new SampleRun(samplePlan([samplePhase("p")]));
    const attempt = run.build("p");
    const data = { phaseId: "p", attempt, failure: failure("setup-failed"), tree: null };
    const state = run.append({ type: "attempt-failed", data }).state();
    const at = new Date(state.lastEventAt);
    const next = decideNext(state.phases[0]!, at, plenty, policy, prospectsOf(), random);
    expect(next).toMatchObject({ do: "end" });
    expect(decideAfter([failure("setup-failed")])).toMatchObject({ do: "attempt" });
  });

  test("a quality failure ends the phase with its own kind when the breaker has seen it twice", () => {
    const twice = [failure("check-failed"), failure("check-failed")];
    expect(decideAfter(twice.slice(1), 0, plenty, refusalAfter(twice.slice(1)))).toMatchObject({
      do: "attempt",
    });
    expect(decideAfter(twice, 0, plenty, refusalAfter(twice))).toMatchObject({
      do: "end",
      failure: { kind: "check-failed" },
      because: "the same failure came again, and nothing that it depends on has changed",
    });
  });

  test("a phase that was never tried is refused for what failed in earlier runs, and is told how to go on", () => {
    const twice = [failure("check-failed"), failure("check-failed")];
    const next = decideAfter([], 0, plenty, refusalAfter(twice));
    expect(next).toMatchObject({ do: "end", failure: { kind: "breaker-open", class: "deterministic" } });
    const told = JSON.stringify(next);
    const [{ fingerprint }] = twice as [Failure];
    for (const part of [fingerprint, "attempt 2 at p in run earlier", "plan", "autopack breaker reset"])
      expect(told).toContain(part);
  });

  test("a refusal until a probe waits for its time, and then asks for the probe instead of an attempt", () => {
    const down = Array.from({ length: 3 }, () => failure("provider-unavailable"));
    const refusal = refusalAfter(down, "provider");
    expect(decideAfter([], 0, plenty, refusal)).toMatchObject({
      do: "wait",
      until: new Date("2026-11-02T12:05:00.000Z"),
      failure: { kind: "provider-unavailable" },
    });
    expect(decideAfter([], 600_000, plenty, refusal)).toMatchObject({ do: "probe" });
    expect(decideAfter([], 600_000, { ms: 0 }, refusal)).toMatchObject({ do: "end" });
    expect(decideAfter([], 0, { ms: 1000 }, refusal)).toMatchObject({ failure: { kind: "time-exhausted" } });
  });

  test("an unknown failure is tried once more, then the phase ends", () => {
    expect(decideAfter([failure("unclassified")])).toMatchObject({ do: "attempt" });
    expect(decideAfter([failure("unclassified", "one"), failure("unclassified", "two")])).toMatchObject({
      do: "end",
    });
  });

  test("what only a person can mend ends the phase; a quota with a date is waited for and costs no attempt", () => {
    expect(decideAfter([failure("billing-refused")])).toMatchObject({ do: "end" });
    const retryAt = "2026-11-02T12:10:00.000Z";
    const used = failure("quota-exhausted", "used up", { retryAt });
    expect(decideAfter([used])).toMatchObject({ do: "wait", until: new Date(retryAt) });
    expect(decideAfter([used, used, used, failure("check-failed")])).toMatchObject({ do: "attempt" });
  });

  test("different quality failures end the phase at the attempt limit", () => {
    const messages = ["alpha", "beta", "gamma"].map((message) => failure("check-failed", message));
    expect(decideAfter(messages.slice(0, 2))).toMatchObject({ do: "attempt" });
    expect(decideAfter(messages)).toMatchObject({ do: "end", because: "the limit of 3 attempts is reached" });
  });

  test("a transient failure waits until the provider's time and costs no attempt", () => {
    const retryAt = "2026-11-02T12:10:00.000Z";
    const limited = failure("rate-limited", "slow down", { retryAt });
    expect(decideAfter([limited])).toMatchObject({ do: "wait", until: new Date(retryAt) });
    expect(decideAfter([limited], 600_000)).toMatchObject({ do: "attempt" });
    const many = Array.from({ length: 9 }, () => failure("provider-unavailable"));
    expect(decideAfter(many, 3_600_000, { ms: 1 })).toMatchObject({ do: "attempt" });
  });

  test("a wait is never longer than was asked for, wherever the clock was set since", () => {
    const at = Date.parse(new SampleRun(samplePlan([])).state().lastEventAt);
    const retry = { retryAt: new Date(at + 3_600_000).toISOString(), retryAfterMs: 1000 };
    const next = decideAfter([failure("rate-limited", "slow down", retry)], 0, { ms: 5000 });
    expect(next).toMatchObject({ do: "wait" });
    expect(decideAfter([failure("rate-limited", "slow down", retry)], 1000)).toMatchObject({ do: "attempt" });
  });

  test("a wait ends when the clock went back behind the failure", () => {
    const limited = [failure("rate-limited", "slow down", { retryAt: "2026-11-02T12:10:00.000Z" })];
    expect(decideAfter(limited, -1000)).toMatchObject({ do: "wait" });
    expect(decideAfter(limited, -3_600_000)).toMatchObject({ do: "attempt" });
  });

  test("transient failures without a time back off by decorrelated jitter, and what was drawn is stored", () => {
    for (const [drawn, waits] of [
      [0, [1000, 1000, 1000, 1000, 1000]],
      [0.5, [2000, 3500, 5750, 9125, 14_188]],
      [1 - 2 ** -53, [3000, 9000, 27_000, 60_000, 60_000]],
    ] as const) {
      const run = new SampleRun(samplePlan([samplePhase("p")]));
      const seen = waits.map(() => {
        run.failAttempt("p", failure("provider-unavailable"));
        const decide = (number: number) => {
          const state = run.state();
          const now = new Date(state.phases[0]!.attempts.at(-1)!.endedAt!);
          return [
            now,
            decideNext(state.phases[0]!, now, plenty, policy, prospectsOf(), () => number),
          ] as const;
        };
        const [now, next] = decide(drawn);
        if (next.do !== "wait") return next;
        const until = next.until.toISOString();
        const data = { phaseId: "p", until, failure: next.failure, backOffMs: next.backOffMs! };
        run.append({ type: "phase-delayed", data });
        // Whoever resumes draws other numbers.
        expect(decide(0.123)[1]).toEqual(next);
        return next.until.getTime() - now.getTime();
      });
      expect(seen).toEqual(waits);
    }
  });

  test("a provider that refuses again after the time that it told is given more of it, never less", () => {
    const limited = failure("rate-limited", "slow", { retryAt: "2026-11-02T11:00:00.000Z" });
    expect(decideAfter([limited])).toMatchObject({ do: "attempt" });
    expect(decideAfter([limited, limited])).toMatchObject({ do: "wait", backOffMs: 1000 });
    const retryAt = "2026-11-02T12:10:00.000Z";
    const later = failure("rate-limited", "slow", { retryAt });
    expect(decideAfter([later, later])).toMatchObject({ do: "wait", until: new Date(retryAt) });
  });

  test("no wait is longer than its cap or ends before the time that was told", () => {
    const kinds = fc.constantFrom("rate-limited" as const, "provider-unavailable" as const);
    const told = fc.option(fc.integer({ min: 0, max: 3_000_000 }), { nil: undefined });
    const drawnNumbers = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, told, drawnNumbers), { minLength: 1, maxLength: 8 }), (drawn) => {
        const run = new SampleRun(samplePlan([samplePhase("p")]));
        for (const [kind, askedMs, number] of drawn) {
          // However far away the clock says that it is, no more than was asked for passes.
          const asked = { retryAt: "2027-01-01T00:00:00.000Z", retryAfterMs: askedMs ?? 0 };
          run.failAttempt("p", failure(kind, kind, askedMs === undefined ? {} : asked));
          const from = Date.parse(run.state().phases[0]!.attempts.at(-1)!.endedAt!);
          const next = decideNext(
            run.state().phases[0]!,
            new Date(from),
            { ms: Number.POSITIVE_INFINITY },
            policy,
            prospectsOf(),
            () => number,
          );
          const waited = next.do === "wait" ? next.until.getTime() - from : 0;
          expect(waited).toBeGreaterThanOrEqual(askedMs ?? policy.transientFirstMs);
          expect(waited).toBeLessThanOrEqual(Math.max(askedMs ?? 0, policy.transientMaxMs));
          if (next.do === "wait" && next.backOffMs !== undefined)
            run.append({
              type: "phase-delayed",
              data: {
                phaseId: "p",
                until: next.until.toISOString(),
                failure: next.failure,
                backOffMs: next.backOffMs,
              },
            });
        }
      }),
    );
  });

  describe("behind a limit that a provider told another phase", () => {
    const limit = {
      account: "KEY 0000",
      fingerprint: "v2:0",
      failure: { class: "transient", kind: "rate-limited", message: "slow down" },
      until: "2026-11-02T12:05:00.000Z",
      waitMs: 300_000,
      by: { runId: "other", phaseId: "q", attempt: 1 },
    };
    const held: Refusal = { until: "time", limit, notBefore: limit.until };

    test("a phase waits until its time, and then takes a turn", () => {
      expect(decideAfter([], 0, plenty, held)).toMatchObject({
        do: "wait",
        until: new Date(limit.until),
        failure: { kind: "rate-limited", fingerprint: "v2:0" },
      });
      expect(decideAfter([], 0, plenty, { until: "turn", limit })).toEqual({
        do: "turn",
        account: "KEY 0000",
      });
    });

    test("the later of its own wait and the limit's holds", () => {
      const own = (retryAt: string) => [failure("rate-limited", "slow", { retryAt })];
      const until = (retryAt: string) => decideAfter(own(retryAt), 0, plenty, held);
      expect(until("2026-11-02T12:01:00.000Z")).toMatchObject({ do: "wait", until: new Date(limit.until) });
      const later = "2026-11-02T12:09:00.000Z";
      expect(until(later)).toMatchObject({ do: "wait", until: new Date(later) });
    });

    test("the wait ends a phase that has not failed only where the run's time does not reach", () => {
      expect(decideAfter([], 0, { ms: 1000, runMs: 3_600_000 }, held)).toMatchObject({ do: "wait" });
      expect(decideAfter([], 0, { ms: 1000, runMs: 1000 }, held)).toMatchObject({ do: "end" });
    });
  });

  test("a quota that comes back hours later is waited for beyond the phase's own time, within the run's", () => {
    const used = failure("quota-exhausted", "used up", { retryAt: "2026-11-02T17:00:00.000Z" });
    expect(decideAfter([used], 0, { ms: 60_000, runMs: 86_400_000 })).toMatchObject({ do: "wait" });
    expect(decideAfter([used], 0, { ms: 60_000, runMs: 3_600_000 })).toMatchObject({ do: "end" });
  });

  test("a wait that is longer than the time left ends the phase instead", () => {
    const limited = failure("rate-limited", "slow down", { retryAt: "2026-11-03T12:00:00.000Z" });
    expect(decideAfter([limited])).toMatchObject({ do: "end", failure: { kind: "time-exhausted" } });
  });

  test("spent budgets end the phase with their own kind", () => {
    expect(decideAfter([], 0, { ms: 0 })).toMatchObject({ do: "end", failure: { kind: "time-exhausted" } });
    const noTokens = { ms: 1000, tokens: 0 };
    expect(decideAfter([], 0, noTokens)).toMatchObject({ do: "end", failure: { kind: "tokens-exhausted" } });
  });

  test("two crashes running end the phase; two stops by a person do not", () => {
    for (const [cause, ends] of [
      ["crash", true],
      ["stopped", false],
    ] as const) {
      const run = new SampleRun(samplePlan([samplePhase("p")]));
      for (const _ of [1, 2]) {
        const attempt = run.build("p");
        run.append({ type: "attempt-interrupted", data: { phaseId: "p", attempt, cause, why: "gone" } });
      }
      const next = decideNext(run.state().phases[0]!, new Date(), plenty, policy, prospectsOf(), random);
      expect(next.do).toBe(ends ? "end" : "attempt");
    }
  });

  test("no sequence of failures is endless: every phase ends within its attempts and its time", () => {
    const kinds = fc.constantFrom(...(Object.keys(failureKinds) as FailureKind[]));
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, fc.string()), { minLength: 40, maxLength: 40 }), (drawn) => {
        const run = new SampleRun(samplePlan([samplePhase("p")]));
        let now = new Date("2026-11-02T12:00:00.000Z");
        let left = 20 * 60_000;
        let counted = 0;
        for (const [kind, message] of drawn) {
          const next = decideNext(run.state().phases[0]!, now, { ms: left }, policy, prospectsOf(), random);
          if (next.do === "end") return;
          if (next.do === "wait") {
            left -= next.until.getTime() - now.getTime();
            now = next.until;
          }
          run.failAttempt("p", failure(kind, message));
          if (failureKinds[kind].class !== "transient") counted++;
          now = new Date(Math.max(now.getTime(), Date.parse(run.state().lastEventAt)));
          left -= 60_000;
        }
        expect(counted).toBeLessThanOrEqual(3);
        expect(left).toBeGreaterThan(-120_000);
        expect.unreachable("forty failures and the phase still goes on");
      }),
    );
  });
});
