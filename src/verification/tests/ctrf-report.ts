import { isObject, type JsonObject } from "../../domain/json.ts";
import { type TestStatus, testStatuses } from "../../domain/tests.ts";
import type { Gathering } from "./gather-tests.ts";
import { numberOf, objectsOf, textOf, textsOf } from "./json-value.ts";
import type { ReportPaths } from "./report-path.ts";
import { lineIn } from "./report-text.ts";
import type { ReportFault } from "./test-report.ts";
import { ownGenerator } from "./to-ctrf.ts";

export const isCtrfReport = (report: JsonObject): boolean => {
  const results = report["results"];
  return isObject(results) && Array.isArray(results["tests"]);
};

/** What reporters write as `other`, though it has a word of its own. */
const rawStatuses = new Map<string, TestStatus>([
  ["todo", "pending"],
  ["disabled", "skipped"],
  ["skipped", "skipped"],
]);

/** Reads a report in the Common Test Report Format, as the reporters of many tools write it. */
export function readCtrfReport(
  report: JsonObject,
  paths: ReportPaths,
  gathering: Gathering,
): { readonly tool: string } | { readonly fault: ReportFault } {
  const results = objectIn(report, "results");
  const tests = objectsOf(results, "tests");
  const isOwn = textOf(report, "generatedBy") === ownGenerator;
  let failed = 0;
  for (const test of tests) {
    const status = statusIn(test);
    if (status === "failed") failed++;
    const printed = textOf(test, "filePath");
    const file = paths.toFile(printed);
    const outcomes = outcomesOf(test, status);
    const [message, trace] = [textOf(test, "message"), textOf(test, "trace")];
    const line = numberOf(test, "line") || (file === null ? 0 : lineIn(trace, file));
    const id = isOwn ? textOf(test, "testId") : "";
    gathering.add({
      ...(id === "" ? {} : { id }),
      file,
      suite: suiteOf(test, file, printed),
      name: textOf(test, "name"),
      status,
      durationMs: numberOf(test, "duration"),
      line,
      ...(message ? { message } : {}),
      ...(trace ? { trace } : {}),
      ...(outcomes.length > 1 ? { outcomes } : {}),
    });
  }
  const summary = objectIn(results, "summary");
  const [total, failures] = [numberOf(summary, "tests"), numberOf(summary, "failed")];
  if (total > tests.length || failures > failed) {
    const seen = `lists ${tests.length} with ${failed} failed`;
    const message = `its summary counts ${total} tests with ${failures} failed, and it ${seen}`;
    return { fault: { kind: "malformed", message } };
  }
  const extra = objectIn(results, "extra");
  for (const error of objectsOf(extra, "collectionErrors"))
    gathering.addCollectionError(paths.toFile(textOf(error, "file")), textOf(error, "message"));
  return { tool: textOf(objectIn(results, "tool"), "name").slice(0, 100) || "ctrf" };
}

const objectIn = (value: JsonObject, name: string): JsonObject => {
  const field = value[name];
  return isObject(field) ? field : {};
};

function statusIn(test: JsonObject): TestStatus {
  const status = textOf(test, "status");
  if (status === "other") return rawStatuses.get(textOf(test, "rawStatus")) ?? "other";
  return testStatuses.find((each) => each === status) ?? "other";
}

/** Older reporters write the suites as one text, and the file's name as the first of them. */
function suiteOf(test: JsonObject, file: string | null, printed: string): readonly string[] {
  const text = textOf(test, "suite");
  const suite = text === "" ? textsOf(test, "suite") : text.split(" > ");
  const repeats =
    file !== null && suite[0] !== undefined && (file === suite[0] || file.endsWith(`/${suite[0]}`));
  return [...(file === null && printed !== "" ? [printed] : []), ...(repeats ? suite.slice(1) : suite)];
}

function outcomesOf(test: JsonObject, status: TestStatus): readonly TestStatus[] {
  const attempts = objectsOf(test, "retryAttempts").map(statusIn);
  if (attempts.length > 0) return attempts.at(-1) === status ? attempts : [...attempts, status];
  const isFlaky = test["flaky"] === true;
  const retries = Math.max(numberOf(test, "retries"), isFlaky ? 1 : 0);
  if (status !== "passed" && status !== "failed") return [];
  return [...Array<TestStatus>(Math.min(retries, 100)).fill("failed"), status];
}
