import { AppError } from "../domain/app-error.ts";
import type { Observation } from "../domain/observation.ts";
import type { Attempt } from "../failures/chain.ts";
import { classify } from "../failures/classify/classify.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { systemFault } from "../platform/system-fault.ts";
import { runAttempt, stopAttempt } from "./attempt.ts";
import type { ExecutorDeps } from "./deps.ts";
import { buildFolder, isUnread } from "./discard.ts";
import { type Journal, OwnershipLost } from "./journal.ts";
import { baseOf } from "./starting-point.ts";
import { type AttemptContext, attemptOf, phaseOf, type RunShared } from "./step.ts";

/** Carries out the attempt at a phase that is open. What comes after, the run decides. */
export async function runPhase(
  deps: ExecutorDeps,
  journal: Journal,
  shared: RunShared,
  phaseId: string,
  stop: AbortSignal,
): Promise<void> {
  const attempt = phaseOf(journal.state, phaseId).attempts.length;
  const context = { deps, journal, shared, phaseId, stop, attempt };
  try {
    await runAttempt(context);
  } catch (error) {
    await endAtEdge(context, error);
  }
}

/** Stores that an attempt begins, and what is set aside for it, before anything else is decided. */
export async function openAttempt(journal: Journal, phaseId: string, next: Attempt): Promise<void> {
  const phase = phaseOf(journal.state, phaseId);
  const attempt = phase.attempts.length + 1;
  const { builder, chosen, room, reserved, part } = next;
  await journal.append({
    type: "attempt-started",
    data: {
      phaseId,
      attempt,
      base: baseOf(phase, next) ?? journal.state.head,
      builder: builder.name,
      ...(chosen ? { chosen } : {}),
      ...(room > 0 ? { room } : {}),
      ...(reserved === undefined ? {} : { reserved }),
      ...(part ? { part } : {}),
    },
  });
}

/**
 * The attempt's edge: a throw is an outage or a bug and becomes a stored failure, so that the run can go on and
 * decide. A lost run, an integration half done, or a store that failed ends the process instead: nothing that the
 * attempt came to is at fault, and a resume goes on from what is stored.
 */
async function endAtEdge(context: AttemptContext, error: unknown): Promise<void> {
  const { deps, journal, phaseId, attempt } = context;
  const { integration, outcome } = attemptOf(context);
  if (error instanceof OwnershipLost || journal.lost.aborted || integration || outcome) throw error;
  if (isOfStore(error)) throw error;
  if (context.stop.aborted) return stopAttempt(context);
  const problem = classify(faultSeen(error), deps.platform.clock.now());
  const unread = isUnread(attemptOf(context)) ? [{ label: "left-in", detail: buildFolder(context) }] : [];
  const failure = toFailure({ ...problem, evidence: [...problem.evidence, ...unread] });
  const tree = attemptOf(context).change?.tree ?? null;
  await journal.append({ type: "attempt-failed", data: { phaseId, attempt, failure, tree } });
}

const isOfStore = (error: unknown): boolean =>
  error instanceof AppError && /^(?:store-|ledger-|migration-)/.test(error.code);

function faultSeen(error: unknown): Observation {
  const fault = error instanceof AppError ? error : systemFault(error);
  if (fault) {
    const { code, message, cause } = fault;
    const errno = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
    return {
      kind: "workspace-failed",
      origin: "host",
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
