import type { CheckResult } from "../domain/certificate.ts";
import type { ChangedLines, Measure } from "../domain/coverage.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import type { TestComparison } from "../domain/tests.ts";
import { readChangedLines } from "../platform/changed-lines.ts";
import { assessCoverage } from "../verification/coverage/assess-coverage.ts";
import type { Coverage } from "../verification/coverage/read-coverage.ts";
import { assessTestRun } from "../verification/tests/assess-run.ts";
import { compareTests, newlyFailing, type TestBaseline } from "../verification/tests/compare-tests.ts";
import { baselineOf, findBaseline } from "./baseline-step.ts";
import { type CheckFacts, keepFacts, readFacts } from "./check-facts.ts";
import { type KnownCheck, readKnownCoverage, readKnownTests } from "./known-check.ts";
import { judgePlaces } from "./places-step.ts";
import { recordFlaky } from "./record-flaky.ts";
import { rerunTests } from "./rerun-step.ts";
import { type RanCommand, runInWorkspace } from "./run-command.ts";
import { type AttemptContext, artifactOf, type CheckRound, type Step } from "./step.ts";

/**
 * Runs a command of the plan and judges what it left: its tests and diagnostics beside those of the tree without the
 * change, its coverage also line by line. A command that leaves nothing is judged by its exit code.
 */
export async function carryOutCheck(
  round: CheckRound,
  command: { readonly spec: CheckSpec; readonly kind: "check" | "acceptance" },
): Promise<Step<CheckResult>> {
  const { context, workspace, what } = round;
  const { limits } = context.journal.state.created;
  const early = readEarly(round, command.spec);
  // Told where it is waited for.
  early.catch(() => undefined);
  const ran = await runInWorkspace(context, workspace, what, { ...command, timeoutMs: limits.checkMs });
  if (!ran.ok) return ran;
  const { spec, kind } = command;
  const { result } = ran.value;
  // Of what did not end by itself nothing is known.
  if (kind === "acceptance" || result.exitCode === null || result.exceeded !== undefined) return ok(result);
  if (!spec.report && !spec.coverage) return judgePlaces(round, spec, result);
  return judgeReports(round, spec, ran.value, result.exitCode, await early);
}

/** The baseline as its kept reports have it. */
interface Baseline {
  readonly known: KnownCheck;
  readonly tests: TestBaseline;
  readonly coverage: Measure<Coverage>;
}

/** A baseline that is there is read while the command runs; null: it has to be made. */
async function readEarly({ context, onto }: CheckRound, spec: CheckSpec): Promise<Baseline | null> {
  if (!spec.report && !spec.coverage) return null;
  const known = await findBaseline(context, spec, onto);
  return known && readBaseline(context, known);
}

const readBaseline = async (context: AttemptContext, known: KnownCheck): Promise<Baseline> => ({
  known,
  tests: await readKnownTests(context, known),
  coverage: await readKnownCoverage(context, known),
});

const isSame = (a: KnownCheck, b: KnownCheck): boolean =>
  a.state === b.state && a.report?.sha256 === b.report?.sha256 && a.lines?.sha256 === b.lines?.sha256;

async function judgeReports(
  round: CheckRound,
  spec: CheckSpec,
  ran: RanCommand,
  exitCode: number,
  early: Baseline | null,
): Promise<Step<CheckResult>> {
  const { context, workspace, what, commit, onto } = round;
  const { platform, repository } = context.deps;
  const facts = await readFacts(context, workspace, spec, ran);
  const known = await baselineOf(context, spec, onto);
  if (!known.ok) return known;
  const baseline =
    early && isSame(early.known, known.value) ? early : await readBaseline(context, known.value);
  const limits = context.journal.state.created.limits;
  const changed = await readChangedLines(platform, repository, onto, commit, {
    fileBytes: limits.fileBytes,
    bytes: limits.changeBytes,
  });
  const tested = await judgeTests(round, spec, ran, exitCode, facts, baseline.tests, changed);
  if (!tested.ok) return tested;
  const { result, reruns } = tested.value;
  const kept = await keepFacts(context, artifactOf(context, `${what}.check.${spec.name}`), facts, reruns);
  if (!facts.coverage) return ok({ ...result, ...kept });
  const coverage = assessCoverage({ baseline: baseline.coverage, now: facts.coverage, changed });
  return ok({ ...result, ...kept, coverage });
}

interface Tested {
  readonly result: CheckResult;
  readonly reruns: Parameters<typeof compareTests>[2];
}

async function judgeTests(
  { context, workspace, what }: CheckRound,
  spec: CheckSpec,
  { result }: RanCommand,
  exitCode: number,
  { tests }: CheckFacts,
  baseline: TestBaseline,
  changed: Measure<ChangedLines>,
): Promise<Step<Tested>> {
  if (!tests) return ok({ result, reruns: new Map() });
  const assessed = assessTestRun({ exitCode, report: tests });
  const { why: _, ...plain } = result;
  const judged = { ...plain, outcome: assessed.outcome, reported: true };
  if (assessed.outcome === "inconclusive" || tests.kind !== "read") {
    const why = assessed.outcome === "inconclusive" ? assessed.why : "its report was not read";
    return ok({ result: { ...judged, outcome: "inconclusive", why }, reruns: new Map() });
  }
  const moves = movesIn(changed);
  const failing = newlyFailing(baseline, tests.report, moves);
  const { rerunTests: most } = context.journal.state.created.limits;
  const reruns = await rerunTests(context, workspace, what, spec, failing.length > most ? [] : failing);
  if (!reruns.ok) return reruns;
  const compared = compareTests(baseline, tests.report, reruns.value, moves);
  const comparison = await recordFlaky(context, spec.name, compared);
  const isExcused = assessed.outcome === "failed" && comparison.changes["new-failure"] === 0;
  const excused = { excused: whyExcused(comparison) };
  return ok({
    result: { ...judged, tests: comparison, ...(isExcused ? excused : {}) },
    reruns: reruns.value,
  });
}

/** Of a run in which no test fails that did not before. */
function whyExcused({ changes }: TestComparison): string {
  const known = changes["still-failing"];
  const parts = [
    ...(known > 0 ? [`${known} failed before as well`] : []),
    ...(changes.flaky > 0 ? [`${changes.flaky} flaky`] : []),
  ];
  return `no test fails that did not at the baseline (${parts.join(", ")})`;
}

/** Where files went: the tests in them are the same tests. */
function movesIn(changed: Measure<ChangedLines>): Map<string, string> {
  if (!changed.measured) return new Map();
  return new Map(
    [...changed.value.files].flatMap(([path, { oldPath }]) =>
      oldPath !== null && oldPath !== path ? [[oldPath, path] as const] : [],
    ),
  );
}
