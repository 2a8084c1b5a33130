import type { CTRFReport } from "ctrf";
import type { TestCase, TestStatus } from "../../domain/tests.ts";
import type { TestReport } from "./test-report.ts";

/** Who writes `testId` such that it can be read back. */
export const ownGenerator = "autopack";

/** A report in the form that other programs read (https://ctrf.io), and this one again, ids included. */
export function toCtrf({ tool, tests, retried, collectionErrors }: TestReport): CTRFReport {
  const counts = { passed: 0, failed: 0, skipped: 0, pending: 0, other: 0 };
  let duration = 0;
  for (const test of tests) {
    counts[test.status]++;
    duration += test.durationMs;
  }
  return {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    generatedBy: ownGenerator,
    results: {
      tool: { name: tool },
      // Reports tell when they ended, if at all, in ways of their own: the times count from the beginning of the run.
      summary: { tests: tests.length, ...counts, start: 0, stop: Math.round(duration) },
      tests: tests.map((test) => toCtrfTest(test, retried.get(test.id))),
      ...(collectionErrors.length > 0 ? { extra: { collectionErrors } } : {}),
    },
  };
}

function toCtrfTest(test: TestCase, outcomes: readonly TestStatus[] | undefined) {
  const { id, file, suite, durationMs, ...rest } = test;
  return {
    ...rest,
    testId: id,
    duration: Math.round(durationMs),
    ...(suite.length > 0 ? { suite: [...suite] } : {}),
    ...(file === null ? {} : { filePath: file }),
    ...(outcomes === undefined
      ? {}
      : {
          flaky: outcomes.includes("passed") && outcomes.includes("failed"),
          retries: outcomes.length - 1,
          retryAttempts: outcomes.map((status, index) => ({ attempt: index + 1, status })),
        }),
  };
}
