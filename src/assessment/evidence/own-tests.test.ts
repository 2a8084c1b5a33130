import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testsAmong } from "./own-tests.ts";
import { firstPassing } from "./run-own-tests.ts";

test("a test belongs to the file that it is named after, whatever runs it", () => {
  const tests = [
    "tests/test_x.py",
    "src/x.test.ts",
    "x_test.go",
    "spec/x_spec.rb",
    "test/XTest.java",
    "src/x.ts",
  ];
  expect(testsAmong(tests, "src/x.py")).toEqual([
    "tests/test_x.py",
    "src/x.test.ts",
    "x_test.go",
    "spec/x_spec.rb",
  ]);
  expect(testsAmong(tests, "lib/X.java")).toEqual(["test/XTest.java"]);
  expect(testsAmong(tests, "tests/test_x.py")).toContain("tests/test_x.py");
  expect(testsAmong(tests, "src/y.py")).toEqual([]);
});

describe("the first commit at which tests pass", () => {
  test("is found in as many runs as halving takes, wherever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(), async (count, drawn) => {
        const first = drawn % count;
        const commits = Array.from({ length: count }, (_, index) => `c${index}`);
        let runs = 0;
        const found = await firstPassing(commits, async (commit) => {
          runs++;
          return Number(commit.slice(1)) >= first;
        });
        expect(found).toBe(`c${first}`);
        expect(runs).toBeLessThanOrEqual(Math.ceil(Math.log2(count)) + 1);
      }),
    );
  });

  test("is none where they fail at the last, or where there is no commit", async () => {
    expect(await firstPassing(["a", "b"], async (commit) => commit === "a")).toBeNull();
    expect(await firstPassing([], async () => true)).toBeNull();
  });
});
