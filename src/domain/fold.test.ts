import { describe, expect, test } from "vitest";
import {
  SampleRun,
  sampleCheck,
  sampleFailure,
  samplePhase,
  samplePlan,
} from "../../test/harness/sample-run.ts";
import type { PhaseEvent, RunEvent } from "./events.ts";
import { applyRunEvent, foldRun, type RunState } from "./fold.ts";

const hash = (digit: string): string => digit.repeat(40);
const sample = (...ids: readonly string[]) =>
  new SampleRun(samplePlan((ids.length > 0 ? ids : ["a", "b"]).map((id) => samplePhase(id))));

/** What the fold says to one more event, a second after the last. */
function offer(state: RunState | undefined, event: RunEvent) {
  const at = new Date(Date.parse(state?.lastEventAt ?? "2026-11-02T12:00:00.000Z") + 1000).toISOString();
  return applyRunEvent("sample-1", state, { ...event, seq: (state?.seq ?? 0) + 1, at });
}
function refusal(run: SampleRun, event: RunEvent): string {
  const next = offer(run.state(), event);
  if (next.ok) throw new Error(`${event.type} was accepted`);
  expect(next.error.code).toBe("illegal-event");
  return next.error.message;
}

type DataOf<T extends PhaseEvent["type"]> = Omit<
  Extract<PhaseEvent, { type: T }>["data"],
  "phaseId" | "attempt"
>;
/** An event of the first attempt at phase a, unless `data` says another. */
const of = <T extends PhaseEvent["type"]>(
  type: T,
  data: DataOf<T> & { attempt?: number; phaseId?: string },
) => ({ type, data: { phaseId: "a", attempt: 1, ...data } }) as unknown as RunEvent;

const build = { exitCode: 0, durationMs: 1, tokens: null, claim: null, log: null };
const change = { base: hash("b"), tree: hash("7"), commit: hash("8"), fileCount: 0, files: [] };
const round = (number: number, tree = hash("7"), onto = hash("b")) =>
  of("verification-started", { round: number, tree, onto });
const integration = (over: object = {}) =>
  of("integration-started", {
    commit: hash("d"),
    tree: hash("7"),
    onto: hash("b"),
    ledgerHead: { seq: 1, hash: "1" },
    ...over,
  });
const interrupted = of("attempt-interrupted", { cause: "crash", why: "it was cut off" });
const failed = of("attempt-failed", { failure: sampleFailure(), tree: null });
const ended = (state: RunState["state"]): RunEvent => ({
  type: "run-ended",
  data: { state, why: "it ended" },
});

describe("a run", () => {
  test("begins with run-created, once", () => {
    const [created] = sample().events;
    expect(offer(undefined, ended("failed"))).toMatchObject({ ok: false });
    expect(refusal(sample(), created as unknown as RunEvent)).toContain("exists already");
    expect(foldRun("sample-1", [])).toMatchObject({ ok: false });
  });

  test("has no way out of its end", () => {
    const run = sample().end("cancelled", "a person ended it");
    for (const event of [
      { type: "run-started", data: { resumed: true, host: "host", pid: 2 } },
      { type: "run-woken", data: {} },
      { type: "request-accepted", data: { requestSeq: 1, type: "cancel-requested" } },
      ended("succeeded"),
    ] as const satisfies RunEvent[])
      expect(refusal(run, event)).toContain("cancelled");
  });

  test("that ended has no phase refused or skipped any more", () => {
    const run = sample().failPhase("a").end("failed", "nothing succeeded", "needs-human-review");
    const certificate = run.certificate("b");
    expect(offer(run.state(), of("phase-skipped", { phaseId: "b", certifiedIn: "x", certificate })).ok).toBe(
      false,
    );
  });

  test("does not end as a state that is no end", () => {
    for (const state of ["created", "running", "waiting"] as const)
      expect(refusal(sample(), ended(state))).toContain(`does not end as ${state}`);
  });

  test("does not end while a phase is under way", () => {
    const run = sample();
    run.build("a");
    expect(refusal(run, ended("cancelled"))).toContain("phase a is executing");
    const verifying = sample();
    verifying.verify("a");
    expect(refusal(verifying, ended("cancelled"))).toContain("phase a is verifying");
  });

  test("is succeeded exactly when all phases are complete", () => {
    const half = sample().complete("a");
    expect(refusal(half, ended("succeeded"))).toContain("without all phases complete");
    const whole = half.complete("b");
    for (const state of ["partial", "failed"] as const)
      expect(refusal(whole, ended(state))).toContain("with all phases complete");
    expect(offer(whole.state(), ended("succeeded"))).toMatchObject({
      ok: true,
      value: { state: "succeeded" },
    });
  });

  test("keeps what was published apart from what is being published and what was refused", () => {
    const run = sample().complete("a");
    const data = { branch: "autopack/sample-1", commit: run.state().head };
    run.append({ type: "publishing-started", data });
    expect(run.state().publishing).toEqual(data);
    run.append({ type: "publishing-refused", data: { ...data, why: "it is checked out" } });
    expect(run.state()).toMatchObject({ publishingRefused: { why: "it is checked out" } });
    expect(run.state().publishing).toBeUndefined();
    run.append({ type: "publishing-started", data }).append({ type: "run-published", data });
    expect(run.state().published).toEqual(data);
    expect(run.state().publishingRefused).toBeUndefined();
  });

  test("knows that a cancel was requested, and which request it read last", () => {
    const run = sample();
    expect(run.state()).toMatchObject({ cancelRequested: false, requestSeq: 0 });
    run.append({ type: "request-accepted", data: { requestSeq: 3, type: "cancel-requested" } });
    expect(run.state()).toMatchObject({ cancelRequested: true, requestSeq: 3, state: "running" });
  });

  test("that waits says on what, until it is woken or taken up again", () => {
    const run = sample().append({ type: "run-waiting", data: { on: "time", why: "a wait" } });
    expect(run.state()).toMatchObject({ state: "waiting", waiting: { on: "time" } });
    run.append({ type: "run-woken", data: {} });
    expect(run.state().waiting).toBeUndefined();
    expect(refusal(run, { type: "run-woken", data: {} })).toContain("running");
  });
});

describe("the time a run is under way", () => {
  const wait = (on: "time" | "person" | "budget"): RunEvent => ({
    type: "run-waiting",
    data: { on, why: "a wait" },
  });
  const taken: RunEvent = { type: "run-started", data: { resumed: true, host: "host", pid: 2 } };
  /** Every event of a sample comes a second after the one before. */
  const active = (...events: readonly RunEvent[]) =>
    events.reduce((run, event) => run.append(event), sample()).state().activeMs;

  test("does not count the time before the first process", () => {
    expect(active()).toBe(0);
  });

  test("counts from event to event, and a wait for a time too", () => {
    expect(active(wait("time"))).toBe(1000);
    expect(active(wait("time"), { type: "run-woken", data: {} })).toBe(2000);
  });

  test("does not count the time until another process takes the run up", () => {
    expect(active(taken)).toBe(0);
    expect(active(wait("person"), taken)).toBe(1000);
    expect(active(wait("time"), taken, wait("time"))).toBe(2000);
  });

  test("does not count a wait for a person or a budget", () => {
    for (const on of ["person", "budget"] as const) expect(active(wait(on), wait("time"))).toBe(1000);
  });

  test("never runs backwards with the clock", () => {
    const state = sample().state();
    const early = { ...wait("time"), seq: state.seq + 1, at: "2026-11-02T11:00:00.000Z" };
    expect(applyRunEvent("sample-1", state, early)).toMatchObject({ ok: true, value: { activeMs: 0 } });
  });
});

describe("a phase", () => {
  test("moves only in a run that is running; refused or skipped it may be before", () => {
    const [created] = sample().events;
    const state = offer(undefined, created as unknown as RunEvent);
    if (!state.ok) throw new Error("not created");
    const started = of("attempt-started", { base: hash("b"), builder: "claude" });
    expect(offer(state.value, started)).toMatchObject({ ok: false });
    expect(offer(state.value, of("phase-failed", { failure: sampleFailure(), because: "" }))).toMatchObject({
      ok: false,
    });
    expect(offer(state.value, of("phase-refused", { failure: sampleFailure() }))).toMatchObject({ ok: true });
    const skipped = of("phase-skipped", { certifiedIn: "x", certificate: sample().certificate("a") });
    expect(offer(state.value, skipped)).toMatchObject({ ok: true });
    const waiting = sample().append({ type: "run-waiting", data: { on: "person", why: "stopped" } });
    expect(refusal(waiting, started)).toContain("waiting");
  });

  test("that the plan does not have is refused", () => {
    expect(
      refusal(sample(), of("phase-refused", { phaseId: "nowhere", failure: sampleFailure() })),
    ).toContain("unknown phase: nowhere");
  });

  test("has no way out of its end", () => {
    const ends = [
      sample().complete("a"),
      sample().failPhase("a"),
      sample().block("a", "b"),
      sample().append(of("phase-skipped", { certifiedIn: "x", certificate: sample().certificate("a") })),
    ];
    for (const run of ends)
      for (const event of [
        of("attempt-started", { attempt: 2, base: hash("b"), builder: "claude" }),
        of("phase-failed", { failure: sampleFailure(), because: "again" }),
        of("phase-delayed", { until: "2026-11-02T13:00:00.000Z", failure: sampleFailure() }),
        failed,
      ])
        expect(refusal(run, event)).toContain("cannot follow in phase a");
  });

  test("numbers its attempts without a gap, and forgets its delay when one begins", () => {
    const run = sample().failAttempt("a");
    const again = (attempt: number) => of("attempt-started", { attempt, base: hash("b"), builder: "claude" });
    for (const attempt of [1, 3])
      expect(refusal(run, again(attempt))).toContain(`attempt ${attempt} after 1`);
    run.append(of("phase-delayed", { until: "2026-11-02T13:00:00.000Z", failure: sampleFailure() }));
    expect(run.state().phases[0]?.notBefore).toBe("2026-11-02T13:00:00.000Z");
    expect(run.append(again(2)).state().phases[0]?.notBefore).toBeUndefined();
  });

  test("is not refused any more once it was tried", () => {
    const run = sample();
    run.build("a");
    expect(refusal(run, of("phase-refused", { failure: sampleFailure() }))).toContain("executing");
  });
});

describe("an attempt", () => {
  const started = () => {
    const run = sample();
    return run.append(of("attempt-started", { base: run.state().head, builder: "claude" }));
  };

  test("is named by its events, or they are refused", () => {
    expect(refusal(started(), of("build-started", { attempt: 2, promptSha256: "" }))).toContain(
      "attempt 2 is not the one under way",
    );
  });

  test("calls its builder once, and the builder ends once", () => {
    const started_ = of("build-started", { promptSha256: "" });
    expect(refusal(started(), of("build-ended", { build }))).toContain("no builder is running");
    expect(refusal(started(), of("builder-warned", { warning: null }))).toContain("no builder is running");
    const run = started().append(started_);
    expect(refusal(run, started_)).toContain("started before");
    run.append(of("build-ended", { build }));
    expect(refusal(run, of("build-ended", { build }))).toContain("no builder is running");
  });

  test("reads its change once, after the builder ended, and judges it once, after it was read", () => {
    const run = sample();
    run.build("a");
    const [read, assessed] = [
      of("change-read", { change }),
      of("change-assessed", { violations: [], grantsUsed: [] }),
    ];
    expect(refusal(run, read)).toContain("after the builder ended");
    run.append(of("build-ended", { build }));
    expect(refusal(run, assessed)).toContain("after it was read");
    run.append(read);
    expect(refusal(run, read)).toContain("read once");
    run.append(assessed);
    expect(refusal(run, assessed)).toContain("assessed once");
  });

  test("is verified only when its change was judged and breaks no rule", () => {
    const unread = sample();
    unread.build("a");
    expect(refusal(unread, round(1))).toContain("only a change without violations");
    const broken = sample();
    broken.change("a", { violations: [{ kind: "out-of-scope", path: "x", message: "not in scope" }] });
    expect(refusal(broken, round(1))).toContain("only a change without violations");
  });

  test("is verified in rounds without a gap, and what follows names the round", () => {
    const run = sample();
    run.change("a");
    for (const number of [0, 2])
      expect(refusal(run, round(number))).toContain(`round ${number} is out of order`);
    run.append(round(1)).append(round(2));
    const decided = (number: number) =>
      of("gate-decided", { round: number, decision: "inconclusive", reasons: [] });
    expect(refusal(run, decided(1))).toContain("round 1 is not being verified");
    run.append(decided(2));
    expect(refusal(run, decided(2))).toContain("round 2 is not being verified");
  });

  test("takes no check of another round, and none once its gate has decided", () => {
    const run = sample();
    run.verify("a");
    const [result] = run.state().phases[0]!.attempts[0]!.verification!.checks;
    const check = (number: number) => of("check-ended", { round: number, result: result! });
    expect(refusal(run, check(1))).toContain("round 1 is not being verified");
    run.append(round(2));
    expect(refusal(run, check(1))).toContain("round 1 is not being verified");
    expect(offer(run.state(), check(2))).toMatchObject({ ok: true });
  });

  test("does not pass its gate over a check that failed or is inconclusive", () => {
    for (const outcome of ["failed", "inconclusive"] as const) {
      const run = sample();
      run.verify("a");
      const [check] = run.state().phases[0]!.attempts[0]!.verification!.checks;
      run.append(round(2)).append(of("check-ended", { round: 2, result: { ...check!, outcome } }));
      expect(refusal(run, of("gate-decided", { round: 2, decision: "pass", reasons: [] }))).toContain(
        "cannot pass over a check",
      );
    }
  });

  test("is integrated only when its gate passed, with the tree that passed, onto the run's head", () => {
    const run = sample();
    run.change("a");
    run.append(round(1));
    expect(refusal(run, integration())).toContain("only what the gate passed");
    run.append(of("gate-decided", { round: 1, decision: "inconclusive", reasons: [] }));
    expect(refusal(run, integration())).toContain("only what the gate passed");
    const passed = of("gate-decided", { round: 2, decision: "pass", reasons: [] });
    run.append(round(2));
    expect(refusal(run, passed)).toContain("nothing was checked");
    run.append(of("check-ended", { round: 2, result: sampleCheck() })).append(passed);
    expect(refusal(run, integration({ tree: hash("9") }))).toContain("another tree was verified");
    expect(refusal(run, integration({ onto: hash("9") }))).toContain("another tree was verified");
    expect(offer(run.state(), integration())).toMatchObject({ ok: true });
  });

  test("is not integrated onto a head that moved meanwhile", () => {
    const run = sample();
    run.verify("a");
    run.complete("b");
    expect(refusal(run, integration())).toContain("but the head is");
  });

  test("is complete only with a certificate for what was integrated", () => {
    const run = sample();
    run.verify("a");
    const complete = (over: object = {}) =>
      of("phase-completed", { certificate: run.certificate("a", { commit: hash("d"), ...over }) });
    expect(refusal(run, complete())).toContain("nothing was integrated");
    run.append(integration());
    expect(refusal(run, complete({ tree: hash("9") }))).toContain("for another tree");
    expect(refusal(run, complete({ commit: hash("9") }))).toContain("for another tree");
    expect(refusal(run, complete({ attempt: 2 }))).toContain("for another attempt");
    expect(refusal(run, complete({ phaseId: "b" }))).toContain("for another attempt");
    expect(refusal(run, complete({ onto: hash("9") }))).toContain("for another base");
    run.append(complete());
    expect(run.state()).toMatchObject({
      head: hash("d"),
      phases: [{ state: "complete" }, { state: "queued" }],
    });
  });

  test("whose integration began is neither verified anew nor interrupted", () => {
    const run = sample();
    run.verify("a");
    run.append(integration());
    expect(refusal(run, round(2))).toContain("being integrated");
    expect(refusal(run, interrupted)).toContain("finished, not interrupted");
  });

  test("that ended takes no further event", () => {
    for (const event of [failed, interrupted]) {
      const run = started().append(event);
      expect(refusal(run, failed)).toContain("queued");
      expect(refusal(run, of("build-started", { promptSha256: "" }))).toContain("queued");
    }
  });

  test("that was cut off says where its files are kept", () => {
    const rescue = { ref: "refs/autopack/rescue/sample-1/a/1", commit: hash("8") };
    const run = started().append(of("attempt-interrupted", { cause: "stopped", why: "a person", rescue }));
    expect(run.state().phases[0]?.attempts[0]).toMatchObject({
      outcome: "interrupted",
      interruption: { cause: "stopped", why: "a person", rescue },
    });
  });
});

describe("folding", () => {
  test("changes no state that was folded before", () => {
    const run = sample();
    const before = run.state();
    const text = JSON.stringify(before);
    offer(before, of("attempt-started", { base: before.head, builder: "claude" }));
    offer(before, ended("cancelled"));
    expect(JSON.stringify(before)).toBe(text);
  });
});
