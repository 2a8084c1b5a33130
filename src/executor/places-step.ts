import type { CheckResult } from "../domain/certificate.ts";
import { maxListedFindings } from "../domain/finding.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import { assessDiagnostics } from "../verification/build-check/assess-diagnostics.ts";
import { stageOf } from "../verification/build-check/stages.ts";
import { baselineOf } from "./baseline-step.ts";
import { keepFacts } from "./check-facts.ts";
import { readKnownPlaces } from "./known-check.ts";
import { readLeftPlaces } from "./left-reports.ts";
import { artifactOf, type CheckRound, type Step } from "./step.ts";

/**
 * Judges a type check, build or lint by what it printed, where it failed: what the tree without the change said as
 * well is not the change's failure. That tree is looked at only then.
 */
export async function judgePlaces(
  { context, workspace, what, onto }: CheckRound,
  spec: CheckSpec,
  result: CheckResult,
): Promise<Step<CheckResult>> {
  const { exitCode } = result;
  if (stageOf(spec) === null || result.outcome !== "failed" || exitCode === null) return ok(result);
  const report = await readLeftPlaces(context, workspace, result);
  if (report.diagnostics.length === 0) return ok(result);
  const known = await baselineOf(context, spec, onto);
  if (!known.ok) return known;
  const places = await readKnownPlaces(context, known.value);
  const baseline =
    places && known.value.exitCode !== null ? { ...places, exitCode: known.value.exitCode } : null;
  const assessed = assessDiagnostics({ ...report, exitCode }, baseline);
  const path = artifactOf(context, `${what}.check.${spec.name}`);
  const kept = await keepFacts(context, path, { tests: null, coverage: null, places: report });
  return ok({
    ...result,
    ...kept,
    diagnostics: {
      fresh: assessed.fresh.slice(0, maxListedFindings),
      freshCount: assessed.fresh.length,
      knownCount: assessed.known.length,
    },
    ...(assessed.outcome === "known" ? { excused: assessed.why } : {}),
  });
}
