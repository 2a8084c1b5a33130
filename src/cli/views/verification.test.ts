import { expect, test } from "vitest";
import { noChanges } from "../../../test/harness/observed.ts";
import { checkFactLines, inspectionLines } from "./verification.ts";

test("what a check found is told with what fails first, and the rest as numbers", () => {
  const lines = checkFactLines({
    tests: {
      baseline: "unusable",
      why: "it left no report",
      counts: { total: 1200, passed: 1196, failed: 3, skipped: 1 },
      changes: { ...noChanges, "new-failure": 2, flaky: 1, "new-pass": 4 },
      listed: [
        {
          change: "new-failure",
          id: "a.test.ts > adds",
          file: "a.test.ts",
          name: "adds",
          message: "no\nat x",
        },
        {
          change: "flaky",
          id: "b.test.ts > waits",
          file: "b.test.ts",
          name: "waits",
          outcomes: ["failed", "passed"],
          earlierRuns: 2,
        },
      ],
    },
    diagnostics: {
      fresh: [
        {
          path: "src/a.ts",
          line: 3,
          column: null,
          severity: "error",
          rule: "TS2304",
          message: "no such name",
        },
      ],
      freshCount: 1,
      knownCount: 4,
    },
    coverage: {
      total: { measured: true, value: { covered: 1999, total: 2000 } },
      baseline: { measured: false, why: "no report" },
      changed: { measured: true, value: { covered: 0, total: 0 } },
      uncovered: [
        {
          path: "src/a.ts",
          lines: [
            { from: 3, to: 3 },
            { from: 7, to: 9 },
          ],
        },
      ],
      unmeasured: [{ path: "src/new.ts", since: "never" }],
    },
  });
  expect(lines).toEqual([
    "Tests: 1,200, 3 failed, 1 skipped (2 new-failure, 1 flaky, 4 new-pass)",
    "Baseline: unusable, it left no report",
    "  fails now: a.test.ts > adds",
    "    no",
    "  is flaky: b.test.ts > waits (failed, passed), also in 2 earlier runs",
    "  and 1 more",
    "Errors: 1 new one, 4 there before",
    "  src/a.ts:3: TS2304: no such name",
    "Coverage: 99.9 % (1,999 of 2,000), at the baseline not measured (no report), changed lines none to cover",
    "  not covered: src/a.ts:3,7-9",
    "  in no report: src/new.ts",
  ]);
});

test("what a look at the change found is told with its rule, place and the plan's word on it", () => {
  const finding = {
    rule: "test-skipped",
    severity: "block",
    path: "a.test.ts",
    line: 4,
    message: "skipped",
  } as const;
  const fault = {
    path: "b.ts",
    line: 1,
    column: 2,
    severity: "error",
    rule: "syntax",
    message: "no",
  } as const;
  expect(
    inspectionLines({ findings: [finding, { ...finding, allowed: "as agreed" }], faults: [fault] }),
  ).toEqual([
    "Broken: b.ts:1:2: syntax: no",
    "Finding: test-skipped (block), a.test.ts:4: skipped",
    "Finding: test-skipped (allowed), a.test.ts:4: skipped; allowed because “as agreed”",
  ]);
});
