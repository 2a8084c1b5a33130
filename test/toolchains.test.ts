import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { DetectedCheck } from "../src/plan/detect/part.ts";
import { detectToolchain } from "../src/plan/detect.ts";
import { createFiles } from "../src/platform/files.ts";
import { findPython, openProject, type ProjectKind, runTool, userPath } from "./harness/projects.ts";

async function testCheck(root: string): Promise<DetectedCheck> {
  const { checks } = await detectToolchain(createFiles(), root);
  const check = checks.find(({ name }) => name.startsWith("test"));
  if (check === undefined) throw new Error("no check of tests was detected");
  return check;
}

interface Tool {
  readonly title: string;
  readonly kind: ProjectKind;
  /** Null where the tool is missing. */
  readonly path: string | null;
  /** How a report says that a test failed. */
  readonly failure: RegExp;
  /** The parametrised test, the skipped one and the one that always fails. */
  readonly names: readonly string[];
  readonly flaky: { readonly file: string; readonly name: string };
  /** Absent where the tool measures none. */
  readonly covered?: string;
}

const script = {
  failure: /<failure/g,
  names: ["makes 1.236 1.24", "knows the yen", "rounds a half up"],
  flaky: { file: "test/basket.test.js", name: "is there in time" },
};
const ownNode = [join(import.meta.dirname, "../node_modules/.bin"), userPath()].join(delimiter);
const nodeTest = { ...script, kind: "node-test", covered: "SF:src/price.js" } as const;
const python = findPython();
const tools: readonly Tool[] = [
  { ...script, title: "vitest", kind: "vitest", path: userPath() },
  {
    ...script,
    title: "jest",
    kind: "jest",
    path: userPath(),
    failure: /"status":"failed","title"/g,
    covered: "SF:src/price.js",
  },
  { ...nodeTest, title: "node --test of the user's own Node", path: userPath() },
  { ...nodeTest, title: "node --test of the newest Node", path: ownNode },
  {
    title: python === null ? "pytest (skipped: pytest or pytest-cov is missing)" : "pytest",
    kind: "pytest",
    path: python,
    failure: /<failure/g,
    names: ["test_makes[1.236-1.24]", "test_knows_the_yen", "test_rounds_a_half_up"],
    flaky: { file: "tests/test_basket.py", name: "test_is_there_in_time" },
    covered: "SF:shop/price.py",
  },
];

for (const { title, kind, path, failure, names, flaky, covered } of tools) {
  test.runIf(path !== null)(`what is proposed leaves its reports where it says: ${title}`, async () => {
    const { root } = openProject(kind, 1);
    const check = await testCheck(root);
    const how = { path: path ?? "" };

    const whole = runTool(root, check, how);
    expect(whole.status, whole.output).toBe(1);
    for (const name of [...names, flaky.name]) expect(whole.report).toContain(name);
    expect(whole.report.match(failure)).toHaveLength(2);
    if (covered === undefined) expect(check.coverage).toBeUndefined();
    else expect(whole.coverage).toContain(covered);

    const again = runTool(root, check, { ...how, again: flaky });
    expect(again.status, again.output).toBe(0);
    expect(again.report).toContain(flaky.name);
    expect(again.report).not.toContain(names[2]);
  });
}

test("what is proposed for a project in a folder leaves its reports there, and runs one file again", async () => {
  const { root } = openProject("node-test", 1, "web");
  const check = await testCheck(root);
  expect(check).toMatchObject({ name: "test", report: "web/junit.xml", coverage: "web/lcov.info" });
  const whole = runTool(root, check);
  expect(whole.status, whole.output).toBe(1);
  expect(whole.report).toContain(script.flaky.name);
  expect(whole.coverage).toContain("SF:src/price.js");
  const again = runTool(root, check, { again: { ...script.flaky, file: `web/${script.flaky.file}` } });
  expect(again.status, again.output).toBe(0);
  expect(again.report).not.toContain("rounds a half up");
});
