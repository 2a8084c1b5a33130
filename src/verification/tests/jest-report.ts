import { isObject, type JsonObject } from "../../domain/json.ts";
import type { TestStatus } from "../../domain/tests.ts";
import type { Gathering } from "./gather-tests.ts";
import { numberOf, objectsOf, textOf, textsOf } from "./json-value.ts";
import type { ReportPaths } from "./report-path.ts";
import { lineIn, withoutStack } from "./report-text.ts";
import type { ReportFault } from "./test-report.ts";

/** jest calls a skipped test `pending`; vitest calls so one that it began and never ended. */
const statuses = new Map<string, TestStatus>([
  ["passed", "passed"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["disabled", "skipped"],
  ["todo", "pending"],
]);

export const isJestReport = (report: JsonObject): boolean => Array.isArray(report["testResults"]);

/** Reads what `jest --json` and vitest's JSON reporter write. A file that failed without a failing test was not run. */
export function readJestReport(
  report: JsonObject,
  paths: ReportPaths,
  gathering: Gathering,
): { readonly tool: string } | { readonly fault: ReportFault } {
  const tool = report["numRuntimeErrorTestSuites"] === undefined ? "vitest" : "jest";
  let listed = 0;
  let failed = 0;
  for (const result of objectsOf(report, "testResults")) {
    const printed = textOf(result, "name");
    const file = paths.toFile(printed);
    let failedHere = 0;
    for (const assertion of objectsOf(result, "assertionResults")) {
      listed++;
      const status = statusIn(assertion, tool);
      if (status === "failed") failedHere++;
      const messages = textsOf(assertion, "failureMessages");
      const outcomes = outcomesOf(assertion, status, messages);
      const trace = status === "failed" ? messages.join("\n") : "";
      const line = (file !== null && lineIn(trace, file)) || lineOf(assertion);
      gathering.add({
        file,
        suite: [
          ...(file === null && printed !== "" ? [printed] : []),
          ...textsOf(assertion, "ancestorTitles"),
        ],
        name: textOf(assertion, "title") || textOf(assertion, "fullName"),
        status,
        durationMs: numberOf(assertion, "duration"),
        line,
        ...(trace ? { message: withoutStack(trace), trace } : {}),
        ...(outcomes.length > 1 ? { outcomes } : {}),
      });
    }
    failed += failedHere;
    if (textOf(result, "status") === "failed" && failedHere === 0)
      gathering.addCollectionError(file, textOf(result, "message") || "it failed as a whole");
  }
  if (report["wasInterrupted"] === true) gathering.addIncomplete(`${tool} was interrupted`);
  const [total, failures] = [numberOf(report, "numTotalTests"), numberOf(report, "numFailedTests")];
  if (total > listed || failures > failed) {
    const message = `it counts ${total} tests with ${failures} failed, and lists ${listed} with ${failed} failed`;
    return { fault: { kind: "malformed", message } };
  }
  return { tool };
}

function statusIn(assertion: JsonObject, tool: string): TestStatus {
  const status = textOf(assertion, "status");
  if (status === "pending") return tool === "jest" ? "skipped" : "other";
  return statuses.get(status) ?? "other";
}

/** A test that was retried: jest counts how often, vitest leaves the messages of the times that failed. */
function outcomesOf(
  assertion: JsonObject,
  status: TestStatus,
  messages: readonly string[],
): readonly TestStatus[] {
  if (status !== "passed" && status !== "failed") return [];
  const failures = status === "passed" ? messages.length : 0;
  const before = Math.max(numberOf(assertion, "invocations") - 1, failures, 0);
  return [...Array<TestStatus>(Math.min(before, 100)).fill("failed"), status];
}

function lineOf(assertion: JsonObject): number {
  const location = assertion["location"];
  return isObject(location) ? numberOf(location, "line") : 0;
}
