import { type ExitCode, exitCodes } from "../../domain/app-error.ts";
import type { PhaseState, RunState } from "../../domain/fold.ts";
import { isEnded } from "../../domain/run.ts";
import { allAttempts, deliveryOf, secondsOf, spendOf, viewFailure } from "./run-facts.ts";

/**
 * The object that `run` and `resume` end with under `--json`. A null time or `seconds` has not come yet; null
 * `tokens` of a phase are not known, because at least one of its builders did not report them.
 */
export function runResult(state: RunState) {
  const spend = spendOf(allAttempts(state));
  const delivery = deliveryOf(state);
  return {
    schemaVersion: 1 as const,
    runId: state.runId,
    state: state.state,
    ...(state.reason ? { reason: state.reason } : {}),
    ...(state.endedWhy === undefined ? {} : { why: state.endedWhy }),
    ...(state.waiting ? { waiting: state.waiting } : {}),
    purpose: state.created.purpose,
    phases: state.phases.map((phase) => phaseResult(state, phase)),
    tokens: { reported: spend.reported, attemptsUnknown: spend.attemptsUnknown },
    startedAt: state.startedAt ?? null,
    endedAt: state.endedAt ?? null,
    seconds: secondsOf(state),
    ...(state.published ? { branch: state.published.branch } : {}),
    ...(delivery.commands.length > 0 ? { merge: delivery.commands.join(" && ") } : {}),
  };
}

function phaseResult(state: RunState, phase: PhaseState) {
  const spend = spendOf(phase.attempts);
  const { failure, certificate } = phase;
  const warning = phase.attempts.at(-1)?.warning;
  return {
    phaseId: phase.spec.id,
    state: phase.state,
    attempts: phase.attempts.length,
    ...(failure ? { failure: failureResult(state, phase.spec.id, failure) } : {}),
    ...(warning ? { warning } : {}),
    ...(phase.blockedBy === undefined ? {} : { blockedBy: phase.blockedBy }),
    ...(certificate
      ? {
          certificate: {
            tree: certificate.tree,
            commit: certificate.commit,
            checks: certificate.checks.length,
          },
        }
      : {}),
    ...(phase.certifiedIn === undefined ? {} : { certifiedIn: phase.certifiedIn }),
    tokens: spend.attemptsUnknown > 0 ? null : spend.reported,
  };
}

function failureResult(state: RunState, phaseId: string, failure: NonNullable<PhaseState["failure"]>) {
  const { class: failureClass, kind, message, fingerprint, action } = viewFailure(state, phaseId, failure);
  return { class: failureClass, kind, message, fingerprint, action };
}

/**
 * How `run` and `resume` exit. `stopped`: this command was told by a signal to stop.
 *
 * | code | when |
 * |---|---|
 * | 0 | the run succeeded: all phases complete |
 * | 5 | it ended, or waits, because a budget of the run is spent |
 * | 6 | it waits on a person |
 * | 3, 4 | it failed, and so stopped whole, for `policy-violation` or `environment` |
 * | 1 | it ended otherwise: not all complete, or cancelled |
 * | 130 | it has not ended: stopped, and `resume` goes on |
 *
 * A stop outweighs what a run waits on, since the command ended for the stop; an end outweighs the stop. A
 * `partial` run was not stopped whole, so it exits 1 where a `failed` one exits 3 or 4.
 */
export function exitCodeOf(state: RunState, stopped = false): ExitCode {
  if (state.state === "succeeded") return exitCodes.complete;
  if (!isEnded(state.state)) {
    if (!stopped && state.waiting?.on === "person") return exitCodes.person;
    if (!stopped && state.waiting?.on === "budget") return exitCodes.budget;
    return exitCodes.interrupted;
  }
  if (state.state === "cancelled") return exitCodes.incomplete;
  switch (state.reason) {
    case "budget-exhausted":
      return exitCodes.budget;
    case "policy-violation":
      return state.state === "failed" ? exitCodes.policy : exitCodes.incomplete;
    case "environment":
      return state.state === "failed" ? exitCodes.environment : exitCodes.incomplete;
    default:
      return exitCodes.incomplete;
  }
}
