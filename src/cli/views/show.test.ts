import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import { phaseDetail } from "./phase-detail.ts";
import { renderPhase } from "./show.ts";

const plan = samplePlan([samplePhase("index"), samplePhase("http", { dependsOn: ["index"] })]);

function failedRun(): SampleRun {
  const files = [
    { path: "src/index.ts", status: "modified" as const },
    { path: "test/index.test.ts", status: "deleted" as const },
  ];
  return new SampleRun(plan)
    .failAttempt("index", sampleFailure(), { claim: "all tests pass", files, tokens: null })
    .failPhase("index")
    .block("http", "index");
}

describe("one phase in full", () => {
  it("sets what was claimed beside what was found", () => {
    const logs = [{ path: "logs/test.log", text: "1 test failed\n\u001b[2Jsee above\n" }];
    expect(renderPhase(failedRun().state(), "index", logs)).toBe(`index: Phase index
State: failed
Attempts: 1 (limit 3)
Tokens: unknown for 1 attempt

Attempt 1: failed, 8.0 s
  Started: 2026-11-02 12:00:02 UTC
  Base: ${"b".repeat(40)}
  Builder: claude, exit code 0, 12 s, tokens unknown
  Log: logs/index-builder.log
  Claimed: “all tests pass”
  Found: check test exited with 1
  Change: 2 files, tree ${"7".repeat(40)}
    M src/index.ts
    D test/index.test.ts
  Checks on tree ${"7".repeat(40)}:
    test: failed, exit code 1, 3.0 s
      $ npm test
      Log: logs/test.log
      | 1 test failed
      | see above
  Gate: block
    check test failed
  Failure: quality, check-failed (a check exited non-zero on the resulting tree)
    check test exited with 1
    check: npm test
    Fingerprint: v1:0123456789abcdef
    Next: Read the check's log with \`autopack show sample-1 index\`.

Failed: the attempt limit is reached
`);
  });

  it("names the cause of a blocked phase", () => {
    expect(renderPhase(failedRun().state(), "http")).toContain(
      "Blocked by: index\nRoot cause: index, failed, check-failed: check test exited with 1\nAttempts: none",
    );
  });

  it("ends with the certificate of a complete phase", () => {
    const text = renderPhase(new SampleRun(plan).complete("index").state(), "index");
    expect(text).toContain(
      "  Held by: no sandbox (bubblewrap is not installed): files and network not limited;",
    );
    expect(text).toContain("Found: proven: every check passed on the resulting tree");
    expect(text).toContain("Certificate of attempt 1 in run sample-1:\n  Tree: 7777");
    expect(text).toContain("  Check: test, exit code 0, network loopback: npm test\n");
  });

  it("tells broken rules, and that no check was run over them", () => {
    const run = new SampleRun(plan);
    const violations = [{ kind: "test-deleted" as const, path: "test/a.test.ts", message: "a test is gone" }];
    run.change("index", { violations });
    const text = renderPhase(run.state(), "index");
    expect(text).toContain(
      "Rule broken: test-deleted, test/a.test.ts: a test is gone\n  Checks: none were run",
    );
  });

  it("tells where the files of an interrupted attempt are kept", () => {
    const run = new SampleRun(plan);
    const attempt = run.build("index");
    const rescue = { ref: "refs/autopack/rescue/x", commit: "c" };
    run.append({
      type: "attempt-interrupted",
      data: { phaseId: "index", attempt, cause: "stopped", why: "Ctrl-C", rescue },
    });
    const text = renderPhase(run.state(), "index");
    expect(text).toContain("Found: nothing is known, the attempt was cut off: Ctrl-C");
    expect(text).toContain("Kept as: refs/autopack/rescue/x");
  });

  it("is undefined for a phase that the run does not have", () => {
    expect(renderPhase(failedRun().state(), "none")).toBeUndefined();
    expect(phaseDetail(failedRun().state(), "none")).toBeUndefined();
  });

  it("has the same as data", () => {
    expect(phaseDetail(failedRun().state(), "index")).toMatchObject({
      schemaVersion: 1,
      tokens: { reported: 0, attempts: 1, attemptsUnknown: 1 },
      attempts: [
        {
          attempt: 1,
          outcome: "failed",
          claim: "all tests pass",
          found: "check test exited with 1",
          change: { files: [{ status: "M" }, { status: "D" }] },
          verification: { decision: "block", checks: [{ name: "test", exitCode: 1, log: "logs/test.log" }] },
        },
      ],
      failure: { kind: "check-failed", action: "Read the check's log with `autopack show sample-1 index`." },
    });
  });
});
