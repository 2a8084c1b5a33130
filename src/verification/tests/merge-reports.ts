import { err, type Result } from "../../domain/result.ts";
import { gatherTests } from "./gather-tests.ts";
import type { ReportFault, ReportLimits, TestReport } from "./test-report.ts";

/** The reports of one run that left several, as one. A test that several name is joined as within one report. */
export function mergeReports(
  reports: readonly TestReport[],
  limits: Pick<ReportLimits, "tests" | "textBytes">,
): Result<TestReport, ReportFault> {
  const [first, ...others] = reports;
  if (!first) return err({ kind: "empty", message: "there is no report" });
  if (others.length === 0) return { ok: true, value: first };
  const gathering = gatherTests(limits, []);
  for (const report of reports) gathering.addReport(report);
  const tools = new Set(reports.map((report) => report.tool));
  return gathering.finish([...tools].sort().join("+"));
}
