import type { ArtifactRef } from "../domain/certificate.ts";
import type { Measure } from "../domain/coverage.ts";
import type { CheckSpec } from "../domain/plan.ts";
import type { TestStatus } from "../domain/tests.ts";
import { keepArtifact } from "../platform/artifacts.ts";
import type { Workspace } from "../platform/workspace.ts";
import type { DiagnosticReport } from "../verification/build-check/diagnostics.ts";
import { writeCoverageText } from "../verification/coverage/coverage-text.ts";
import type { Coverage } from "../verification/coverage/file-lines.ts";
import type { ReportSeen } from "../verification/tests/assess-run.ts";
import { toCtrf } from "../verification/tests/to-ctrf.ts";
import { withReruns } from "../verification/tests/with-reruns.ts";
import { openTreeFiles, readLeftCoverage, readLeftPlaces, readLeftTests } from "./left-reports.ts";
import type { RanCommand } from "./run-command.ts";
import type { AttemptContext } from "./step.ts";

/** What a command that ended by itself left besides its exit code. */
export interface CheckFacts {
  /** null: the check has no report. */
  readonly tests: ReportSeen | null;
  readonly coverage: Measure<Coverage> | null;
  /** null: it passed, or is judged by its tests. */
  readonly places: DiagnosticReport | null;
}

export async function readFacts(
  context: AttemptContext,
  workspace: Workspace,
  spec: CheckSpec,
  { result, reports, coverage }: RanCommand,
): Promise<CheckFacts> {
  const tree = openTreeFiles(context, workspace.base);
  const hasFailed = result.exitCode !== 0;
  return {
    tests: spec.report ? await readLeftTests(context, workspace, reports, tree) : null,
    coverage: spec.coverage ? await readLeftCoverage(context, workspace, coverage, tree) : null,
    places: spec.report || !hasFailed ? null : await readLeftPlaces(context, workspace, result),
  };
}

/** Where facts are kept, for those who compare with them later. */
export interface KeptFacts {
  readonly report?: ArtifactRef;
  readonly lines?: ArtifactRef;
  readonly places?: ArtifactRef;
}

/**
 * Keeps facts as artifacts. A test that failed and passed when it was run again is kept as one that passes: whoever
 * compares with it must not take a failure by chance for one that was there before.
 *
 * @param path of the artifacts, without their endings
 */
export async function keepFacts(
  { deps }: AttemptContext,
  path: string,
  { tests, coverage, places }: CheckFacts,
  reruns: ReadonlyMap<string, readonly TestStatus[]> = new Map(),
): Promise<KeptFacts> {
  const keep = (ending: string, data: string) =>
    keepArtifact(deps.platform.files, deps.artifactsRoot, `${path}.${ending}`, data);
  const report = tests?.kind === "read" ? toCtrf(withReruns(tests.report, reruns)) : null;
  return {
    ...(report ? { report: await keep("tests.json", JSON.stringify(report)) } : {}),
    ...(coverage?.measured ? { lines: await keep("lines.json", writeCoverageText(coverage.value)) } : {}),
    ...(places ? { places: await keep("places.json", JSON.stringify(places)) } : {}),
  };
}
