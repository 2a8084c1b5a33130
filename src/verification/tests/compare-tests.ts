import {
  type BaselineState,
  maxListedTests,
  type TestCase,
  type TestChange,
  type TestComparison,
  type TestDifference,
  type TestStatus,
  testChanges,
} from "../../domain/tests.ts";
import { countTests } from "./assess-run.ts";
import { testId } from "./gather-tests.ts";
import { cutName, order } from "./report-text.ts";
import type { TestReport } from "./test-report.ts";

export interface TestBaseline {
  readonly state: BaselineState;
  /** Why it is unusable. */
  readonly why?: string;
  readonly tests: readonly TestCase[];
}

/** Files that moved, by their old path: the tests in them are the same tests. */
export type Moves = ReadonlyMap<string, string>;

/** A test that did not end, or ended in a way of its own, is no better than one that failed. */
const isFailing = ({ status }: TestCase): boolean => status === "failed" || status === "other";
const ran = (test: TestCase): boolean => isFailing(test) || test.status === "passed";

/**
 * Every test beside its baseline. A test that fails now is a new failure unless it failed at the baseline too; it is
 * flaky where one of its reruns passed. One that ran at the baseline and now is gone or skipped is `removed`, whether
 * it failed or not. A passing test that its tool had to run again is flaky too. Of an unusable baseline nothing is
 * known: every failure is a new one, and nothing is new, fixed or removed. Where there was no test, all are new.
 *
 * @param reruns how tests ended that were run again alone, by id
 */
export function compareTests(
  baseline: TestBaseline,
  now: TestReport,
  reruns: ReadonlyMap<string, readonly TestStatus[]>,
  moves: Moves = new Map(),
): TestComparison {
  const isKnown = baseline.state !== "unusable";
  const before = byId(isKnown ? baseline.tests : [], now.tests, moves);
  const differences: TestDifference[] = [];
  for (const test of now.tests) {
    const change = changeOf(before.get(test.id), test, now, reruns.get(test.id) ?? []);
    if (change === null || (change === "new-pass" && !isKnown)) continue;
    const outcomes = outcomesOf(test, now, reruns.get(test.id) ?? []);
    differences.push(describe(change, test, outcomes));
  }
  const present = new Set(now.tests.map((test) => test.id));
  for (const [id, test] of before)
    if (ran(test) && !present.has(id)) differences.push(describe("removed", { ...test, id }, []));

  const unreplaced = countUnreplaced(differences);
  differences.sort((a, b) => rank(a) - rank(b) || order(a.id, b.id));
  return {
    baseline: baseline.state,
    ...(baseline.why === undefined ? {} : { why: baseline.why }),
    counts: countTests(now),
    changes: countChanges(differences),
    ...(unreplaced > 0 ? { unreplaced } : {}),
    listed: differences.slice(0, maxListedTests),
  };
}

/** The tests that fail and did not at the baseline: what to run again alone before they are compared. */
export function newlyFailing(
  baseline: TestBaseline,
  now: TestReport,
  moves: Moves = new Map(),
): readonly TestCase[] {
  const before = byId(baseline.state === "unusable" ? [] : baseline.tests, now.tests, moves);
  return now.tests.filter((test) => isFailing(test) && !failedBefore(before.get(test.id), test));
}

const failedBefore = (before: TestCase | undefined, test: TestCase): boolean =>
  before?.status === "failed" || (before?.status === "other" && test.status === "other");

function changeOf(
  before: TestCase | undefined,
  test: TestCase,
  now: TestReport,
  reruns: readonly TestStatus[],
): TestChange | null {
  if (isFailing(test)) {
    if (failedBefore(before, test)) return "still-failing";
    return reruns.includes("passed") ? "flaky" : "new-failure";
  }
  if (test.status !== "passed") return before && ran(before) ? "removed" : null;
  if (before && isFailing(before)) return "fixed";
  if (now.retried.get(test.id)?.includes("failed")) return "flaky";
  return before?.status === "passed" ? null : "new-pass";
}

/** The baseline by the ids that its tests have now. A test that is still where it was stays what it was. */
function byId(
  baseline: readonly TestCase[],
  now: readonly TestCase[],
  moves: Moves,
): ReadonlyMap<string, TestCase> {
  const tests = new Map(baseline.map((test) => [test.id, test]));
  if (moves.size === 0) return tests;
  const present = new Set(now.map((test) => test.id));
  for (const test of baseline) {
    const file = test.file === null ? undefined : moves.get(test.file);
    if (file === undefined || present.has(test.id)) continue;
    const id = cutName(testId(file, test.suite, test.name));
    if (id === test.id || tests.has(id) || !present.has(id)) continue;
    tests.delete(test.id);
    tests.set(id, test);
  }
  return tests;
}

const outcomesOf = (test: TestCase, now: TestReport, reruns: readonly TestStatus[]): readonly TestStatus[] =>
  reruns.length > 0 ? [test.status, ...reruns] : (now.retried.get(test.id) ?? []);

function describe(change: TestChange, test: TestCase, outcomes: readonly TestStatus[]): TestDifference {
  const isSkipped = change === "removed" && (test.status === "skipped" || test.status === "pending");
  const message = isSkipped ? "it is skipped now" : change === "removed" ? undefined : test.message;
  return {
    change,
    id: test.id,
    file: test.file,
    name: test.name,
    ...(test.line === undefined ? {} : { line: test.line }),
    ...(message === undefined ? {} : { message }),
    ...(outcomes.length > 1 ? { outcomes } : {}),
  };
}

/** A test under another name is a removed one and a new one of the same file. */
function countUnreplaced(differences: readonly TestDifference[]): number {
  const left = new Map<string | null, number>();
  for (const { change, file } of differences)
    if (change === "removed" || change === "new-pass")
      left.set(file, (left.get(file) ?? 0) + (change === "removed" ? 1 : -1));
  return [...left.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
}

const rank = ({ change }: TestDifference): number => testChanges.indexOf(change);

function countChanges(differences: readonly TestDifference[]): Readonly<Record<TestChange, number>> {
  const counts = { "new-failure": 0, "still-failing": 0, flaky: 0, removed: 0, fixed: 0, "new-pass": 0 };
  for (const { change } of differences) counts[change]++;
  return counts;
}
