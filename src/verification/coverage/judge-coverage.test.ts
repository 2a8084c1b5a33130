import fc from "fast-check";
import { expect, test } from "vitest";
import type { CoverageDelta, LineCount, Measure } from "../../domain/coverage.ts";
import type { CoveragePolicy } from "../../domain/plan.ts";
import { judgeCoverage } from "./judge-coverage.ts";

const count = (covered: number, total: number): Measure<LineCount> => ({
  measured: true,
  value: { covered, total },
});
const unknown: Measure<never> = { measured: false, why: "no report" };
const sound: CoverageDelta = {
  total: count(90, 100),
  baseline: count(90, 100),
  changed: count(8, 10),
  uncovered: [
    {
      path: "src/a.ts",
      lines: [
        { from: 3, to: 3 },
        { from: 7, to: 9 },
      ],
    },
  ],
};
const judge = (
  delta: Partial<CoverageDelta>,
  policy: Partial<CoveragePolicy> = { minChanged: 80, maxDrop: 1 },
  wanted = true,
) => judgeCoverage({ ...sound, ...delta }, { unmeasured: "review", ...policy }, wanted).reasons;

test("changed lines below the least block, with what is not covered; at the least they pass", () => {
  expect(judge({})).toEqual([]);
  expect(judge({ changed: count(79, 100) })).toEqual([
    {
      severity: "block",
      message:
        "of the changed lines 79 % are covered (79 of 100), and 80 % is the least: not covered src/a.ts:3, src/a.ts:7-9",
    },
  ]);
  // 79.99 % is less than 80 %, and no rounding makes it so.
  expect(judge({ changed: count(7999, 10_000) })[0]?.message).toContain("79.9 %");
  expect(judge({ changed: count(2, 3) }, { minChanged: 66.7 })).toHaveLength(1);
  expect(judge({ changed: count(2, 3) }, { minChanged: 66.6 })).toEqual([]);
  expect(judge({ changed: count(0, 10) }, { minChanged: 0 })).toEqual([]);
});

test("a change without a line that could be executed is not judged by its lines", () => {
  expect(judge({ changed: count(0, 0), uncovered: [] }, { minChanged: 100 })).toEqual([]);
});

test("a total that fell by more than allowed blocks, in points and not in parts", () => {
  expect(judge({ total: count(89, 100) })).toEqual([]);
  expect(judge({ total: count(889, 1000) })).toEqual([
    { severity: "block", message: "coverage fell from 90 % to 88.9 %, by more than 1 points" },
  ]);
  expect(judge({ total: count(899, 1000) }, { maxDrop: 0 })).toHaveLength(1);
  expect(judge({ total: count(10, 100) }, { minChanged: 80 })).toEqual([]);
  expect(judge({ total: count(95, 100) }, { maxDrop: 0 })).toEqual([]);
  expect(judge({ total: count(0, 0) })).toHaveLength(1);
  // An empty baseline, as of a new project, has nothing to fall from.
  expect(judge({ baseline: count(0, 0), total: count(1, 100) }, { maxDrop: 0 })).toEqual([]);
});

test("a fall that comes of deleting covered files is noted, one that they only hide behind blocks", () => {
  const deleted = { covered: 50, total: 50 };
  expect(judge({ total: count(40, 50), deleted })).toEqual([
    {
      severity: "note",
      message: "coverage fell from 90 % to 80 %, by more than 1 points, because covered files were deleted",
    },
  ]);
  expect(judge({ total: count(39, 50), deleted })).toMatchObject([{ severity: "block" }]);
  expect(
    judge({ total: count(0, 0), baseline: count(5, 5), deleted: { covered: 5, total: 5 } }),
  ).toMatchObject([{ severity: "note" }]);
});

test("what was not measured is left to the policy where the plan wanted it, and is never a pass of a threshold", () => {
  const message = "coverage was not measured: no report";
  const delta = { total: unknown, changed: unknown };
  expect(judge(delta)).toEqual([{ severity: "review", message }]);
  expect(judge(delta, { unmeasured: "block" })).toEqual([{ severity: "block", message }]);
  expect(judge(delta, { unmeasured: "allow" })).toEqual([{ severity: "note", message }]);
  expect(judge(delta, { unmeasured: "block" }, false)).toEqual([]);

  expect(judge({ baseline: unknown }, { maxDrop: 1 })).toEqual([
    { severity: "review", message: "there is no coverage to compare with: no report" },
  ]);
  expect(judge({ baseline: unknown }, { minChanged: 80 })).toEqual([]);
  expect(judge({ changed: unknown }, { minChanged: 80, unmeasured: "block" })).toEqual([
    { severity: "block", message: "coverage of the changed lines is not known: no report" },
  ]);
  expect(judge({ changed: unknown }, { maxDrop: 1 })).toEqual([]);
});

test("files that no report has are left to the same policy, and named", () => {
  const unmeasured = [
    ...Array.from({ length: 7 }, (_, index) => ({ path: `src/${index}.ts`, since: "never" as const })),
    { path: "src/old.ts", since: "no-longer" as const },
  ];
  expect(judge({ unmeasured })).toEqual([
    { severity: "review", message: "files were measured at the base and are no longer: src/old.ts" },
    {
      severity: "review",
      message:
        "changed files are in no coverage report: src/0.ts, src/1.ts, src/2.ts, src/3.ts, src/4.ts and 2 more",
    },
  ]);
  expect(judge({ unmeasured }, {}, false).map(({ severity }) => severity)).toEqual(["note", "note"]);
});

const rank = { note: 0, review: 1, block: 2 };
const worst = (reasons: ReturnType<typeof judge>) =>
  Math.max(0, ...reasons.map(({ severity }) => rank[severity]));
const counts = fc.nat(50).chain((total) => fc.nat(total).map((covered) => ({ covered, total })));

test("worse coverage is never judged better", () => {
  const policies = fc.record({
    minChanged: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    maxDrop: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    unmeasured: fc.constantFrom("review", "block", "allow"),
  });
  fc.assert(
    fc.property(
      counts,
      counts,
      counts,
      policies,
      fc.boolean(),
      (total, baseline, changed, policy, wanted) => {
        const of = (delta: Partial<CoverageDelta>) =>
          worst(
            judge({ total: count(total.covered, total.total), ...delta }, policy as CoveragePolicy, wanted),
          );
        const delta = {
          baseline: count(baseline.covered, baseline.total),
          changed: count(changed.covered, changed.total),
        };
        const before = of(delta);
        if (changed.covered > 0)
          expect(of({ ...delta, changed: count(changed.covered - 1, changed.total) })).toBeGreaterThanOrEqual(
            before,
          );
        if (total.covered > 0)
          expect(of({ ...delta, total: count(total.covered - 1, total.total) })).toBeGreaterThanOrEqual(
            before,
          );
        expect(of({ ...delta, unmeasured: [{ path: "a.ts", since: "never" }] })).toBeGreaterThanOrEqual(
          before,
        );
      },
    ),
  );
});
