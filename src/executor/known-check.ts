import { z } from "zod";
import type { ArtifactRef, CheckResult } from "../domain/certificate.ts";
import type { Measure } from "../domain/coverage.ts";
import { parseJson } from "../domain/json.ts";
import { type BaselineState, baselineStates, type TestCounts } from "../domain/tests.ts";
import { readArtifact } from "../platform/artifacts.ts";
import type { DiagnosticReport } from "../verification/build-check/diagnostics.ts";
import { readCoverageText } from "../verification/coverage/coverage-text.ts";
import type { Coverage } from "../verification/coverage/file-lines.ts";
import type { TestBaseline } from "../verification/tests/compare-tests.ts";
import { readTestReport } from "../verification/tests/read-test-report.ts";
import { mostTestText } from "./left-reports.ts";
import type { AttemptContext } from "./step.ts";

/** What is known of a check on a tree without the change: where its tests, coverage and diagnostics are kept. */
export interface KnownCheck {
  readonly state: BaselineState;
  /** Why it is unusable. */
  readonly why?: string;
  readonly exitCode: number | null;
  readonly counts: TestCounts | null;
  readonly report?: ArtifactRef;
  readonly lines?: ArtifactRef;
  readonly places?: ArtifactRef;
}

const artifact = z.object({ path: z.string(), sha256: z.string() });
const count = z.int().nonnegative();
const shape = z.object({
  state: z.enum(baselineStates),
  why: z.string().optional(),
  exitCode: z.int().nullable(),
  counts: z.object({ total: count, passed: count, failed: count, skipped: count }).nullable(),
  report: artifact.optional(),
  lines: artifact.optional(),
  places: artifact.optional(),
});

/** A check as it was kept by an earlier run; null for any other text. */
export function parseKnownCheck(text: string): KnownCheck | null {
  const parsed = shape.safeParse(parseJson(text));
  return parsed.success ? (parsed.data as KnownCheck) : null;
}

/** What a phase's own check says of the tree that became the run's head; null where it kept nothing to compare with. */
export function knownFrom({
  report,
  lines,
  places,
  tests,
  outcome,
  exitCode,
}: CheckResult): KnownCheck | null {
  if (outcome === "inconclusive" || (!report && !lines && !places && outcome !== "passed")) return null;
  return {
    state: "valid",
    exitCode,
    counts: tests?.counts ?? null,
    ...(report ? { report } : {}),
    ...(lines ? { lines } : {}),
    ...(places ? { places } : {}),
  };
}

/** Of a baseline whose artifact is gone, nothing is known. */
export async function readKnownTests(context: AttemptContext, known: KnownCheck): Promise<TestBaseline> {
  const { state, why } = known;
  if (state !== "valid") return { state, ...(why === undefined ? {} : { why }), tests: [] };
  if (!known.report) return { state: "unusable", why: "it left no report", tests: [] };
  const text = await textOf(context, known.report);
  if (text === null) return { state: "unusable", why: "its report is not kept any more", tests: [] };
  const { reportBytes, reportTests } = context.journal.state.created.limits;
  const limits = { reportBytes, tests: reportTests, textBytes: mostTestText };
  const read = await readTestReport(toChunks(text), { root: "/" }, limits);
  if (!read.ok)
    return { state: "unusable", why: `its report cannot be used: ${read.error.message}`, tests: [] };
  return { state, tests: read.value.tests };
}

export async function readKnownCoverage(
  context: AttemptContext,
  { state, why, lines }: KnownCheck,
): Promise<Measure<Coverage>> {
  if (state === "unusable") return { measured: false, why: why ?? "the baseline is unusable" };
  // Without tests nothing was executed: the files that there were count as not covered by their tool or not at all.
  if (!lines && state === "empty") return { measured: true, value: new Map() };
  if (!lines) return { measured: false, why: "the check left no coverage report at the baseline" };
  const text = await textOf(context, lines);
  const coverage = text === null ? null : readCoverageText(text.toString("utf8"));
  return coverage
    ? { measured: true, value: coverage }
    : { measured: false, why: "the coverage of the baseline is not kept any more" };
}

const places = z.object({
  isWhole: z.boolean(),
  diagnostics: z.array(
    z.object({
      path: z.string(),
      line: z.int().nullable(),
      column: z.int().nullable(),
      severity: z.enum(["error", "warning"]),
      rule: z.string().nullable(),
      message: z.string(),
    }),
  ),
});

/** Null where nothing is known. */
export async function readKnownPlaces(
  context: AttemptContext,
  known: KnownCheck,
): Promise<DiagnosticReport | null> {
  if (known.state === "unusable") return null;
  if (!known.places) return known.exitCode === 0 ? { isWhole: true, diagnostics: [] } : null;
  const text = await textOf(context, known.places);
  const parsed = text === null ? null : places.safeParse(parseJson(text.toString("utf8")));
  return parsed?.success ? parsed.data : null;
}

const textOf = ({ deps }: AttemptContext, ref: ArtifactRef): Promise<Buffer | null> =>
  readArtifact(deps.platform.files, deps.artifactsRoot, ref);

async function* toChunks(data: Buffer): AsyncGenerator<Uint8Array> {
  yield data;
}
