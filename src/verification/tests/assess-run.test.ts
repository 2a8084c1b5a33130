import { describe, expect, it } from "vitest";
import { readReport, recorded } from "../../../test/harness/test-reports.ts";
import { assessBaseline, assessTestRun } from "./assess-run.ts";

const junit = (cases: string, attributes = "") => `<testsuite ${attributes}>${cases}</testsuite>`;
const passed = '<testcase name="a"/>';
const failed = '<testcase name="b"><failure message="no"/></testcase>';
const skipped = '<testcase name="c"><skipped/></testcase>';
const broken = '<testcase classname="" name="tests.test_x"><error message="collection failure"/></testcase>';
const pytest = 'name="pytest"';
const nextest = (cases: string) =>
  `<testsuites name="nextest-run"><testsuite>${cases}</testsuite></testsuites>`;

const runOf = async (exitCode: number, content: string | Uint8Array) => ({
  exitCode,
  report: { kind: "read" as const, report: await readReport(content) },
});

describe("a test run", () => {
  it("passed or failed where its exit code and its report say the same", async () => {
    expect(assessTestRun(await runOf(0, junit(passed + skipped)))).toEqual({
      outcome: "passed",
      counts: { total: 2, passed: 1, failed: 0, skipped: 1 },
    });
    for (const code of [1, 2, 100])
      expect(assessTestRun(await runOf(code, junit(passed + failed)))).toEqual({
        outcome: "failed",
        counts: { total: 2, passed: 1, failed: 1, skipped: 0 },
      });
  });

  it("failed where the exit code is the number of failed tests, as with mocha", async () => {
    const many = Array.from({ length: 130 }, (_, n) => `<testcase name="${n}"><failure/></testcase>`).join(
      "",
    );
    expect(assessTestRun(await runOf(130, junit(many)))).toMatchObject({ outcome: "failed" });
  });

  it.each([
    ["exit 0 with a failed test", 0, junit(failed), "it exited with 0, and its report holds 1 failed test"],
    ["exit 1 and none failed", 1, junit(passed), "such as a coverage threshold"],
    ["no test", 0, junit(""), "its report holds no test"],
    ["all skipped", 0, junit(skipped), "all 1 test were skipped: none was run"],
    [
      "a file not collected",
      1,
      junit(broken + passed + failed, pytest),
      "tests/test_x.py: collection failure",
    ],
    ["a file not collected, and exit 0", 0, junit(broken + passed, pytest), "tests/test_x.py"],
    ["pytest interrupted", 2, junit(passed + failed, pytest), "pytest was interrupted"],
    ["pytest's own error", 3, junit(passed + failed, pytest), "an internal error"],
    ["pytest called wrongly", 4, junit(passed + failed, pytest), "in a way that it does not know"],
    ["pytest without tests", 5, recorded("pytest-none.xml"), "its report holds no test"],
    ["nextest without a build", 101, nextest(passed + failed), "cargo could not build the tests"],
    [
      "a package of go not built",
      2,
      recorded("go.jsonl"),
      "example.com/shop/broken was not run: build failed",
    ],
    ["a runner not found", 127, junit(failed), "a program that it calls could not be started"],
    ["a runner killed", 137, junit(passed + failed), "was killed by signal 9"],
    [
      "a test that did not end",
      0,
      '{"results":{"tests":[{"name":"a","status":"other"}]}}',
      "1 test ended neither",
    ],
  ])("is inconclusive: %s", async (_, exitCode, content, why) => {
    const assessed = assessTestRun(await runOf(exitCode, content));
    expect(assessed).toMatchObject({ outcome: "inconclusive", why: expect.stringContaining(why) });
  });

  it("is inconclusive where a panic of go hid the tests after it", async () => {
    const lines = recorded("go.jsonl")
      .toString()
      .split("\n")
      .filter((line) => line.includes("shop/crash"));
    const assessed = assessTestRun(await runOf(1, lines.join("\n").replace(/^FAIL.*\n/, "")));
    expect(assessed).toMatchObject({ outcome: "inconclusive", why: expect.stringContaining("by a panic") });
  });

  it("is inconclusive without a report that is its own and whole", () => {
    const fault = { kind: "truncated" as const, message: "it ends in the middle" };
    const seen = [
      [{ kind: "missing" as const }, "it exited with 0 and left no report"],
      [{ kind: "stale" as const }, "it exited with 0, and its report is older than the run"],
      [{ kind: "fault" as const, fault }, "its report cannot be used: it ends in the middle"],
    ] as const;
    for (const [report, why] of seen)
      expect(assessTestRun({ exitCode: 0, report })).toEqual({
        outcome: "inconclusive",
        why: expect.stringContaining(why),
        counts: null,
      });
  });
});

describe("a baseline", () => {
  it("is valid with failing tests too", async () => {
    expect(assessBaseline(await runOf(1, junit(passed + failed)))).toEqual({ state: "valid" });
    expect(assessBaseline(await runOf(0, junit(skipped)))).toEqual({ state: "valid" });
  });

  it.each([
    ["vitest", 1, "vitest-none.json"],
    ["vitest", 1, "vitest-none.xml"],
    ["jest", 1, "jest-none.json"],
    ["node --test", 0, "node-none.xml"],
    ["pytest", 5, "pytest-none.xml"],
    ["go", 0, "go-none.jsonl"],
  ])("is empty where %s found no test and exited with %i: %s", async (_, exitCode, name) => {
    expect(assessBaseline(await runOf(exitCode, recorded(name)))).toEqual({ state: "empty" });
  });

  it.each([
    ["a file was not collected", 1, junit(broken + passed, pytest)],
    ["nothing was collected, and one file not", 2, recorded("pytest-broken.xml")],
    ["there is no test, and an exit code for another reason", 1, junit("")],
    ["pytest found no test, and says that it failed itself", 3, recorded("pytest-none.xml")],
    ["its exit code says what its report does not", 1, junit(passed)],
  ])("is unusable where %s", async (_, exitCode, content) => {
    const assessed = assessBaseline(await runOf(exitCode, content));
    expect(assessed).toEqual({ state: "unusable", why: expect.stringMatching(/./) });
  });

  it("is unusable without a report", () => {
    expect(assessBaseline({ exitCode: 1, report: { kind: "missing" } })).toMatchObject({ state: "unusable" });
  });
});
