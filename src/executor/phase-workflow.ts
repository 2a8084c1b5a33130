import { AppError } from "../domain/app-error.ts";
import type { Problem } from "../domain/failure.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { systemFault } from "../platform/system-fault.ts";
import { runAttempt, stopAttempt } from "./attempt.ts";
import type { ExecutorDeps } from "./deps.ts";
import { buildFolder, isUnread } from "./discard.ts";
import { type Journal, OwnershipLost } from "./journal.ts";
import { type AttemptContext, attemptOf, phaseOf, type RunShared } from "./step.ts";

/** Carries out the next attempt at a phase, or goes on with the one that is open. What comes after, the run decides. */
export async function runPhase(
  deps: ExecutorDeps,
  journal: Journal,
  shared: RunShared,
  phaseId: string,
  stop: AbortSignal,
): Promise<void> {
  const context = { deps, journal, shared, phaseId, stop, attempt: await openAttempt(journal, phaseId) };
  try {
    await runAttempt(context);
  } catch (error) {
    await endAtEdge(context, error);
  }
}

/** The number of the attempt under way, started now if none is. */
async function openAttempt(journal: Journal, phaseId: string): Promise<number> {
  const phase = phaseOf(journal.state, phaseId);
  if (phase.state !== "queued") return phase.attempts.length;
  const attempt = phase.attempts.length + 1;
  const builder = journal.state.created.builders[phaseId]?.name ?? "";
  await journal.append({
    type: "attempt-started",
    data: { phaseId, attempt, base: journal.state.head, builder },
  });
  return attempt;
}

/**
 * The attempt's edge: a throw is an outage or a bug and becomes a stored failure, so that the run can go on and
 * decide. A lost run, an integration half done, or a store that cannot take the outcome ends the process instead.
 */
async function endAtEdge(context: AttemptContext, error: unknown): Promise<void> {
  const { journal, phaseId, attempt } = context;
  const { integration, outcome } = attemptOf(context);
  if (error instanceof OwnershipLost || journal.lost.aborted || integration || outcome) throw error;
  if (context.stop.aborted) return stopAttempt(context);
  const problem = problemOf(error);
  const unread = isUnread(attemptOf(context)) ? [{ label: "left-in", detail: buildFolder(context) }] : [];
  const failure = toFailure({ ...problem, evidence: [...problem.evidence, ...unread] });
  const tree = attemptOf(context).change?.tree ?? null;
  await journal.append({ type: "attempt-failed", data: { phaseId, attempt, failure, tree } });
}

function problemOf(error: unknown): Problem {
  const fault = error instanceof AppError ? error : systemFault(error);
  if (fault)
    return {
      kind: "workspace-failed",
      message: fault.message,
      evidence: [{ label: "code", detail: fault.code }],
    };
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return {
    kind: "orchestrator-error",
    message,
    evidence: [{ label: "stack", detail: stack.slice(0, 4000) }],
  };
}
