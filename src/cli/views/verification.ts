import type { CheckResult } from "../../domain/certificate.ts";
import {
  type CoverageDelta,
  type LineCount,
  type LineRange,
  type Measure,
  showPercent,
} from "../../domain/coverage.ts";
import { type Inspection, showDiagnostic } from "../../domain/finding.ts";
import { type TestChange, type TestComparison, testChanges } from "../../domain/tests.ts";
import { formatCount, plural } from "./text.ts";

/** What a check found beyond its exit code, as `show --json` has it. */
export const viewCheck = ({ tests, coverage, diagnostics, excused, report }: CheckResult) => ({
  ...(excused === undefined ? {} : { excused }),
  ...(tests ? { tests } : {}),
  ...(report ? { report: report.path } : {}),
  ...(coverage ? { coverage } : {}),
  ...(diagnostics ? { diagnostics } : {}),
});
export type CheckView = ReturnType<typeof viewCheck>;

/** What a check found, in the order that helps: what failed, then what is not covered. */
export function checkFactLines({ tests, coverage, diagnostics, excused }: CheckView): string[] {
  return [
    ...(excused === undefined ? [] : [`Does not count as failed: ${excused}`]),
    ...(tests ? testLines(tests) : []),
    ...(diagnostics && diagnostics.freshCount + diagnostics.knownCount > 0
      ? [
          `Errors: ${plural(diagnostics.freshCount, "new one", "new ones")}, ${diagnostics.knownCount} there before`,
          ...diagnostics.fresh.map((place) => `  ${showDiagnostic(place)}`),
        ]
      : []),
    ...(coverage ? coverageLines(coverage) : []),
  ];
}

const words: Readonly<Record<TestChange, string>> = {
  "new-failure": "fails now",
  "still-failing": "failed before",
  flaky: "is flaky",
  removed: "is gone",
  fixed: "is fixed",
  "new-pass": "is new",
};

/** Changes that are told test by test; the others as numbers. */
const named: readonly TestChange[] = ["new-failure", "still-failing", "flaky", "removed", "fixed"];

function testLines({ baseline, why, counts, changes, listed }: TestComparison): string[] {
  const told = testChanges.filter((change) => changes[change] > 0);
  const differences = told.map((change) => `${formatCount(changes[change])} ${change}`).join(", ");
  const shown = listed.filter(({ change }) => named.includes(change));
  const unlisted = named.reduce((sum, change) => sum + changes[change], 0) - shown.length;
  return [
    `Tests: ${formatCount(counts.total)}, ${formatCount(counts.failed)} failed, ${formatCount(counts.skipped)} skipped${differences === "" ? "" : ` (${differences})`}`,
    ...(baseline === "valid"
      ? []
      : [
          `Baseline: ${baseline === "empty" ? "there were no tests" : `unusable, ${why ?? "no reason is known"}`}`,
        ]),
    ...shown.flatMap(({ change, id, message, outcomes, earlierRuns }) => [
      `  ${words[change]}: ${id}${outcomes ? ` (${outcomes.join(", ")})` : ""}${earlierRuns ? `, also in ${plural(earlierRuns, "earlier run")}` : ""}`,
      ...(change === "new-failure" && message ? [`    ${message.split("\n", 1)[0]}`] : []),
    ]),
    ...(unlisted > 0 ? [`  and ${formatCount(unlisted)} more`] : []),
  ];
}

function coverageLines({ total, baseline, changed, uncovered, unmeasured = [] }: CoverageDelta): string[] {
  return [
    `Coverage: ${showMeasure(total)}, at the baseline ${showMeasure(baseline)}, changed lines ${showMeasure(changed)}`,
    ...uncovered.map(({ path, lines }) => `  not covered: ${path}:${lines.map(showRange).join(",")}`),
    ...unmeasured.map(
      ({ path, since }) => `  in no report${since === "no-longer" ? " any more" : ""}: ${path}`,
    ),
  ];
}

function showMeasure(measure: Measure<LineCount>): string {
  if (!measure.measured) return `not measured (${measure.why})`;
  const { covered, total } = measure.value;
  if (total === 0) return "none to cover";
  return `${showPercent(measure.value)} (${formatCount(covered)} of ${formatCount(total)})`;
}

const showRange = ({ from, to }: LineRange): string => (from === to ? String(from) : `${from}-${to}`);

/** What was found by looking at the change itself. */
export function inspectionLines({ findings, faults }: Inspection): string[] {
  return [
    ...faults.map(
      (fault) => `${fault.severity === "error" ? "Broken" : "Doubtful"}: ${showDiagnostic(fault)}`,
    ),
    ...findings.map(
      ({ rule, severity, path, line, message, allowed }) =>
        `Finding: ${rule} (${allowed === undefined ? severity : "allowed"}), ${path}:${line}: ${message}${allowed === undefined ? "" : `; allowed because “${allowed}”`}`,
    ),
  ];
}
