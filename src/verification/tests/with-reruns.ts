import type { CTRFReport } from "ctrf";
import type { TestStatus } from "../../domain/tests.ts";

/**
 * A report in which a test that failed and passed when it was run again counts as one that passes, and is marked as
 * flaky: a failure by chance is no failure that was there before.
 */
export function withReruns(
  report: CTRFReport,
  reruns: ReadonlyMap<string, readonly TestStatus[]>,
): CTRFReport {
  const tests = report.results.tests.map((test) => {
    const outcomes = reruns.get(test.testId ?? "") ?? [];
    if (test.status !== "failed" || !outcomes.includes("passed")) return test;
    return { ...test, status: "passed" as const, flaky: true, retries: outcomes.length };
  });
  const failed = tests.filter(({ status }) => status === "failed").length;
  const { summary } = report.results;
  const passed = summary.passed + summary.failed - failed;
  return { ...report, results: { ...report.results, summary: { ...summary, failed, passed }, tests } };
}
