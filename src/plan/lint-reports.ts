import { type DetectedCheck, isTestCheck } from "./detect/part.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { printable, quote } from "./wording.ts";

/** As a plan would have it, on one line. */
const showCheck = ({ name, run, report, coverage }: DetectedCheck): string =>
  printable(
    `${name}: { run: ${JSON.stringify(run)}, report: ${report}${coverage === undefined ? "" : `, coverage: ${coverage}`} }`,
  );

/** What checks leave behind, and what is asked of it. */
export function* lintReports({ plan, facts, find }: LintContext): Iterable<Finding> {
  for (const { name, report, coverage } of plan.checks) {
    const place = ["checks", name];
    if (report === undefined && isTestCheck(name)) {
      const proposed = facts.proposed.find((check) => check.name === name && check.report !== undefined);
      const proposal = proposed === undefined ? "" : ` What is here allows \`${showCheck(proposed)}\`.`;
      const message = `The check ${quote(name)} names no report, so only its exit code counts.${proposal}`;
      yield find("tests-unreported", place, message);
    }
    for (const [key, paths] of Object.entries({ report, coverage })) {
      const tracked = paths?.find((path) => facts.repository.paths.has(path));
      if (tracked === undefined) continue;
      const message = `The check ${quote(name)} is to leave its ${key} at ${quote(tracked)}, which is a file of ${quote(plan.base)}.`;
      yield find("report-tracked", [...place, key], message);
    }
  }
  const { minChanged, maxDrop } = plan.policy.coverage;
  const isAsked = minChanged !== undefined || maxDrop !== undefined;
  if (isAsked && plan.checks.every((check) => check.coverage === undefined)) {
    const message = "Coverage has a threshold, and no check names a report of coverage.";
    yield find("coverage-unmeasured", ["policy", "coverage"], message);
  }
}
