import type { FindingSeverity } from "../../domain/finding.ts";
import { assessAssertionsRemoved, assessWeakened } from "./assertions.ts";
import { assessCi } from "./ci.ts";
import { assessConfiguration } from "./configuration.ts";
import { assessDoubles } from "./doubles.ts";
import type { Assess, Draft } from "./draft.ts";
import { assessExitCodes } from "./exit-codes.ts";
import { assessExits } from "./exits.ts";
import { assessExpectations, assessSnapshots } from "./expectations.ts";
import type { JudgedChange } from "./read-change.ts";
import { assessReports } from "./reports.ts";
import { assessSuppressions } from "./suppressions.ts";
import { assessEmptied, assessFocused, assessRemoved, assessSkipped } from "./tests.ts";

export interface TamperRule {
  readonly id: string;
  /** What is said of most of its findings; a finding may be milder or worse where the place tells more. */
  readonly severity: FindingSeverity;
  readonly assess: Assess;
}

/** Files over the limit are told of, so that size hides nothing. */
const assessSize = ({ skipped }: JudgedChange): Draft[] =>
  skipped.map(({ path }) => ({ severity: "note", path, line: 1, message: "too large to be judged" }));

/**
 * The rules. Each compares the two sides of the whole change by their syntax trees; layout, comments, names of
 * variables, and where in the change a thing stands make no difference.
 */
export const tamperRules: readonly TamperRule[] = [
  /**
   * A test that was there is found nowhere in the change: by no name, no body, in no table. The quickest way to make
   * a failing test pass. `review`, for tests also go with what they tested; then, and where others that say as much
   * took their place, it is a `note`.
   */
  { id: "test-removed", severity: "review", assess: assessRemoved },
  /**
   * A test that ran is skipped, to do, expected to fail, or ended before its work (`it.skip`, `xit`, `{ skip: true }`,
   * `t.skip()`, an early `return`, `@pytest.mark.skip`, `xfail`, `pytest.skip()`). `block`; on a condition `review`,
   * for a new test `note`. The constructs: eslint-plugin-jest's no-disabled-tests, ruff's PT rules.
   */
  { id: "test-skipped", severity: "block", assess: assessSkipped },
  /** A test or suite is alone in running, and so all others are skipped. `block`. Source: eslint no-focused-tests. */
  { id: "test-focused", severity: "block", assess: assessFocused },
  /** The test is there by name, and nothing in it can fail. `block`. Source: test smell "Empty Test" (testsmells.org). */
  { id: "test-emptied", severity: "block", assess: assessEmptied },
  /**
   * A test that stays asserts less often, and what it no longer asserts stands nowhere else in the change, nor in one
   * assertion about a whole. `review`; without any left `block`.
   */
  { id: "assertion-removed", severity: "review", assess: assessAssertionsRemoved },
  /**
   * An assertion says less: a constant, a value compared with itself, `or True`, one whose failure is caught and
   * dropped (`block`); only that there is a value, or not awaited (`review`); a part of the value (`note`).
   */
  { id: "assertion-weakened", severity: "block", assess: assessWeakened },
  /** Most snapshots of a file are others at once: nobody looked at each. `review`; in a deliverable `note`. */
  { id: "snapshot-rewritten", severity: "review", assess: assessSnapshots },
  /**
   * A test that was there expects other values, in a file that is no deliverable: the test was made to fit the code.
   * `review`; where the rest of the test changed too `note`.
   */
  { id: "expected-changed", severity: "review", assess: assessExpectations },
  /**
   * Thresholds lower or gone, lint rules off, type checks off, files kept out, tests not collected. `review`, for
   * each has honest uses; in a file that is new `note`.
   */
  { id: "config-loosened", severity: "review", assess: assessConfiguration },
  /** CI does something else, and no deliverable said so. `review`; only versions, or a new file, `note`. */
  { id: "ci-edited", severity: "review", assess: assessCi },
  /**
   * A comment that makes a tool look away: `eslint-disable`, `@ts-ignore`, `type: ignore`, `noqa`, coverage pragmas.
   * `review`; in tests, and where it names one lint rule, `note`.
   */
  { id: "suppression-added", severity: "review", assess: assessSuppressions },
  /**
   * The failure of a check does not come out of the script that runs it: `|| true`, `; exit 0`, `--passWithNoTests`,
   * `continue-on-error`, a test script that is an `echo`. `block`; where the shell has honest uses for it `review`.
   */
  { id: "exit-swallowed", severity: "block", assess: assessExitCodes },
  /**
   * Production code imports a mocking library, or behaves otherwise under test. `review`; for what only a test
   * runner sets `block`.
   */
  { id: "test-double-in-production", severity: "review", assess: assessDoubles },
  /**
   * Code ends the process as a success while it is loaded: what was to run after it, tests among it, never does. `block`;
   * on a condition, and in a file of tests where something ends what keeps the process alive, `review`.
   */
  { id: "exit-at-load", severity: "block", assess: assessExits },
  /** Code names the report of a check, which only the runner of the tests is to write. `review`. */
  { id: "report-named", severity: "review", assess: assessReports },
  /** A file of more than a megabyte is not judged. `note`. */
  { id: "not-judged", severity: "note", assess: assessSize },
];
