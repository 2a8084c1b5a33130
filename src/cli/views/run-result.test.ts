import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import type { RunState } from "../../domain/fold.ts";
import { exitCodeOf, runResult } from "./run-result.ts";

const twoPhases = () =>
  new SampleRun(samplePlan([samplePhase("tokenizer"), samplePhase("http", { dependsOn: ["tokenizer"] })]));

const failedRun = (reason?: NonNullable<RunState["reason"]>) =>
  twoPhases().failPhase("tokenizer").block("http", "tokenizer").end("failed", "nothing is proven", reason);

describe("the object that run ends with", () => {
  it("has proof for what is complete, and cause and action for what is not", () => {
    const run = twoPhases().complete("tokenizer").failAttempt("http", sampleFailure(), { tokens: null });
    run.failPhase("http");
    const { head } = run.state();
    run.append({ type: "run-published", data: { branch: "autopack/sample-1", commit: head } });
    run.end("partial", "1 phase failed");
    expect(runResult(run.state())).toEqual({
      schemaVersion: 1,
      runId: "sample-1",
      state: "partial",
      why: "1 phase failed",
      purpose: "work",
      phases: [
        {
          phaseId: "tokenizer",
          state: "complete",
          attempts: 1,
          certificate: { tree: "7".repeat(40), commit: head, checks: 1 },
          tokens: 1000,
        },
        {
          phaseId: "http",
          state: "failed",
          attempts: 1,
          failure: {
            class: "quality",
            kind: "check-failed",
            message: "check test exited with 1",
            fingerprint: "v1:0123456789abcdef",
            action: "Read the check's log with `autopack show sample-1 http`.",
          },
          tokens: null,
        },
      ],
      tokens: { reported: 1000, attemptsUnknown: 1 },
      startedAt: "2026-11-02T12:00:01.000Z",
      endedAt: "2026-11-02T12:00:23.000Z",
      seconds: 22,
      branch: "autopack/sample-1",
      merge: "git merge autopack/sample-1",
    });
  });

  it("names no end and no merge before the run has ended", () => {
    const result = runResult(twoPhases().complete("tokenizer").state());
    expect(result).toMatchObject({ state: "running", endedAt: null, seconds: null });
    expect(result).not.toHaveProperty("merge");
  });

  it("names who blocks a phase", () => {
    expect(runResult(failedRun().state()).phases[1]).toMatchObject({
      state: "blocked",
      blockedBy: "tokenizer",
      tokens: 0,
    });
  });
});

describe("exit codes", () => {
  it("is 0 only when the run succeeded", () => {
    const run = twoPhases().complete("tokenizer").complete("http").end("succeeded", "all complete");
    expect(exitCodeOf(run.state())).toBe(0);
  });

  it.each([
    [undefined, 1],
    ["budget-exhausted", 5],
    ["needs-human-review", 1],
    ["policy-violation", 3],
    ["environment", 4],
  ] as const)("of a failed run with reason %s is %i", (reason, code) => {
    expect(exitCodeOf(failedRun(reason).state())).toBe(code);
  });

  it("of a partial run is 1 for policy and environment, since it was not stopped whole", () => {
    const partial = (reason: NonNullable<RunState["reason"]>) =>
      twoPhases().complete("tokenizer").failPhase("http").end("partial", "http failed", reason).state();
    expect([exitCodeOf(partial("policy-violation")), exitCodeOf(partial("environment"))]).toEqual([1, 1]);
    expect(exitCodeOf(partial("budget-exhausted"))).toBe(5);
  });

  it("of a cancelled run is 1, even when a stop came with it", () => {
    const cancelled = twoPhases().end("cancelled", "asked to").state();
    expect([exitCodeOf(cancelled), exitCodeOf(cancelled, true)]).toEqual([1, 1]);
  });

  it("of a run that has not ended is 130, or what it waits on when nobody stopped it", () => {
    const waiting = (on: "time" | "person" | "budget") =>
      twoPhases()
        .append({ type: "run-waiting", data: { on, why: "why" } })
        .state();
    expect(exitCodeOf(twoPhases().state())).toBe(130);
    expect((["time", "person", "budget"] as const).map((on) => exitCodeOf(waiting(on)))).toEqual([130, 6, 5]);
    expect(exitCodeOf(waiting("person"), true)).toBe(130);
  });
});
