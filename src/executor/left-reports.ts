import { join } from "node:path";
import type { CheckResult } from "../domain/certificate.ts";
import type { Measure } from "../domain/coverage.ts";
import { err } from "../domain/result.ts";
import { realPath } from "../platform/files.ts";
import { openLeftFile } from "../platform/left-file.ts";
import { listBlobs, readBlob } from "../platform/private-repository.ts";
import type { Workspace } from "../platform/workspace.ts";
import { type DiagnosticReport, parseDiagnostics } from "../verification/build-check/diagnostics.ts";
import type { LeftReport } from "../verification/checks.ts";
import {
  type Coverage,
  mergeCoverage,
  parseGoModule,
  readCoverage,
} from "../verification/coverage/read-coverage.ts";
import type { ReportSeen } from "../verification/tests/assess-run.ts";
import { mergeReports } from "../verification/tests/merge-reports.ts";
import { readTestReport } from "../verification/tests/read-test-report.ts";
import type { TestReport } from "../verification/tests/test-report.ts";
import type { AttemptContext } from "./step.ts";

/** Kept of each message and trace of a test, in bytes. */
export const mostTestText = 2000;
/** Such a report is held in memory whole, at ten times its size. */
const mostJsonBytes = 50_000_000;

/** The files of a tree: what reports can be about. Looked up once, when a report is there to be read. */
export interface TreeFiles {
  paths(): Promise<ReadonlySet<string>>;
  /** Of every `go.mod`: the module it declares, and its folder. */
  goModules(): Promise<ReadonlyMap<string, string>>;
}

export function openTreeFiles({ deps }: AttemptContext, commit: string): TreeFiles {
  const { platform, repository } = deps;
  let listed: ReturnType<typeof listBlobs> | undefined;
  const blobs = async () => {
    listed ??= listBlobs(platform, repository, commit);
    return await listed;
  };
  return {
    paths: async () => new Set((await blobs()).map(({ path }) => path)),
    async goModules() {
      const modules = new Map<string, string>();
      for (const { path, blob } of await blobs()) {
        if (!/(^|\/)go\.mod$/.test(path)) continue;
        const name = parseGoModule(await readBlob(platform, repository, blob));
        if (name !== null) modules.set(name, path.slice(0, Math.max(0, path.length - "/go.mod".length)));
      }
      return modules;
    },
  };
}

/** The reports that a command left in a workspace, as one. */
export async function readLeftTests(
  context: AttemptContext,
  workspace: Workspace,
  reports: readonly LeftReport[],
  tree: TreeFiles,
): Promise<ReportSeen> {
  const { reportBytes, reportTests } = context.journal.state.created.limits;
  const limits = { reportBytes, tests: reportTests, textBytes: mostTestText };
  const place = { ...(await placeOf(workspace)), files: await tree.paths(), secrets: context.deps.secrets };
  const read: TestReport[] = [];
  for (const { path, problem } of reports) {
    if (problem?.kind === "missing" || problem?.kind === "stale") return { kind: problem.kind };
    const opened = problem ? err(problem.why) : await open(context, workspace, path, reportBytes);
    if (!opened.ok) return fault(`${path} ${opened.error}`);
    const report = await readTestReport(opened.value.chunks, place, limits);
    if (!report.ok) return { kind: "fault", fault: report.error };
    read.push(report.value);
  }
  const merged = mergeReports(read, limits);
  return merged.ok ? { kind: "read", report: merged.value } : { kind: "fault", fault: merged.error };
}

const fault = (message: string): ReportSeen => ({ kind: "fault", fault: { kind: "malformed", message } });

/** The coverage that a command left in a workspace, all its reports together. */
export async function readLeftCoverage(
  context: AttemptContext,
  workspace: Workspace,
  reports: readonly LeftReport[],
  tree: TreeFiles,
): Promise<Measure<Coverage>> {
  const { reportBytes, coverageLines } = context.journal.state.created.limits;
  const { root } = await placeOf(workspace);
  const place = { root, paths: await tree.paths(), modules: await tree.goModules() };
  const limits = {
    bytes: reportBytes,
    jsonBytes: Math.min(reportBytes, mostJsonBytes),
    files: coverageLines,
    lines: coverageLines,
  };
  const read: Coverage[] = [];
  for (const { path, problem } of reports) {
    if (problem) return { measured: false, why: problem.why };
    const opened = await open(context, workspace, path, reportBytes);
    if (!opened.ok) return { measured: false, why: `its coverage report ${path} ${opened.error}` };
    const report = await readCoverage(opened.value.chunks, place, limits);
    if (!report.ok)
      return { measured: false, why: `its coverage report ${path} cannot be used: ${report.error.message}` };
    read.push(report.value.files);
  }
  return { measured: true, value: mergeCoverage(read) };
}

const open = (
  { deps }: AttemptContext,
  workspace: Workspace,
  path: string,
  maxBytes: number,
): ReturnType<typeof openLeftFile> => openLeftFile(deps.platform.files, workspace.tree, path, maxBytes);

/** Tools print real paths, or the ones that they were started in. */
async function placeOf({ tree }: Workspace): Promise<{ root: string; toolRoots: readonly string[] }> {
  const real = await realPath(tree);
  return { root: real, toolRoots: real === tree ? [] : [tree] };
}

/** The places that a command printed, out of its whole log as far as it was kept. */
export async function readLeftPlaces(
  { deps }: AttemptContext,
  { tree }: Workspace,
  { log }: CheckResult,
): Promise<DiagnosticReport> {
  const text = await deps.platform.files.read(join(deps.artifactsRoot, log.path));
  const report = parseDiagnostics(text?.toString("utf8") ?? "", { root: tree });
  return { ...report, isWhole: report.isWhole && !log.truncated };
}
