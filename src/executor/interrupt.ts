import { nothingReported, type ReportedResult, readResultFile } from "../builders/command/result-file.ts";
import { AppError } from "../domain/app-error.ts";
import { rescueRef } from "../platform/private-repository.ts";
import { readChange, workspaceAt } from "../platform/workspace.ts";
import { buildFolder, discardWorkspace } from "./discard.ts";
import { type AttemptContext, attemptOf, placeOf, readLimitsOf, resultFileIn } from "./step.ts";

/**
 * Ends an attempt that was cut off before its builder's end was recorded. It is not counted; what the builder had
 * written by then is kept under a rescue ref before its workspace goes.
 */
export async function interruptAttempt(
  context: AttemptContext,
  cause: "crash" | "stopped",
  why: string,
): Promise<void> {
  const { journal, phaseId, attempt } = context;
  const rescued = attemptOf(context).change ? {} : await tryRescue(context);
  const told = rescued.failed
    ? `${why}; what it had written is left in ${buildFolder(context)} and could not be read: ${rescued.failed}`
    : why;
  const { tokens, decisions } = await reportedBy(context);
  await journal.append({
    type: "attempt-interrupted",
    data: {
      phaseId,
      attempt,
      cause,
      why: told,
      tokens,
      ...(decisions.length > 0 ? { decisions } : {}),
      ...(rescued.rescue ? { rescue: rescued.rescue } : {}),
    },
  });
  if (!rescued.failed) await discardWorkspace(context, "build");
}

/** What a builder reported before it was cut off was spent, and decided, all the same. */
async function reportedBy(context: AttemptContext): Promise<ReportedResult> {
  const { deps } = context;
  if (attemptOf(context).build) return nothingReported;
  const workspace = workspaceAt(deps.repository, placeOf(context, "build"), attemptOf(context).base);
  const reported = await readResultFile(resultFileIn(workspace), deps.secrets);
  return reported.ok ? reported.value : nothingReported;
}

interface Rescued {
  readonly rescue?: { readonly ref: string; readonly commit: string };
  /** Why it, or some of it, could not be read; a run must be able to go on all the same. */
  readonly failed?: string;
}

async function tryRescue(context: AttemptContext): Promise<Rescued> {
  try {
    return await rescueWorkspace(context);
  } catch (error) {
    if (error instanceof AppError) return { failed: error.message };
    throw error;
  }
}

async function rescueWorkspace(context: AttemptContext): Promise<Rescued> {
  const { deps, journal, phaseId, attempt } = context;
  const { base, startedAt, buildStartedAt } = attemptOf(context);
  const workspace = workspaceAt(deps.repository, placeOf(context, "build"), base);
  if (!buildStartedAt || !(await deps.platform.files.stat(workspace.tree))) return {};
  const ref = rescueRef(journal.runId, phaseId, attempt);
  const change = await readChange(deps.platform, deps.repository, workspace, readLimitsOf(journal.state), {
    ref,
    message: `Cut off: attempt ${attempt} at ${phaseId}\n\nAutopack-Run: ${journal.runId}\n`,
    at: startedAt,
  });
  const { files, unread, special, oversized } = change;
  const left = unread + special.length + oversized.length;
  return {
    ...(files.length > unread ? { rescue: { ref, commit: change.commit } } : {}),
    ...(left > 0 ? { failed: `${left} paths are more than the limits allow, or no plain files` } : {}),
  };
}
