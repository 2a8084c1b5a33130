import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { TestCase } from "../src/domain/tests.ts";
import type { DetectedCheck } from "../src/plan/detect/part.ts";
import { detectToolchain } from "../src/plan/detect.ts";
import { createFiles } from "../src/platform/files.ts";
import { rerunCommand } from "../src/verification/tests/rerun.ts";
import { readText } from "./harness/coverage.ts";
import {
  findPython,
  openProject,
  type ProjectKind,
  runTool,
  type ToolRun,
  userPath,
} from "./harness/projects.ts";
import { git } from "./harness/temp.ts";
import { readReport } from "./harness/test-reports.ts";

async function testCheck(root: string): Promise<DetectedCheck> {
  const { checks } = await detectToolchain(createFiles(), root);
  const check = checks.find(({ name }) => name === "test");
  if (check === undefined) throw new Error("no check of tests was detected");
  return check;
}

const pathsOf = (root: string) => new Set(git(root, "ls-files").trim().split("\n"));
const readTests = async (root: string, { report }: ToolRun): Promise<ReadonlyMap<string, TestCase>> => {
  const { tests } = await readReport(report, { root, files: pathsOf(root) });
  return new Map(tests.map((one) => [one.name, one]));
};

/** Runs a test again as a run does: with the whole command where the report does not tell its file. */
async function runAgain(root: string, check: DetectedCheck, one: TestCase | undefined, path?: string) {
  const argv = one && rerunCommand(check.rerun, one);
  return readTests(root, runTool(root, check, path, argv ?? undefined));
}

interface Tool {
  readonly title: string;
  readonly kind: ProjectKind;
  /** Null where the tool is missing. */
  readonly path: string | null;
  readonly statuses: Readonly<Record<string, TestCase["status"]>>;
  readonly flaky: string;
  /** A source file with a line that no test reaches; absent where the tool measures none. */
  readonly covered?: string;
}

const script = {
  statuses: {
    "makes 1.234 1.23": "passed",
    "makes 1.236 1.24": "passed",
    "makes -0.5 -0.5": "passed",
    "rounds a half up": "failed",
    "knows the yen": "skipped",
    "sums what is in it": "passed",
    "costs nothing when it is empty": "passed",
    "is there in time": "failed",
  },
  flaky: "is there in time",
} as const;
/** Its reports tell the files of tests, as those of Node 20 do not. */
const newestNode = [join(import.meta.dirname, "../node_modules/.bin"), userPath()].join(delimiter);
const python = findPython();
const tools: readonly Tool[] = [
  { ...script, title: "vitest", kind: "vitest", path: userPath() },
  {
    ...script,
    title: "jest",
    kind: "jest",
    path: userPath(),
    covered: "src/basket.js",
  },
  {
    ...script,
    title: "node --test of the user's own Node",
    kind: "node-test",
    path: userPath(),
    covered: "src/basket.js",
  },
  {
    title: python === null ? "pytest (skipped: pytest or pytest-cov is missing)" : "pytest",
    kind: "pytest",
    path: python,
    statuses: {
      "test_makes[1.234-1.23]": "passed",
      "test_makes[1.236-1.24]": "passed",
      "test_makes[-0.5--0.5]": "passed",
      test_rounds_a_half_up: "failed",
      test_knows_the_yen: "skipped",
      test_sums_what_is_in_it: "passed",
      test_costs_nothing_when_it_is_empty: "passed",
      test_is_there_in_time: "failed",
    },
    flaky: "test_is_there_in_time",
    covered: "shop/basket.py",
  },
];

for (const { title, kind, path, statuses, flaky, covered } of tools) {
  test.runIf(path !== null)(`what is proposed leaves its reports where it says: ${title}`, async () => {
    const { root } = openProject(kind, 1);
    const check = await testCheck(root);

    const whole = runTool(root, check, path ?? "");
    expect(whole.status, whole.output).toBe(1);
    const tests = await readTests(root, whole);
    const seen = [...tests].map(([name, { status }]) => [name, status]);
    expect(Object.fromEntries(seen)).toEqual(statuses);

    if (covered === undefined) expect(check.coverage).toBeUndefined();
    else {
      const read = await readText(whole.coverage, { root, paths: pathsOf(root) });
      const lines = read.ok ? read.value.files.get(covered) : undefined;
      expect([...(lines?.hits ?? [])]).toContain(0);
    }

    const again = await runAgain(root, check, tests.get(flaky), path ?? "");
    expect(again.get(flaky)?.status).toBe("passed");
  });
}

test("what is proposed for a project in a folder leaves its reports there, and runs one file again", async () => {
  const { root } = openProject("node-test", 1, "web");
  const check = await testCheck(root);
  expect(check).toMatchObject({ name: "test", report: "web/junit.xml", coverage: "web/lcov.info" });
  const whole = runTool(root, check, newestNode);
  expect(whole.status, whole.output).toBe(1);
  expect(whole.coverage).toContain("SF:src/price.js");
  const tests = await readTests(root, whole);
  expect(tests.get(script.flaky)).toMatchObject({ file: "web/test/basket.test.js", status: "failed" });
  const again = await runAgain(root, check, tests.get(script.flaky), newestNode);
  expect(again.get(script.flaky)?.status).toBe("passed");
  expect(again.has("rounds a half up")).toBe(false);
});
