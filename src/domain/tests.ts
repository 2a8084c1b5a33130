/** How a test ended, in the words of CTRF (https://ctrf.io). */
export const testStatuses = ["passed", "failed", "skipped", "pending", "other"] as const;
export type TestStatus = (typeof testStatuses)[number];

/** One test of a test run, as far as the reports of all tools have it. */
export interface TestCase {
  /** File, suites and name, joined by ` > `: the same test has the same id in every run and folder. */
  readonly id: string;
  /** Relative to the repository's root, with forward slashes; null where the report does not tell. */
  readonly file: string | null;
  readonly suite: readonly string[];
  readonly name: string;
  readonly status: TestStatus;
  readonly durationMs: number;
  readonly line?: number;
  readonly message?: string;
  readonly trace?: string;
}

/** What became of a test since the baseline. A test that passed before and now is none of them. */
export const testChanges = ["new-failure", "still-failing", "flaky", "removed", "fixed", "new-pass"] as const;
export type TestChange = (typeof testChanges)[number];

export interface TestDifference {
  readonly change: TestChange;
  readonly id: string;
  readonly file: string | null;
  readonly name: string;
  readonly line?: number;
  /** What it failed with, redacted and cut. */
  readonly message?: string;
  /** For a test that was run again alone: how it ended each time, the first time included. */
  readonly outcomes?: readonly TestStatus[];
  /** For a flaky test: in how many earlier runs of the repository it was flaky too. */
  readonly earlierRuns?: number;
}

/** What the tests of a base tree are worth as a baseline. `empty`: collected without error, and there were none. */
export const baselineStates = ["valid", "empty", "unusable"] as const;
export type BaselineState = (typeof baselineStates)[number];

export interface TestCounts {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test run beside its baseline, as the ledger keeps it: counts of all tests, and the differences worst first. */
export interface TestComparison {
  readonly baseline: BaselineState;
  /** Why the baseline is unusable. */
  readonly why?: string;
  readonly counts: TestCounts;
  readonly changes: Readonly<Record<TestChange, number>>;
  /** How many of the removed have no new test in their file for them. Left out: none. */
  readonly unreplaced?: number;
  /** At most `maxListedTests`, in the order of `testChanges`. */
  readonly listed: readonly TestDifference[];
}

export const maxListedTests = 100;
