import { err, ok, type Result } from "../../domain/result.ts";
import type { TestCase, TestStatus } from "../../domain/tests.ts";
import { cutName, cutText, longestName, order } from "./report-text.ts";
import type { CollectionError, ReportFault, ReportLimits, TestReport } from "./test-report.ts";

/** A test as a report names it, before it is known whether the report names it again. */
export interface SeenTest extends Omit<TestCase, "id"> {
  /** Left out: made of file, suites and name. */
  readonly id?: string;
  /** Whether the file is only where it failed, so that the id must do without it. */
  readonly anonymous?: boolean;
  /** Of a test that the tool ran more than once, in order, the last time included. */
  readonly outcomes?: readonly TestStatus[];
}

export interface Gathering {
  add(test: SeenTest): void;
  /** All of a report that was gathered before. */
  addReport(report: TestReport): void;
  /** A file, or a part of one, that could not be run. */
  addCollectionError(file: string | null, message: string): void;
  /** Said by the report itself: not all tests were run. */
  addIncomplete(why: string): void;
  /** Set as soon as a limit is passed: nothing is gathered after that. */
  readonly fault: ReportFault | null;
  finish(tool: string): Result<TestReport, ReportFault>;
}

const mostRetries = 100;
const mostReasons = 100;
/** Some years: what a report tells beyond it is no time. */
const longestMs = 1e11;

export const testId = (file: string | null, suite: readonly string[], name: string): string =>
  [...(file === null ? [] : [file]), ...suite, name].join(" > ");

/**
 * Gathers the tests of a report. One that is named several times is joined: the worst status counts, with its
 * message, whatever the order. Texts are redacted and cut, and copied: a part of a report keeps the whole alive.
 */
export function gatherTests(
  limits: Pick<ReportLimits, "tests" | "textBytes">,
  secrets: readonly string[],
): Gathering {
  const tests = new Map<string, TestCase>();
  const retried = new Map<string, readonly TestStatus[]>();
  const errors = new Map<string, CollectionError>();
  const reasons = new Set<string>();
  let fault: ReportFault | null = null;
  let lastSuite: readonly string[] = [];

  const show = (text: string): string => cutText(text, limits.textBytes, secrets);
  const count = (): void => {
    if (tests.size + errors.size > limits.tests)
      fault ??= { kind: "over-limits", message: `it holds more than ${limits.tests} tests` };
  };

  /** Most tests have the suites of the one before them: these are kept once. */
  const keepSuite = (suite: readonly string[]): readonly string[] => {
    const isSame = suite.length === lastSuite.length && suite.every((part, at) => part === lastSuite[at]);
    if (!isSame) lastSuite = suite.map(cutName);
    return lastSuite;
  };
  const put = (test: TestCase, outcomes: readonly TestStatus[]): void => {
    if (fault) return;
    const before = tests.get(test.id);
    tests.set(test.id, before === undefined ? test : joinTests(before, test));
    if (outcomes.length > 1) {
      const known = retried.get(test.id);
      // In the order of the tool, unless the test is there twice: then no order is to be had.
      retried.set(test.id, known ? [...known, ...outcomes].sort().slice(0, mostRetries) : outcomes);
    }
    count();
  };
  const putError = (error: CollectionError): void => {
    if (fault) return;
    errors.set(`${error.file ?? ""}\0${error.message}`, error);
    count();
  };

  return {
    get fault() {
      return fault;
    },
    add(seen) {
      const suite = keepSuite(seen.suite);
      const name = cutName(seen.name);
      const id = seen.id ?? testId(seen.anonymous ? null : seen.file, suite, name);
      const { file, status, line = 0 } = seen;
      const durationMs = Math.min(Math.max(seen.durationMs, 0), longestMs);
      const test: TestCase = {
        id: id.length > longestName ? cutName(id) : id,
        file,
        suite,
        name,
        status,
        durationMs,
        ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
        ...(seen.message ? { message: show(seen.message) } : {}),
        ...(seen.trace ? { trace: show(seen.trace) } : {}),
      };
      put(test, seen.outcomes?.slice(-mostRetries) ?? []);
    },
    addReport(report) {
      for (const test of report.tests) put(test, report.retried.get(test.id) ?? []);
      for (const error of report.collectionErrors) putError(error);
      if (report.incomplete !== undefined) reasons.add(report.incomplete);
    },
    addCollectionError(file, message) {
      putError({ file, message: show(message) || "it could not be run" });
    },
    addIncomplete(why) {
      if (reasons.size < mostReasons) reasons.add(show(why));
    },
    finish(tool) {
      if (fault) return err(fault);
      const sorted = [...tests.values()].sort((a, b) => order(a.id, b.id));
      const collectionErrors = [...errors].sort((a, b) => order(a[0], b[0])).map(([, error]) => error);
      return ok({
        tool,
        tests: sorted,
        collectionErrors,
        retried,
        ...(reasons.size > 0 ? { incomplete: [...reasons].sort().join("; ") } : {}),
      });
    },
  };
}

/** Worst first. A skipped test hides what it would have found, so it is worse than one that passed. */
const worst: readonly TestStatus[] = ["failed", "other", "skipped", "pending", "passed"];

function joinTests(a: TestCase, b: TestCase): TestCase {
  const durationMs = a.durationMs + b.durationMs;
  const rank = worst.indexOf(a.status) - worst.indexOf(b.status);
  const text = (test: TestCase) => `${test.message ?? ""}\0${test.trace ?? ""}\0${test.line ?? ""}`;
  return { ...(rank < 0 || (rank === 0 && text(a) <= text(b)) ? a : b), durationMs };
}
