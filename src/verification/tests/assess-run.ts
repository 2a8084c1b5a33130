import type { BaselineState, TestCounts } from "../../domain/tests.ts";
import type { ReportFault, TestReport } from "./test-report.ts";

/** What is to be had of a test run's report. */
export type ReportSeen =
  | { readonly kind: "read"; readonly report: TestReport }
  | { readonly kind: "fault"; readonly fault: ReportFault }
  /** There is none. */
  | { readonly kind: "missing" }
  /** It is older than the run: another run left it. */
  | { readonly kind: "stale" };

/** A test command that ended by itself, with what it left. */
export interface TestRun {
  readonly exitCode: number;
  readonly report: ReportSeen;
}

export type RunAssessment =
  | { readonly outcome: "passed" | "failed"; readonly counts: TestCounts }
  | { readonly outcome: "inconclusive"; readonly why: string; readonly counts: TestCounts | null };

type Doubt =
  | { readonly kind: "no-tests" | "none-ran" | "other"; readonly why: string }
  | { readonly kind: null; readonly why: null };
const none: Doubt = { kind: null, why: null };
const other = (why: string): Doubt => ({ kind: "other", why });

/**
 * What a test run says of a tree. It passed or failed only when its exit code and its report say the same, all files
 * were collected, and at least one test ran to its end; else it is inconclusive, with a sentence for a person.
 */
export function assessTestRun(run: TestRun): RunAssessment {
  const counts = run.report.kind === "read" ? countTests(run.report.report) : null;
  const doubt = doubtOf(run);
  if (counts === null || doubt.kind !== null)
    return { outcome: "inconclusive", why: doubt.why ?? "its report was not read", counts };
  return { outcome: counts.failed > 0 ? "failed" : "passed", counts };
}

/**
 * What a test run on the base tree is worth as a baseline. Failing tests are no fault of it. It is `empty` when all
 * was collected and there is no test; a run that is inconclusive for another reason is `unusable`.
 */
export function assessBaseline(run: TestRun): { readonly state: BaselineState; readonly why?: string } {
  const doubt = doubtOf(run);
  switch (doubt.kind) {
    case null:
    case "none-ran":
      return { state: "valid" };
    case "no-tests":
      return { state: "empty" };
    case "other":
      return { state: "unusable", why: doubt.why };
  }
}

export function countTests({ tests }: Pick<TestReport, "tests">): TestCounts {
  const counts = { total: tests.length, passed: 0, failed: 0, skipped: 0 };
  for (const { status } of tests) {
    if (status === "passed" || status === "failed") counts[status]++;
    else if (status === "skipped" || status === "pending") counts.skipped++;
  }
  return counts;
}

function doubtOf({ exitCode, report: seen }: TestRun): Doubt {
  switch (seen.kind) {
    case "missing":
      return other(`it exited with ${exitCode} and left no report`);
    case "stale":
      return other(`it exited with ${exitCode}, and its report is older than the run`);
    case "fault":
      return other(`it exited with ${exitCode}, and its report cannot be used: ${seen.fault.message}`);
    case "read":
      return doubtOfReport(exitCode, seen.report);
  }
}

function doubtOfReport(exitCode: number, report: TestReport): Doubt {
  const counts = countTests(report);
  const tool = report.tool;
  if (report.collectionErrors.length > 0) return other(whyNotCollected(report));
  if (report.incomplete !== undefined) return other(`not all tests were run: ${report.incomplete}`);
  const ended = whatEndedIt(exitCode, counts.failed);
  if (ended !== null) return other(`${ended} (exit code ${exitCode})`);
  const stopped = whatCodeSays(tool, exitCode);
  if (stopped !== null) return other(stopped);
  if (counts.total === 0) {
    const isPlain = exitCode === 0 || emptyCodes.get(tool)?.includes(exitCode) === true;
    const why = `it exited with ${exitCode}, and its report holds no test`;
    return isPlain ? { kind: "no-tests", why } : other(why);
  }
  if (exitCode === 0 && counts.failed > 0)
    return other(`it exited with 0, and its report holds ${count(counts.failed, "failed test")}`);
  if (exitCode !== 0 && counts.failed === 0) return other(whyNoneFailed(exitCode, tool));
  if (counts.failed > 0) return none;
  const open = counts.total - counts.passed - counts.skipped;
  if (open > 0) return other(`${count(open, "test")} ended neither passed, failed nor skipped`);
  if (counts.passed === 0)
    return { kind: "none-ran", why: `all ${count(counts.total, "test")} were skipped: none was run` };
  return none;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const mostNamed = 3;
const longestNamed = 300;

function whyNotCollected({ collectionErrors }: TestReport): string {
  const named = collectionErrors.slice(0, mostNamed).map(({ file, message }) => {
    const text = message.replaceAll(/\s+/g, " ").slice(0, longestNamed);
    return file === null ? text : `${file}: ${text}`;
  });
  const rest = collectionErrors.length - named.length;
  const more = rest > 0 ? `; and ${rest} more` : "";
  const files = new Set(collectionErrors.map(({ file, message }) => file ?? message));
  return `${count(files.size, "file")} of tests could not be run: ${named.join("; ")}${more}`;
}

/** Shells give these codes for a program that did not start or was killed; mocha gives the number of failed tests. */
function whatEndedIt(exitCode: number, failed: number): string | null {
  if (exitCode === failed || exitCode < 126 || exitCode > 165) return null;
  if (exitCode === 126 || exitCode === 127) return "a program that it calls could not be started";
  return exitCode > 128 ? `a program that it calls was killed by signal ${exitCode - 128}` : null;
}

/** With these codes the tool says that there are no tests. */
const emptyCodes = new Map<string, readonly number[]>([
  ["pytest", [5]],
  ["vitest", [1]],
  ["jest", [1]],
  ["nextest", [4]],
]);

/** Codes by which a tool says that it did not get to the end, whatever its report holds. */
const stops = new Map<string, ReadonlyMap<number, string>>([
  [
    "pytest",
    new Map([
      [2, "pytest was interrupted, or could not collect all tests"],
      [3, "pytest itself failed (an internal error)"],
      [4, "pytest was called in a way that it does not know"],
    ]),
  ],
  [
    "nextest",
    new Map([
      [96, "cargo nextest was called in a way that it does not know"],
      [101, "cargo could not build the tests"],
      [102, "cargo could not read the project"],
      [104, "cargo nextest could not list the tests"],
    ]),
  ],
]);

function whatCodeSays(tool: string, exitCode: number): string | null {
  const why = stops.get(tool)?.get(exitCode);
  return why === undefined ? null : `${why} (exit code ${exitCode})`;
}

function whyNoneFailed(exitCode: number, tool: string): string {
  const cause =
    tool === "go"
      ? "a package that was not built, go vet, or a coverage threshold"
      : "a coverage threshold, an error outside of the tests, a handle left open, or a file of tests that was not run";
  return `it exited with ${exitCode}, and no test in its report failed; what else failed is in its log, such as ${cause}`;
}
