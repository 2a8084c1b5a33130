import { isObject, type JsonObject, parseJson } from "../../domain/json.ts";
import type { TestStatus } from "../../domain/tests.ts";
import type { Gathering } from "./gather-tests.ts";
import { numberOf, textOf } from "./json-value.ts";
import type { ReportPaths } from "./report-path.ts";
import type { ReportFault } from "./test-report.ts";

interface OpenPackage {
  readonly name: string;
  /** Tests that began and did not end yet, with what they printed. */
  readonly running: Map<string, string>;
  output: string;
  failedTests: number;
  tests: number;
  panicked: boolean;
  isOver: boolean;
}

export interface GoReader {
  write(line: string): void;
  end(): ReportFault | null;
}

const ends = new Map<string, TestStatus>([
  ["pass", "passed"],
  ["fail", "failed"],
  ["skip", "skipped"],
]);

/** Whether a line is one of `go test -json`. */
export function isGoEvent(line: string): boolean {
  const event = line.startsWith("{") ? parseJson(line) : undefined;
  return isObject(event) && textOf(event, "Action") !== "" && /"(Package|ImportPath)"/.test(line);
}

/**
 * Reads the lines of `go test -json`. A package that fails without a failing test was not run: it was not built, or
 * ended on its own. Its id is the package and the name of the test: Go does not tell the file, except of a failure.
 */
export function createGoReader(paths: ReportPaths, gathering: Gathering, textBytes: number): GoReader {
  const packages = new Map<string, OpenPackage>();
  /** What the compiler said, by what it could not build. */
  const builds = new Map<string, string>();
  let broken: ReportFault | null = null;

  const packageOf = (name: string): OpenPackage => {
    let found = packages.get(name);
    if (!found) {
      found = {
        name,
        running: new Map(),
        output: "",
        failedTests: 0,
        tests: 0,
        panicked: false,
        isOver: false,
      };
      packages.set(name, found);
    }
    return found;
  };

  const endTest = (open: OpenPackage, name: string, status: TestStatus, seconds: number): void => {
    const output = open.running.get(name) ?? "";
    open.running.delete(name);
    open.tests++;
    if (status === "failed") open.failedTests++;
    const place = status === "failed" ? placeIn(output, open.name, paths) : null;
    const text = output.replace(/^=== \w+ .*\n|^ *--- \w+: .*\n/gm, "").trim();
    gathering.add({
      file: place?.file ?? null,
      anonymous: true,
      suite: [open.name],
      name,
      status,
      durationMs: Math.round(seconds * 1000),
      line: place?.line ?? 0,
      ...(status === "failed" && text ? { message: text.split("\n", 1)[0] ?? "", trace: text } : {}),
    });
  };

  const endPackage = (open: OpenPackage, event: JsonObject): void => {
    open.isOver = true;
    const isFailing = textOf(event, "Action") === "fail";
    // A test that began and has no end was cut off by the end of its package.
    for (const name of open.running.keys()) endTest(open, name, isFailing ? "failed" : "other", 0);
    if (open.panicked && isFailing)
      gathering.addIncomplete(`the package ${open.name} ended by a panic or a time limit`);
    if (!isFailing || open.failedTests > 0) return;
    const build = builds.get(textOf(event, "FailedBuild")) ?? "";
    const why = `${build}${open.output}`.trim();
    gathering.addCollectionError(null, `the package ${open.name} failed without a failing test: ${why}`);
  };

  const print = (open: OpenPackage, name: string, output: string): void => {
    if (output.startsWith("panic: ")) open.panicked = true;
    const before = open.running.get(name);
    if (before !== undefined) {
      if (before.length < textBytes) open.running.set(name, before + output);
    } else if (name === "" && open.output.length < textBytes) open.output += output;
  };

  const read = (event: JsonObject): void => {
    const action = textOf(event, "Action");
    const target = textOf(event, "ImportPath");
    if (action === "build-output") {
      const before = builds.get(target) ?? "";
      if (before.length < textBytes) builds.set(target, before + textOf(event, "Output"));
      return;
    }
    const name = textOf(event, "Package");
    if (name === "") return;
    const open = packageOf(name);
    const test = textOf(event, "Test");
    const status = ends.get(action);
    if (action === "run" && !open.running.has(test)) open.running.set(test, "");
    else if (action === "output") print(open, test, textOf(event, "Output"));
    else if (status !== undefined && test !== "") endTest(open, test, status, numberOf(event, "Elapsed"));
    else if (status !== undefined) endPackage(open, event);
  };

  return {
    write(line) {
      const text = line.trim();
      if (text === "" || broken) return;
      const event = text.startsWith("{") ? parseJson(text) : undefined;
      if (isObject(event)) read(event);
      else if (text.startsWith("{"))
        broken = { kind: "truncated", message: "one of its lines is no whole event of go test -json" };
      else readPlain(text, gathering);
    },
    end() {
      if (broken) return broken;
      for (const open of packages.values())
        if (!open.isOver)
          return { kind: "truncated", message: `it ends before the package ${open.name} does` };
      return null;
    },
  };
}

/** What go prints between the events: packages that could not be built or set up. */
function readPlain(line: string, gathering: Gathering): void {
  const failed = /^FAIL\s+(\S{1,500})(?:\s+\[([a-z ]{1,40})\])?/.exec(line);
  if (failed?.[1] !== undefined)
    gathering.addCollectionError(null, `the package ${failed[1]} was not run: ${failed[2] ?? "it failed"}`);
}

/** `calc_test.go:8` in what a test of the package printed. */
function placeIn(output: string, name: string, paths: ReportPaths): { file: string; line: number } | null {
  const match = /(?:^|[\s/])([\w.-]{1,200}_test\.go):(\d{1,7})/.exec(output);
  if (!match?.[1] || !paths.areKnown) return null;
  const segments = name.split("/");
  for (let from = 0; from <= Math.min(segments.length, 20); from++) {
    const file = paths.toTestFile([...segments.slice(from), match[1]].join("/"));
    if (file !== null) return { file, line: Number(match[2]) };
  }
  return null;
}
