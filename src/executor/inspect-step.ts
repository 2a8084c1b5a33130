import type { TreeDifference } from "../domain/change.ts";
import { type Diagnostic, type Inspection, maxListedFindings } from "../domain/finding.ts";
import { realPath } from "../platform/files.ts";
import { listBlobs } from "../platform/private-repository.ts";
import type { Workspace } from "../platform/workspace.ts";
import { checkImports, hasImports } from "../verification/build-check/imports.ts";
import type { SourceChange } from "../verification/build-check/source-change.ts";
import { checkSources } from "../verification/build-check/sources.ts";
import { assessTampering } from "../verification/tamper/assess.ts";
import { type AttemptContext, createTestCheck, phaseOf } from "./step.ts";

/** A changed file with both its texts. */
export interface ChangedText extends SourceChange {
  readonly oldPath: string | null;
  /** A side is a file, and too large to be judged. */
  readonly isTooLarge: boolean;
}

/** Larger files were generated: what they say is not judged. */
const mostFileBytes = 2_000_000;
/** Of all texts together. */
const mostBytes = 100_000_000;

/** The texts of what a change touches, before and after; null for a side that is no text, or too large to judge. */
export async function readTexts(
  { deps }: AttemptContext,
  differences: readonly TreeDifference[],
): Promise<readonly ChangedText[]> {
  const { git } = deps.platform;
  const { gitDir } = deps.repository;
  let left = mostBytes;
  let isTooLarge = false;
  const textOf = async (mode: string, blob: string): Promise<string | null> => {
    if (!mode.startsWith("100")) return null;
    const bytes = await git.sizeOf(gitDir, blob);
    if (bytes === null) return null;
    if (bytes > Math.min(mostFileBytes, left)) isTooLarge = true;
    if (isTooLarge) return null;
    left -= bytes;
    const content = await git.read(gitDir, blob);
    return content === null || content.subarray(0, 8000).includes(0) ? null : content.toString("utf8");
  };
  const movedFrom = new Map(
    differences.filter(({ status }) => status === "deleted").map(({ oldBlob, path }) => [oldBlob, path]),
  );
  const texts: ChangedText[] = [];
  for (const { path, status, oldMode, oldBlob, newMode, newBlob } of differences) {
    isTooLarge = false;
    const text = await textOf(newMode, newBlob);
    const oldPath = status === "added" ? (movedFrom.get(newBlob) ?? null) : null;
    // Moved as it is: it was there before under another name.
    const before = oldPath === null ? await textOf(oldMode, oldBlob) : text;
    texts.push({
      path,
      oldPath,
      status: status === "type-changed" ? "modified" : status,
      text,
      before,
      isTooLarge,
    });
  }
  return texts;
}

/** What can be told from the texts of a change: signs of tampering, and files that do not parse. */
export async function inspectTexts(
  { journal, phaseId }: AttemptContext,
  texts: readonly ChangedText[],
): Promise<Inspection> {
  const { spec } = phaseOf(journal.state, phaseId);
  const isTest = createTestCheck(spec);
  const unjudged = texts
    .filter(({ isTooLarge }) => isTooLarge)
    .map(({ path }) => ({
      rule: "not-judged",
      severity: isTest(path) ? ("review" as const) : ("note" as const),
      path,
      line: 1,
      message: "the file is too large to be judged",
    }));
  const judged = texts.filter(({ isTooLarge }) => !isTooLarge);
  const change = judged.map(({ path, oldPath, status, text, before }) => ({
    path,
    oldPath,
    status,
    oldText: before,
    newText: text,
    isTest: isTest(path),
  }));
  const { policy, checks } = journal.state.created.plan;
  const { allow } = policy.tampering;
  const reports = checks.flatMap(({ report = [], coverage = [] }) => [...report, ...coverage]);
  const owned = (path: string) => spec.deliverables.some((deliverable) => deliverable.path === path);
  const [findings, faults] = await Promise.all([
    assessTampering(change, { owned, reports, allow }),
    checkSources(judged),
  ]);
  return {
    findings: [...unjudged, ...findings].slice(0, maxListedFindings),
    faults: faults.slice(0, maxListedFindings),
  };
}

/** Imports of the change that lead nowhere in the prepared workspace. */
export async function inspectImports(
  { deps }: AttemptContext,
  { tree, base }: Workspace,
  texts: readonly ChangedText[],
): Promise<readonly Diagnostic[]> {
  if (!texts.some(({ path }) => hasImports(path))) return [];
  const { platform, repository } = deps;
  const tracked = (await listBlobs(platform, repository, base)).map(({ path }) => path);
  const root = await realPath(tree);
  const faults = await checkImports({ files: platform.files, root, tracked, changes: texts });
  return faults.slice(0, maxListedFindings);
}
