import type { Argv } from "../../domain/plan.ts";
import type { TestCase } from "../../domain/tests.ts";
import { longestName } from "./report-text.ts";

export const testRunners = ["vitest", "jest", "node", "pytest", "go", "nextest"] as const;
export type TestRunner = (typeof testRunners)[number];

/** How a program of the project is started where a plan does not say. */
const launchers: Readonly<Record<TestRunner, readonly string[]>> = {
  vitest: ["npx"],
  jest: ["npx"],
  node: [],
  pytest: ["python3", "-m"],
  go: [],
  nextest: [],
};

/**
 * How a known runner runs one test alone, and leaves a report of it at `report`; null where the test cannot be named.
 * Its report tells how the test ended: these runners exit with 0 as well when they find no test of that name. Cargo
 * nextest leaves its report where the project's own configuration says.
 *
 * @param launch what starts a program of the project, such as `pnpm exec`
 */
export function defaultRerun(
  runner: TestRunner,
  report: string,
  launch: readonly string[] = launchers[runner],
): (test: TestCase) => Argv | null {
  const command = (words: readonly [string, ...string[]]): Argv => [...launch, ...words] as unknown as Argv;
  return (test) => {
    const parts = [...test.suite, test.name];
    if (parts.some((part) => part.length >= longestName || part.includes("\0"))) return null;
    const file = test.file?.startsWith("-") ? `./${test.file}` : test.file;
    if (runner === "go") return goCommand(command, test, report);
    // Names of Rust are words; others would have to be written in the language of nextest's filters.
    if (runner === "nextest")
      return /^[\w:]+$/.test(test.name)
        ? command(["cargo", "nextest", "run", "-E", `test(=${test.name})`])
        : null;
    if (file === null || file === undefined) return null;
    switch (runner) {
      case "vitest": {
        // Between a suite and what is in it, old versions have a blank, and new ones ` > `.
        const pattern = `--testNamePattern=^\\s*${parts.map(patternOf).join("(?: >)? ")}\\s*$`;
        return command(["vitest", "run", file, pattern, "--reporter=junit", `--outputFile=${report}`]);
      }
      case "jest": {
        const pattern = `--testNamePattern=^\\s*${parts.map(patternOf).join(" ")}\\s*$`;
        return command(["jest", "--runTestsByPath", file, pattern, "--json", `--outputFile=${report}`]);
      }
      case "node": {
        const pattern = `--test-name-pattern=^\\s*${parts.map(patternOf).join(" ")}\\s*$`;
        const output = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
        return command(["node", "--test", ...output, pattern, file]);
      }
      case "pytest":
        return command(["pytest", [file, ...parts].join("::"), `--junitxml=${report}`]);
    }
  };
}

/** Go prints its report; the names are arguments of the shell, and no part of what it reads. */
function goCommand(
  command: (words: readonly [string, ...string[]]) => Argv,
  { suite, name }: TestCase,
  report: string,
): Argv | null {
  const [folder] = suite;
  if (folder === undefined || folder.startsWith("-")) return null;
  const pattern = name
    .split("/")
    .map((part) => `^${patternOf(part)}$`)
    .join("/");
  const text = 'go test -json -count=1 -run "$1" "$2" > "$3"';
  return command(["sh", "-c", text, "sh", pattern, folder, report]);
}

/** A regular expression for the text alone. Reports do not keep blanks and control characters as they are. */
const patternOf = (text: string): string =>
  text
    .replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replaceAll("\ufffd", ".")
    .replaceAll(/\s/g, "\\s");
