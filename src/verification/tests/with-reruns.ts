import type { TestStatus } from "../../domain/tests.ts";
import type { TestReport } from "./test-report.ts";

/**
 * A report in which a test that failed and passed when it was run again counts as one that passes, and as flaky: a
 * failure by chance is no failure that was there before.
 */
export function withReruns(
  report: TestReport,
  reruns: ReadonlyMap<string, readonly TestStatus[]>,
): TestReport {
  const retried = new Map(report.retried);
  const tests = report.tests.map((test) => {
    const outcomes = reruns.get(test.id) ?? [];
    if (test.status !== "failed" || !outcomes.includes("passed")) return test;
    retried.set(test.id, [test.status, ...outcomes]);
    return { ...test, status: "passed" as const };
  });
  return { ...report, tests, retried };
}
