import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, delivered, fault, finding, hollow, noChanges } from "../../test/harness/observed.ts";
import { plainPolicy } from "../../test/harness/sample-run.ts";
import type { CheckResult } from "../domain/certificate.ts";
import type { CoverageDelta } from "../domain/coverage.ts";
import { gateDecisions } from "../domain/events.ts";
import type { TamperFinding } from "../domain/finding.ts";
import type { TestComparison } from "../domain/tests.ts";
import { decideGate, type Observed } from "./gate.ts";
import { gateProblem } from "./gate-problem.ts";

describe("laws of the gate", () => {
  const outcomes = ["passed", "inconclusive", "failed"] as const;
  const kind = fc.constantFrom("setup" as const, "check" as const, "acceptance" as const);
  const checks = fc.array(
    fc
      .record({ name: fc.constantFrom("a", "b", "c"), kind, outcome: fc.constantFrom(...outcomes) })
      .map(({ name, outcome, kind: of }) => check(name, outcome, { kind: of })),
    { maxLength: 5 },
  );
  const severities = ["note", "review", "block"] as const;
  const percent = fc.record({ covered: fc.nat(10), more: fc.nat(10) }).map(({ covered: hit, more }) => ({
    measured: true as const,
    value: { covered: hit, total: hit + more },
  }));
  const measure = fc.oneof(percent, fc.constant({ measured: false as const, why: "no report" }));
  const coverage = fc.option(fc.record({ total: measure, baseline: measure, changed: measure }), {
    nil: undefined,
  });
  const observed = fc
    .record({
      deliverables: fc.array(fc.constantFrom(delivered, hollow), { maxLength: 3 }),
      checks,
      expected: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
      findings: fc.array(fc.constantFrom(...severities), { maxLength: 3 }),
      faults: fc.array(fc.constantFrom("error" as const, "warning" as const), { maxLength: 2 }),
      coverage,
      minChanged: fc.constantFrom(undefined, 0, 50, 100),
      maxDrop: fc.constantFrom(undefined, 0, 20),
      unmeasured: fc.constantFrom("allow" as const, "review" as const, "block" as const),
    })
    .map((drawn) => {
      const thresholds = {
        ...(drawn.minChanged === undefined ? {} : { minChanged: drawn.minChanged }),
        ...(drawn.maxDrop === undefined ? {} : { maxDrop: drawn.maxDrop }),
      };
      const [first, ...others] = drawn.checks;
      const measured = drawn.coverage ? { coverage: { ...drawn.coverage, uncovered: [] } } : {};
      return {
        deliverables: drawn.deliverables,
        checks: first ? [{ ...first, ...measured }, ...others] : [],
        expected: drawn.expected,
        inspection: {
          findings: drawn.findings.map((severity) => ({ ...finding, severity })),
          faults: drawn.faults.map((severity) => ({ ...fault, severity })),
        },
        policy: { ...plainPolicy, coverage: { unmeasured: drawn.unmeasured, ...thresholds } },
      };
    });
  type Drawn = typeof observed extends fc.Arbitrary<infer T> ? T : never;
  const rank = (one: Observed) => gateDecisions.indexOf(decideGate(one).decision);

  /** Everything that differs from `one` by one input being worse. */
  function worse(one: Drawn): Observed[] {
    const { inspection } = one;
    const withFindings = (findings: readonly TamperFinding[]) => ({
      ...one,
      inspection: { ...inspection, findings },
    });
    return [
      ...one.deliverables.map((_, at) => ({ ...one, deliverables: one.deliverables.with(at, hollow) })),
      ...one.checks.flatMap((before, at) =>
        outcomes.slice(outcomes.indexOf(before.outcome)).map((outcome) => ({
          ...one,
          checks: one.checks.with(at, {
            ...check(before.name, outcome, { kind: before.kind }),
            ...coverageOf(before),
          }),
        })),
      ),
      ...one.checks
        .filter((before) => before.outcome === "passed" && before.coverage === undefined)
        .map((before) => ({ ...one, checks: one.checks.filter((other) => other !== before) })),
      { ...one, expected: [...one.expected, "never"] },
      ...one.checks.map((before, at) => ({
        ...one,
        checks: one.checks.with(at, {
          ...before,
          tests: { ...compared, unreplaced: (before.tests?.unreplaced ?? 0) + 1 },
        }),
      })),
      ...severities.map((severity) => withFindings([...inspection.findings, { ...finding, severity }])),
      ...inspection.findings.flatMap((before, at) =>
        severities
          .slice(severities.indexOf(before.severity as (typeof severities)[number]))
          .map((severity) => withFindings(inspection.findings.with(at, { ...before, severity }))),
      ),
      { ...one, inspection: { ...inspection, faults: [...inspection.faults, fault] } },
      ...one.checks.flatMap((before, at) =>
        lessCovered(before).map((coverage) => ({
          ...one,
          checks: one.checks.with(at, { ...before, coverage }),
        })),
      ),
    ];
  }
  const compared: TestComparison = {
    baseline: "valid",
    counts: { total: 1, passed: 1, failed: 0, skipped: 0 },
    changes: noChanges,
    listed: [],
  };
  const coverageOf = ({ coverage }: CheckResult) => (coverage ? { coverage } : {});

  /** One line fewer is covered, of the changed ones or of all. */
  function lessCovered({ coverage }: CheckResult): CoverageDelta[] {
    if (!coverage) return [];
    const less = (what: CoverageDelta["total"]): CoverageDelta["total"][] =>
      what.measured && what.value.covered > 0
        ? [{ measured: true, value: { ...what.value, covered: what.value.covered - 1 } }]
        : [];
    return [
      ...less(coverage.changed).map((changed) => ({ ...coverage, changed })),
      ...less(coverage.total).map((total) => ({ ...coverage, total })),
    ];
  }

  it("making any single input worse never makes the decision better", () => {
    fc.assert(
      fc.property(observed, (one) => {
        for (const other of worse(one)) expect(rank(other)).toBeGreaterThanOrEqual(rank(one));
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
