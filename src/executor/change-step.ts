import { type Change, type ChangedFile, maxListedFiles, type Violation } from "../domain/change.ts";
import type { Problem } from "../domain/failure.ts";
import { isEmptiedTest } from "../domain/hollow.ts";
import { ok } from "../domain/result.ts";
import { assessChange } from "../governance/assess-change.ts";
import { createPathPolicy } from "../governance/path-policy.ts";
import { attemptRef, readBlob } from "../platform/private-repository.ts";
import { readChange, workspaceAt } from "../platform/workspace.ts";
import { discardWorkspace } from "./discard.ts";
import {
  type AttemptContext,
  attemptOf,
  createTestCheck,
  failStep,
  phaseOf,
  placeOf,
  readLimitsOf,
  type Step,
} from "./step.ts";

/**
 * Reads what the builder did from the tree and judges it; both are stored in one append, then the builder's
 * workspace is removed. A change that breaks a rule is kept, and ends the attempt.
 */
export async function governChange(context: AttemptContext): Promise<Step<Change>> {
  const recorded = attemptOf(context);
  const [change, violations] =
    recorded.change && recorded.violations
      ? [recorded.change, recorded.violations]
      : await readAndAssess(context);
  await discardWorkspace(context, "build");
  if (violations.length > 0) return failStep(problemOf(violations));
  const builderFailure = attemptOf(context).build?.failure;
  if (builderFailure) return failStep(builderFailure);
  if (change.fileCount === 0) return failStep(nothingChanged(recorded.build?.claim ?? null));
  return ok(change);
}

async function readAndAssess(context: AttemptContext): Promise<[Change, readonly Violation[]]> {
  const { deps, journal, phaseId, attempt } = context;
  const { created } = journal.state;
  const { base, startedAt } = attemptOf(context);
  const workspace = workspaceAt(deps.repository, placeOf(context, "build"), base);
  const read = await readChange(deps.platform, deps.repository, workspace, readLimitsOf(journal.state), {
    ref: attemptRef(journal.runId, phaseId, attempt),
    message: `Attempt ${attempt} at ${phaseId}\n\nAutopack-Run: ${journal.runId}\n`,
    at: startedAt,
  });
  const now = deps.platform.clock.now();
  const { violations, grantsUsed } = assessChange({
    files: read.files,
    phase: phaseOf(journal.state, phaseId).spec,
    policy: createPathPolicy({ protect: created.protect, grants: created.plan.policy.grants, now }),
    limits: created.limits,
    special: read.special,
    oversized: read.oversized,
    linkTargets: await blobTexts(
      context,
      read.files.filter((file) => file.newMode === "120000"),
    ),
    emptiedTests: await emptiedTests(context, read.files),
  });
  const change: Change = {
    base,
    tree: read.tree,
    commit: read.commit,
    fileCount: read.files.length + read.special.length + read.oversized.length,
    files: read.files.slice(0, maxListedFiles),
  };
  await journal.append(
    { type: "change-read", data: { phaseId, attempt, change } },
    {
      type: "change-assessed",
      data: { phaseId, attempt, violations: violations.slice(0, maxListedFiles), grantsUsed },
    },
  );
  return [change, violations];
}

/** Tests that were there before and test nothing any more. */
async function emptiedTests(context: AttemptContext, files: readonly ChangedFile[]): Promise<Set<string>> {
  const isTest = createTestCheck(phaseOf(context.journal.state, context.phaseId).spec);
  const { platform, repository } = context.deps;
  const edited = files.filter(
    ({ path, status, newMode, oldBlob, newBlob }) =>
      status === "modified" && newMode !== "160000" && isTest(path) && oldBlob !== newBlob,
  );
  const emptied = new Set<string>();
  for (const { path, oldBlob, newBlob } of edited) {
    // What a test was before is bounded by nothing but its repository.
    const isLarge =
      ((await platform.git.sizeOf(repository.gitDir, oldBlob)) ?? 0) >
      context.journal.state.created.limits.fileBytes;
    const after = await readBlob(platform, repository, newBlob);
    const isEmptied = isLarge
      ? after.trim() === ""
      : isEmptiedTest(path, await readBlob(platform, repository, oldBlob), after);
    if (isEmptied) emptied.add(path);
  }
  return emptied;
}

async function blobTexts(
  context: AttemptContext,
  files: readonly ChangedFile[],
): Promise<Map<string, string>> {
  const { platform, repository } = context.deps;
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file.path, await readBlob(platform, repository, file.newBlob));
  return texts;
}

function problemOf(violations: readonly Violation[]): Problem {
  const [first] = violations;
  if (!first) throw new Error("a problem needs a violation");
  const others = violations.length - 1;
  return {
    kind: first.kind,
    message: others === 0 ? first.message : `${first.message} (and ${others} more)`,
    evidence: violations.slice(0, 20).map(({ path, message }) => ({ label: path, detail: message })),
  };
}

function nothingChanged(claim: string | null): Problem {
  return {
    kind: "no-change",
    message: "The builder left the tree as it was.",
    evidence: claim ? [{ label: "claim", detail: claim }] : [],
  };
}
