import { describe, expect, it } from "vitest";
import {
  check,
  covered,
  delivered,
  fault,
  finding,
  good,
  hollow,
  noChanges,
  withCheck,
} from "../../test/harness/observed.ts";
import { plainPolicy } from "../../test/harness/sample-run.ts";
import type { CoverageDelta } from "../domain/coverage.ts";
import type { Inspection } from "../domain/finding.ts";
import type { CoveragePolicy } from "../domain/plan.ts";
import type { TestComparison } from "../domain/tests.ts";
import { decideGate, type GateCheck, type GateReason, gateChecks, type Observed } from "./gate.ts";
import { gateProblem } from "./gate-problem.ts";

describe("the gate", () => {
  it("passes when everything that had to be seen was seen and is good", () => {
    expect(decideGate(good)).toEqual({ decision: "pass", reasons: [], accepted: [] });
  });
  const failing: TestComparison = {
    baseline: "valid",
    counts: { total: 2, passed: 1, failed: 1, skipped: 0 },
    changes: { ...noChanges, "new-failure": 1 },
    listed: [{ change: "new-failure", id: "a.test.ts > adds", file: "a.test.ts", name: "adds" }],
  };
  const flaky: TestComparison = {
    ...failing,
    changes: { ...noChanges, flaky: 1 },
    listed: [{ change: "flaky", id: "a.test.ts > adds", file: "a.test.ts", name: "adds" }],
  };
  const covers = (changed: CoverageDelta["changed"]): Observed =>
    withCheck(check("test", "passed", { coverage: { ...covered, changed } }));
  const asks = (coverage: Partial<CoveragePolicy>): Pick<Observed, "policy"> => ({
    policy: { ...plainPolicy, coverage: { unmeasured: "review", ...coverage } },
  });
  const inspected = (inspection: Partial<Inspection>): Observed => ({
    ...good,
    inspection: { findings: [], faults: [], ...inspection },
  });

  /** Each is good but for one thing. */
  const alone: readonly (readonly [string, GateCheck, GateReason["level"], Observed])[] = [
    ["a deliverable", "deliverables", "block", { ...good, deliverables: [delivered, hollow] }],
    ["a file that does not parse", "sources", "block", inspected({ faults: [fault] })],
    ["tampering", "tampering", "block", inspected({ findings: [finding] })],
    [
      "what may be tampering",
      "tampering",
      "needs-review",
      inspected({ findings: [{ ...finding, severity: "review" }] }),
    ],
    ["setup", "setup", "block", withCheck(check("setup-1", "failed", { kind: "setup" }), check("test"))],
    [
      "an inconclusive setup",
      "setup",
      "inconclusive",
      withCheck(check("setup-1", "inconclusive", { kind: "setup" }), check("test")),
    ],
    ["a check", "checks", "block", withCheck(check("test", "failed"), check("lint"))],
    ["an inconclusive check", "checks", "inconclusive", withCheck(check("test", "inconclusive"))],
    [
      "a new failure",
      "tests",
      "block",
      withCheck(check("test", "failed", { reported: true, tests: failing })),
    ],
    [
      "tests that are gone, with nothing in their place",
      "tests",
      "needs-review",
      withCheck(
        check("test", "passed", {
          tests: { ...failing, changes: { ...noChanges, removed: 2 }, listed: [], unreplaced: 1 },
        }),
      ),
    ],
    [
      "the same, where the plan says so",
      "tests",
      "block",
      {
        ...withCheck(check("test", "passed", { tests: { ...flaky, unreplaced: 1 } })),
        policy: { ...plainPolicy, tests: { flaky: "allow", removed: "block" } },
      },
    ],
    [
      "a flaky test, where the plan says so",
      "tests",
      "block",
      {
        ...withCheck(check("test", "failed", { tests: flaky, excused: "it is flaky" })),
        policy: { ...plainPolicy, tests: { flaky: "block" } },
      },
    ],
    [
      "changed lines that are not covered",
      "coverage",
      "block",
      { ...covers({ measured: true, value: { covered: 7, total: 10 } }), ...asks({ minChanged: 80 }) },
    ],
    [
      "a drop of coverage",
      "coverage",
      "block",
      {
        ...withCheck(
          check("test", "passed", {
            coverage: { ...covered, total: { measured: true, value: { covered: 80, total: 100 } } },
          }),
        ),
        ...asks({ maxDrop: 5 }),
      },
    ],
    [
      "coverage that was not measured",
      "coverage",
      "needs-review",
      { ...covers({ measured: false, why: "no report" }), ...asks({ minChanged: 80 }) },
    ],
    [
      "an acceptance command",
      "acceptance",
      "block",
      withCheck(check("test"), check("acceptance-1", "failed", { kind: "acceptance" })),
    ],
    [
      "a check that did not run",
      "not-run",
      "inconclusive",
      { ...withCheck(check("lint")), expected: ["lint", "test"] },
    ],
    ["no check at all", "not-run", "inconclusive", withCheck()],
    [
      "setup and no check",
      "not-run",
      "inconclusive",
      withCheck(check("setup-1", "passed", { kind: "setup" })),
    ],
    ["no deliverable", "not-run", "inconclusive", { ...good, deliverables: [] }],
  ];
  it.each(alone)("with %s alone, %s decide: %s", (_, by, level, observed) => {
    const { decision, reasons } = decideGate(observed);
    expect(decision).toBe(level);
    expect(reasons).toEqual([{ check: by, level, key: expect.any(String), message: expect.any(String) }]);
  });
  it("has a case for every one of its checks", () => {
    expect([...new Set(alone.map(([, by]) => by))].sort()).toEqual([...gateChecks].sort());
  });
  it.each<[string, Observed]>([
    ["a failure that was there before", withCheck(check("test", "failed", { excused: "it failed before" }))],
    ["a flaky test", withCheck(check("test", "failed", { tests: flaky, excused: "it is flaky" }))],
    ["tampering that the plan allows", inspected({ findings: [{ ...finding, allowed: "as agreed" }] })],
    ["a note", inspected({ findings: [{ ...finding, severity: "note" }] })],
    ["a warning", inspected({ faults: [{ ...fault, severity: "warning" }] })],
    [
      "changed lines that nothing executes, and a threshold",
      { ...covers({ measured: true, value: { covered: 0, total: 0 } }), ...asks({ minChanged: 80 }) },
    ],
    [
      "coverage that was not measured, where that is allowed",
      { ...covers({ measured: false, why: "-" }), ...asks({ minChanged: 80, unmeasured: "allow" }) },
    ],
    ["low coverage that nobody asked about", covers({ measured: true, value: { covered: 0, total: 9 } })],
  ])("passes over %s", (_, observed) => {
    expect(decideGate({ policy: plainPolicy, ...observed })).toMatchObject({ decision: "pass", reasons: [] });
  });
  it("says nothing of coverage where nothing ran that could have measured it", () => {
    const early = { deliverables: [hollow], checks: [], ...asks({ minChanged: 80 }) };
    expect(decideGate(early).reasons.map(({ check: by }) => by)).toEqual(["deliverables", "not-run"]);
  });
  it("passes over what a person has accepted, and over nothing else", () => {
    const reviewed = inspected({ findings: [{ ...finding, severity: "review" }] });
    const [review] = decideGate(reviewed).reasons;
    const approved = new Set([review?.key ?? ""]);
    expect(decideGate({ ...reviewed, approved })).toMatchObject({ decision: "pass", accepted: [review] });
    expect(decideGate({ ...reviewed, approved: new Set(["tampering other"]) }).decision).toBe("needs-review");
    const blocked = inspected({ findings: [finding] });
    const all = new Set(decideGate(blocked).reasons.map(({ key }) => key));
    expect(decideGate({ ...blocked, approved: all }).decision).toBe("block");
    const unknown = withCheck(check("test", "inconclusive"));
    const keys = new Set(decideGate(unknown).reasons.map(({ key }) => key));
    expect(decideGate({ ...unknown, approved: keys }).decision).toBe("inconclusive");
  });
  it("names every reason, what blocks before what is not known", () => {
    const { decision, reasons } = decideGate({
      deliverables: [hollow],
      checks: [check("lint", "inconclusive"), check("test", "failed")],
      expected: ["lint", "test", "acceptance-1"],
    });
    expect(decision).toBe("block");
    expect(reasons.map(({ message }) => message)).toEqual([
      "src/b.ts is no work: it is empty.",
      "test failed: npm run test exited with 1",
      "lint is inconclusive: npm run lint: it was killed by SIGKILL",
      "acceptance-1 did not run",
    ]);
  });
});

describe("the problem of a gate", () => {
  it("is the deliverables first, the rest is evidence", () => {
    const problem = gateProblem({
      deliverables: [delivered, hollow],
      checks: [check("test", "failed")],
      expected: ["lint"],
    });
    expect(problem).toEqual({
      kind: "deliverable-hollow",
      message: "src/b.ts is no work: it is empty.",
      evidence: [
        { label: "gate", detail: "test failed: npm run test exited with 1" },
        { label: "gate", detail: "lint did not run" },
      ],
    });
  });
  it("is setup before the checks that follow it", () => {
    const setup = check("setup-1", "inconclusive", { kind: "setup" });
    expect(gateProblem(withCheck(check("test", "failed"), setup))).toMatchObject({ kind: "setup-failed" });
    expect(gateProblem({ deliverables: [], checks: [setup] })).toMatchObject({
      kind: "setup-failed",
      evidence: [
        { label: "output", detail: "output of setup-1" },
        { label: "log", detail: "logs/setup-1.log" },
      ],
    });
  });
  it("is a check that failed before one that is inconclusive", () => {
    const acceptance = check("acceptance-1", "failed", { kind: "acceptance" });
    expect(
      gateProblem(withCheck(check("lint", "inconclusive"), check("test", "failed"), acceptance)).kind,
    ).toBe("check-failed");
    expect(gateProblem(withCheck(check("lint", "inconclusive"), acceptance)).kind).toBe("acceptance-failed");
    expect(gateProblem(withCheck(check("lint", "inconclusive"))).kind).toBe("check-inconclusive");
  });
  it("says so when the change only failed once merged", () => {
    expect(gateProblem({ ...withCheck(check("test", "failed")), merged: true }).kind).toBe(
      "merge-check-failed",
    );
    expect(gateProblem({ ...withCheck(check("test", "inconclusive")), merged: true }).kind).toBe(
      "check-inconclusive",
    );
  });
  it("is that nothing is known, when nothing ran", () => {
    expect(gateProblem({ deliverables: [delivered], checks: [], expected: ["test"] })).toMatchObject({
      kind: "check-inconclusive",
      message: "Nothing is known about the tree: test did not run, no check and no acceptance command ran.",
    });
  });
  it("shows command, exit code and both ends of the output, without terminal codes", () => {
    const tail = `${"x".repeat(5_000)}\n\u001b[31m1 test failed\u001b[0m\n`;
    const head = `npm error Missing script: "\u001b[1mtets\u001b[0m"\n${"y".repeat(1900)}`;
    const { message, evidence } = gateProblem(
      withCheck(check("test", "failed", { head, tail, exitCode: 3 })),
    );
    expect(message).toBe("test failed: npm run test exited with 3.");
    expect(evidence).toEqual([
      {
        label: "output",
        detail: 'npm error Missing script: "tets"\n[… the log has the whole …]\n1 test failed',
      },
      { label: "log", detail: "logs/test.log" },
    ]);
    expect(gateProblem(withCheck(check("test", "failed", { tail: " \n" }))).evidence[0]?.detail).toBe(
      "It printed nothing.",
    );
  });
});
