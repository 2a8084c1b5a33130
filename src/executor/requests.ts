import type { RequestEvent, RunEvent } from "../domain/events.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { isEnded } from "../domain/run.ts";
import { toFailure } from "../failures/fingerprint.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";

/** Requests of other processes become part of the run's own stream, each with what follows from it. */
export async function acceptRequests({ ledger }: ExecutorDeps, journal: Journal): Promise<void> {
  if (isEnded(journal.state.state)) return;
  for (const request of await ledger.readRequests(journal.runId, journal.state.requestSeq)) {
    // A disposition is a person's word on what has been: no run is driven by it.
    if (request.type === "disposition-recorded") continue;
    const answer = answerTo(journal.state, request);
    if (answer && journal.state.state === "waiting") await journal.append({ type: "run-woken", data: {} });
    await journal.append(
      { type: "request-accepted", data: { requestSeq: request.seq, type: request.type } },
      ...(answer ? [answer] : []),
    );
  }
}

/** Null where the attempt that a person looked at waits for nobody any more. */
function answerTo(state: RunState, request: RequestEvent): RunEvent | null {
  if (request.type === "cancel-requested") return null;
  const { phaseId, attempt, by, reason } = request.data;
  const phase = state.phases.find(({ spec }) => spec.id === phaseId);
  if (phase?.state === "asked") return answerToAsked(phase, request);
  const current = phase?.attempts.at(-1);
  if (phase?.state !== "gated" || current?.attempt !== attempt) return null;
  if (request.type === "approve-requested")
    return { type: "phase-approved", data: { phaseId, attempt, by, reason } };
  const failure = toFailure({
    kind: "review-rejected",
    message: `${by} rejected it: ${reason}`,
    evidence: (current.gated?.reviews ?? []).map(({ message }) => ({ label: "review", detail: message })),
  });
  return { type: "attempt-failed", data: { phaseId, attempt, failure, tree: current.change?.tree ?? null } };
}

/** A person says whether a phase at the end of its chain is tried again. */
function answerToAsked(phase: PhaseState, request: ReviewEvent): RunEvent | null {
  const { phaseId, attempt, by, reason } = request.data;
  if (phase.attempts.length !== attempt || !phase.failure) return null;
  if (request.type === "approve-requested") return { type: "phase-retried", data: { phaseId, by, reason } };
  const because = `${by} did not want it tried again: ${reason}`;
  const { failure, passedOver } = phase;
  return { type: "phase-failed", data: { phaseId, failure, because, ...(passedOver ? { passedOver } : {}) } };
}

type ReviewEvent = Exclude<RequestEvent, { type: "cancel-requested" }>;
