import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestCase, TestStatus } from "../../src/domain/tests.ts";
import { readTestReport } from "../../src/verification/tests/read-test-report.ts";
import type { ReportLimits, ReportPlace, TestReport } from "../../src/verification/tests/test-report.ts";

export const roomy: ReportLimits = { reportBytes: 1_000_000, tests: 1000, textBytes: 2000 };

/** A report that a tool wrote, recorded in src/verification/tests/fixtures. */
export const recorded = (name: string): Buffer =>
  readFileSync(fileURLToPath(import.meta.resolve(`../../src/verification/tests/fixtures/${name}`)));

export async function* inPieces(content: string | Uint8Array, bytes = 700): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(content);
  for (let from = 0; from < whole.length; from += bytes) yield whole.subarray(from, from + bytes);
}

/** Reads a report that must be readable. */
export async function readReport(
  content: string | Uint8Array,
  place: Partial<ReportPlace> = {},
  limits: Partial<ReportLimits> = {},
): Promise<TestReport> {
  const result = await readTestReport(
    inPieces(content),
    { root: "/work/project", ...place },
    { ...roomy, ...limits },
  );
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`);
  return result.value;
}

export const statusesOf = (report: TestReport): Record<string, TestStatus> =>
  Object.fromEntries(report.tests.map((test) => [test.id, test.status]));

export function createTest(
  name: string,
  status: TestStatus = "passed",
  file: string | null = "a.test.ts",
): TestCase {
  const id = file === null ? name : `${file} > ${name}`;
  return { id, file, suite: [], name, status, durationMs: 1 };
}
