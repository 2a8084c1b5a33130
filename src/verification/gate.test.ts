import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CheckResult } from "../domain/certificate.ts";
import type { DeliverableResult } from "./deliverables.ts";
import { decideGate, gateProblem, type Observed } from "./gate.ts";

const outcomeOf = { passed: 0, failed: 1, inconclusive: null } as const;
const check = (
  name: string,
  outcome: CheckResult["outcome"] = "passed",
  given: Partial<CheckResult> = {},
): CheckResult => ({
  name,
  kind: "check",
  argv: ["sh", "-c", `npm run ${name}`],
  cwd: ".",
  outcome,
  exitCode: outcomeOf[outcome],
  network: "loopback",
  ...(outcome === "inconclusive" ? { why: "it was killed by SIGKILL" } : {}),
  startedAt: "2026-06-15T00:00:00.000Z",
  durationMs: 5,
  log: { path: `logs/${name}.log`, sha256: "0".repeat(64), bytes: 3, truncated: false },
  tail: `output of ${name}\n`,
  ...given,
});
const delivered: DeliverableResult = { path: "src/a.ts", outcome: "ok", message: "src/a.ts is delivered." };
const hollow: DeliverableResult = {
  path: "src/b.ts",
  outcome: "deliverable-hollow",
  message: "src/b.ts is no work: it is empty.",
};
const good: Observed = {
  deliverables: [delivered],
  checks: [
    check("setup-1", "passed", { kind: "setup" }),
    check("test"),
    check("acceptance-1", "passed", { kind: "acceptance" }),
  ],
  expected: ["test", "acceptance-1"],
};
const withCheck = (...checks: CheckResult[]): Observed => ({ deliverables: [delivered], checks });

describe("the gate", () => {
  it("passes when everything that had to be seen was seen and is good", () => {
    expect(decideGate(good)).toEqual({ decision: "pass", reasons: [] });
  });
  it.each([
    ["a deliverable", { ...good, deliverables: [delivered, hollow] }],
    ["setup", withCheck(check("setup-1", "failed", { kind: "setup" }), check("test"))],
    ["a check", withCheck(check("test", "failed"), check("lint"))],
    [
      "an acceptance command",
      withCheck(check("test"), check("acceptance-1", "failed", { kind: "acceptance" })),
    ],
  ])("is blocked by %s alone", (_, observed) => {
    expect(decideGate(observed)).toMatchObject({ decision: "block", reasons: [expect.any(String)] });
  });
  it.each([
    ["an inconclusive check", withCheck(check("test", "inconclusive"))],
    ["an inconclusive setup", withCheck(check("setup-1", "inconclusive", { kind: "setup" }), check("test"))],
    ["a check that did not run", { ...withCheck(check("lint")), expected: ["lint", "test"] }],
    ["no check at all", withCheck()],
    ["setup and no check", withCheck(check("setup-1", "passed", { kind: "setup" }))],
    ["no deliverable", { ...good, deliverables: [] }],
  ])("is inconclusive with %s alone", (_, observed) => {
    expect(decideGate(observed)).toMatchObject({ decision: "inconclusive", reasons: [expect.any(String)] });
  });
  it("names every reason, what blocks before what is not known", () => {
    const { decision, reasons } = decideGate({
      deliverables: [hollow],
      checks: [check("lint", "inconclusive"), check("test", "failed")],
      expected: ["lint", "test", "acceptance-1"],
    });
    expect(decision).toBe("block");
    expect(reasons).toEqual([
      "src/b.ts is no work: it is empty.",
      "test failed: npm run test exited with 1",
      "lint is inconclusive: npm run lint: it was killed by SIGKILL",
      "acceptance-1 did not run",
    ]);
  });
});

describe("laws of the gate", () => {
  const outcomes = ["passed", "inconclusive", "failed"] as const;
  const kind = fc.constantFrom("setup" as const, "check" as const, "acceptance" as const);
  const checks = fc.array(
    fc
      .record({ name: fc.constantFrom("a", "b", "c"), kind, outcome: fc.constantFrom(...outcomes) })
      .map(({ name, outcome, kind: of }) => check(name, outcome, { kind: of })),
    { maxLength: 5 },
  );
  const observed = fc.record({
    deliverables: fc.array(fc.constantFrom(delivered, hollow), { maxLength: 3 }),
    checks,
    expected: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
  });
  const rank = (one: Observed) => ["block", "inconclusive", "pass"].indexOf(decideGate(one).decision);

  /** Everything that differs from `one` by one input being worse. */
  function worse(one: Required<Observed>): Observed[] {
    return [
      ...one.deliverables.map((_, at) => ({ ...one, deliverables: one.deliverables.with(at, hollow) })),
      ...one.checks.flatMap((before, at) =>
        outcomes.slice(outcomes.indexOf(before.outcome)).map((outcome) => ({
          ...one,
          checks: one.checks.with(at, check(before.name, outcome, { kind: before.kind })),
        })),
      ),
      ...one.checks
        .filter((before) => before.outcome === "passed")
        .map((before) => ({ ...one, checks: one.checks.filter((other) => other !== before) })),
      { ...one, expected: [...one.expected, "never"] },
    ];
  }

  it("making any single input worse never makes the decision better", () => {
    fc.assert(
      fc.property(observed, (one) => {
        for (const other of worse(one)) expect(rank(other)).toBeLessThanOrEqual(rank(one));
      }),
    );
  });
  it("a pass needs a deliverable, a check, and nothing but good results", () => {
    fc.assert(
      fc.property(observed, (one) => {
        if (decideGate(one).decision !== "pass") return;
        expect(one.deliverables.length).toBeGreaterThan(0);
        expect(one.checks.some((c) => c.kind !== "setup")).toBe(true);
        expect(one.checks.every((c) => c.outcome === "passed")).toBe(true);
        expect(one.expected.every((name) => one.checks.some((c) => c.name === name))).toBe(true);
      }),
    );
  });
  it("whatever does not pass has a reason and is a problem, and what passes has none", () => {
    fc.assert(
      fc.property(observed, (one) => {
        const { decision, reasons } = decideGate(one);
        expect(reasons.length > 0).toBe(decision !== "pass");
        if (decision === "pass") expect(() => gateProblem(one)).toThrow("no problem");
        else expect(gateProblem(one).message).not.toBe("");
      }),
    );
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
