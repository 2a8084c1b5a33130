import { AppError } from "../domain/app-error.ts";
import type { Observation } from "../domain/observation.ts";
import { classify } from "../failures/classify/classify.ts";
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
  const { deps, journal, phaseId, attempt } = context;
  const { integration, outcome } = attemptOf(context);
  if (error instanceof OwnershipLost || journal.lost.aborted || integration || outcome) throw error;
  if (context.stop.aborted) return stopAttempt(context);
  const problem = classify(faultSeen(error), deps.platform.clock.now());
  const unread = isUnread(attemptOf(context)) ? [{ label: "left-in", detail: buildFolder(context) }] : [];
  const failure = toFailure({ ...problem, evidence: [...problem.evidence, ...unread] });
  const tree = attemptOf(context).change?.tree ?? null;
  await journal.append({ type: "attempt-failed", data: { phaseId, attempt, failure, tree } });
}

const storeCodes = /^(?:store-|ledger-|migration-)/;

function faultSeen(error: unknown): Observation {
  const fault = error instanceof AppError ? error : systemFault(error);
  if (fault) {
    const { code, message, cause } = fault;
    const isStore = storeCodes.test(code);
    const errno = isStore ? code : cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
    return {
      kind: "workspace-failed",
      origin: isStore ? "store" : "host",
      message,
      evidence: [{ label: "code", detail: code }],
      ...(errno === undefined ? {} : { errno }),
      output: message,
    };
  }
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return {
    kind: "orchestrator-error",
    message,
    evidence: [{ label: "stack", detail: stack.slice(0, 4000) }],
  };
}
