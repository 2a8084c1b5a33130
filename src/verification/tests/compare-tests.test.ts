import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTest } from "../../../test/harness/test-reports.ts";
import {
  maxListedTests,
  type TestCase,
  type TestComparison,
  type TestStatus,
  testStatuses,
} from "../../domain/tests.ts";
import { compareTests, newlyFailing, type TestBaseline } from "./compare-tests.ts";
import { gatherTests } from "./gather-tests.ts";
import type { TestReport } from "./test-report.ts";

function reportOf(tests: readonly TestCase[], retried: Record<string, TestStatus[]> = {}): TestReport {
  const gathering = gatherTests({ tests: 10_000, textBytes: 100 }, []);
  for (const test of tests) gathering.add({ ...test, outcomes: retried[test.name] ?? [] });
  const result = gathering.finish("vitest");
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
const valid = (tests: readonly TestCase[]): TestBaseline => ({ state: "valid", tests });
const none = new Map<string, TestStatus[]>();
const newFailures = ({ listed }: TestComparison) => listed.filter(({ change }) => change === "new-failure");
const changeOf = (before: TestStatus | null, now: TestStatus | null, reruns: TestStatus[] = []) => {
  const baseline = valid(before === null ? [] : [createTest("a", before)]);
  const report = reportOf(now === null ? [] : [createTest("a", now)]);
  return compareTests(baseline, report, new Map([["a.test.ts > a", reruns]])).listed[0]?.change ?? null;
};

describe("a test beside its baseline", () => {
  it.each([
    [null, "failed", "new-failure"],
    ["passed", "failed", "new-failure"],
    ["skipped", "failed", "new-failure"],
    ["other", "failed", "new-failure"],
    ["passed", "other", "new-failure"],
    ["failed", "failed", "still-failing"],
    ["failed", "other", "still-failing"],
    ["failed", "passed", "fixed"],
    [null, "passed", "new-pass"],
    ["skipped", "passed", "new-pass"],
    ["passed", "passed", null],
    ["passed", null, "removed"],
    ["failed", null, "removed"],
    ["passed", "skipped", "removed"],
    ["failed", "skipped", "removed"],
    ["skipped", "skipped", null],
    ["skipped", null, null],
    [null, "skipped", null],
  ] as const)("was %s and is %s: %s", (before, now, change) => {
    expect(changeOf(before, now)).toBe(change);
  });

  it("is flaky where a rerun passed, and a new failure where none did", () => {
    expect(changeOf("passed", "failed", ["failed", "passed"])).toBe("flaky");
    expect(changeOf("passed", "failed", ["failed", "failed"])).toBe("new-failure");
    expect(changeOf("passed", "failed", ["skipped", "other"])).toBe("new-failure");
    expect(changeOf("failed", "failed", ["passed"])).toBe("still-failing");
  });

  it("is flaky where it passes after its tool ran it again, with how it ended each time", () => {
    const report = reportOf([createTest("a")], { a: ["failed", "passed"] });
    const { listed } = compareTests(valid([createTest("a")]), report, none);
    expect(listed).toMatchObject([{ change: "flaky", outcomes: ["failed", "passed"] }]);
  });

  it("tells with which message it fails, and how its reruns ended", () => {
    const test = { ...createTest("a", "failed"), line: 7, message: "1 is not 2" };
    const { listed } = compareTests(valid([]), reportOf([test]), new Map([[test.id, ["failed", "failed"]]]));
    expect(listed).toEqual([
      {
        change: "new-failure",
        id: "a.test.ts > a",
        file: "a.test.ts",
        name: "a",
        line: 7,
        message: "1 is not 2",
        outcomes: ["failed", "failed", "failed"],
      },
    ]);
  });

  it("tells of one that is skipped now that it is", () => {
    const { listed } = compareTests(valid([createTest("a")]), reportOf([createTest("a", "skipped")]), none);
    expect(listed).toMatchObject([{ change: "removed", message: "it is skipped now" }]);
  });
});

describe("a baseline that is none", () => {
  const now = reportOf([createTest("a"), createTest("b", "failed")]);
  it("makes every failure a new one where it is unusable, and says nothing else", () => {
    const tests = [createTest("b", "failed"), createTest("c")];
    const comparison = compareTests({ state: "unusable", why: "no report", tests }, now, none);
    expect(comparison).toMatchObject({ baseline: "unusable", why: "no report" });
    expect(comparison.listed.map(({ name, change }) => [name, change])).toEqual([["b", "new-failure"]]);
  });
  it("makes everything new where there was no test", () => {
    const { listed } = compareTests({ state: "empty", tests: [] }, now, none);
    expect(listed.map(({ name, change }) => [name, change])).toEqual([
      ["b", "new-failure"],
      ["a", "new-pass"],
    ]);
  });
});

describe("a file of tests that moved", () => {
  const before = valid([createTest("a", "failed", "old.test.ts"), createTest("b", "passed", "old.test.ts")]);
  const now = reportOf([createTest("a", "failed", "new.test.ts"), createTest("b", "failed", "new.test.ts")]);
  const moves = new Map([["old.test.ts", "new.test.ts"]]);
  it("holds the same tests", () => {
    expect(compareTests(before, now, none, moves).listed.map(({ id, change }) => [id, change])).toEqual([
      ["new.test.ts > b", "new-failure"],
      ["new.test.ts > a", "still-failing"],
    ]);
    expect(newlyFailing(before, now, moves).map((test) => test.name)).toEqual(["b"]);
  });
  it("does not lend its results to a test that was at the new path already", () => {
    const both = valid([...before.tests, createTest("a", "passed", "new.test.ts")]);
    const { listed } = compareTests(both, now, none, moves);
    expect(listed).toContainEqual(expect.objectContaining({ id: "new.test.ts > a", change: "new-failure" }));
    expect(listed).toContainEqual(expect.objectContaining({ id: "old.test.ts > a", change: "removed" }));
  });
});

it("lists the worst first and counts all", () => {
  const many = Array.from({ length: maxListedTests + 50 }, (_, n) => createTest(`n${n}`));
  const report = reportOf([...many, createTest("zz", "failed")]);
  const comparison = compareTests(valid([createTest("gone")]), report, none);
  expect(comparison.listed).toHaveLength(maxListedTests);
  expect(comparison.listed.slice(0, 2).map(({ change }) => change)).toEqual(["new-failure", "removed"]);
  expect(comparison.changes).toMatchObject({ "new-pass": maxListedTests + 50, "new-failure": 1, removed: 1 });
});

describe("the laws of a comparison", () => {
  const status = fc.constantFrom(...testStatuses);
  const names = ["a", "b", "c", "d", "e"];
  const tests = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), status), { selector: ([name]) => name })
    .map((all) => all.map(([name, ended]) => createTest(name, ended)));
  const reruns = fc
    .dictionary(
      fc.constantFrom(...names.map((name) => `a.test.ts > ${name}`)),
      fc.array(status, { maxLength: 3 }),
    )
    .map((all) => new Map(Object.entries(all)));
  const state = fc.constantFrom("valid", "unusable" as const, "empty" as const);

  it("a test that fails, did not fail before, and passes in no rerun is a new failure; no other is", () => {
    fc.assert(
      fc.property(tests, tests, reruns, (before, now, again) => {
        const found = newFailures(compareTests(valid(before), reportOf(now), again)).map(({ name }) => name);
        const expected = now.filter(
          (test) =>
            ["failed", "other"].includes(test.status) &&
            !before.some((each) => each.name === test.name && each.status === "failed") &&
            !before.some(
              (each) => each.name === test.name && each.status === "other" && test.status === "other",
            ) &&
            !again.get(test.id)?.includes("passed"),
        );
        expect(found).toEqual(expected.map(({ name }) => name).sort());
      }),
    );
  });

  it("more failures never make fewer new failures", () => {
    fc.assert(
      fc.property(
        state,
        tests,
        tests,
        reruns,
        fc.constantFrom(...names),
        (known, before, now, again, name) => {
          const baseline = { state: known, tests: before };
          const worse = [...now.filter((test) => test.name !== name), createTest(name, "failed")];
          const count = (all: readonly TestCase[]) =>
            compareTests(baseline, reportOf(all), again).changes["new-failure"];
          fc.pre(now.find((test) => test.name === name)?.status !== "other");
          expect(count(worse)).toBeGreaterThanOrEqual(count(now));
        },
      ),
    );
  });

  it("no order of the input matters", () => {
    fc.assert(
      fc.property(state, tests, tests, reruns, (known, before, now, again) => {
        const one = compareTests({ state: known, tests: before }, reportOf(now), again);
        const reversed = { state: known, tests: before.toReversed() };
        const other = compareTests(reversed, reportOf(now.toReversed()), new Map([...again].reverse()));
        expect(other).toEqual(one);
      }),
    );
  });

  it("what is to be run again is what fails newly without reruns", () => {
    fc.assert(
      fc.property(state, tests, tests, (known, before, now) => {
        const baseline = { state: known, tests: before };
        const report = reportOf(now);
        expect(newlyFailing(baseline, report).map((test) => test.id)).toEqual(
          newFailures(compareTests(baseline, report, none)).map((test) => test.id),
        );
      }),
    );
  });
});
