import type { Failure, Problem } from "../domain/failure.ts";
import type { PhaseState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import { unreachable } from "../domain/result.ts";
import { hasSameCause, toFailure } from "./fingerprint.ts";

/** What a phase does next. */
export type NextStep =
  | { readonly do: "attempt" }
  | { readonly do: "wait"; readonly until: Date; readonly failure: Failure }
  | { readonly do: "end"; readonly failure: Failure; readonly because: string };

/** What is left of the budgets when the decision is made; undefined where there is no limit. */
export interface Remaining {
  readonly ms: number;
  readonly tokens?: number;
}

export interface RetryPolicy {
  readonly transientFirstMs: number;
  readonly transientMaxMs: number;
}

/**
 * Whether another attempt at a queued phase is worth its price: the one place where that is decided.
 *
 * - Nothing tried yet, or the last try was stopped by a person: attempt.
 * - Two attempts running cut off by a crash: end.
 * - Transient: wait until the provider's time, else back off; costs time, not attempts.
 * - Deterministic, policy, environment, internal, unknown: one retry with feedback for each class, then end.
 * - Quality and builder: end when fingerprint and tree repeat, or at the attempt limit.
 * - Resource: wait where it is known until when, else end. No budget left: end.
 */
export function decideNext(
  phase: PhaseState,
  now: Date,
  remaining: Remaining,
  policy: RetryPolicy,
): NextStep {
  const failed = phase.attempts.filter((attempt) => attempt.outcome === "failed");
  const crashes = phase.attempts.slice(-2).filter((attempt) => attempt.interruption?.cause === "crash");
  if (crashes.length === 2) return end(interruptedTwice(crashes), "two attempts running were cut off");

  const last = failed.at(-1)?.failure;
  if (last) {
    const decided = decideAfter(last, phase, failed, now, policy);
    if (decided.do === "end") return decided;
    if (decided.do === "wait" && decided.until.getTime() - now.getTime() >= remaining.ms)
      return end(exhausted("time", last), "the wait is longer than the time that is left");
    if (decided.do === "wait") return decided;
  }
  if (remaining.ms <= 0) return end(exhausted("time", last), "no time is left for another attempt");
  if (remaining.tokens !== undefined && remaining.tokens <= 0)
    return end(exhausted("tokens", last), "no tokens are left for another attempt");
  return { do: "attempt" };
}

function decideAfter(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
  now: Date,
  policy: RetryPolicy,
): NextStep {
  switch (failure.class) {
    case "transient":
      return waitAfter(failure, phase, failed, now, policy);
    case "resource":
      if (failure.retryAt !== undefined) return waitAfter(failure, phase, failed, now, policy);
      return end(failure, "only a person can add to a budget");
    case "deterministic":
    case "policy":
    case "environment":
    case "internal":
    case "unknown":
      if (failed.filter((attempt) => attempt.failure?.class === failure.class).length >= 2)
        return end(failure, `a failure of class ${failure.class} is retried once`);
      return limited(failure, phase, failed);
    case "quality":
    case "builder":
      if (repeats(failed)) return end(failure, "the same failure on the same tree came again");
      return limited(failure, phase, failed);
    default:
      return unreachable(failure.class);
  }
}

function limited(failure: Failure, phase: PhaseState, failed: readonly AttemptState[]): NextStep {
  const counted = failed.filter(({ failure: earlier }) => earlier && !isWaitedFor(earlier)).length;
  const limit = phase.spec.budget.attempts;
  if (counted < limit) return { do: "attempt" };
  return end(failure, `the limit of ${limit} ${limit === 1 ? "attempt" : "attempts"} is reached`);
}

function repeats(failed: readonly AttemptState[]): boolean {
  const last = failed.at(-1);
  return failed
    .slice(0, -1)
    .some(
      (earlier) =>
        earlier.failure &&
        last?.failure &&
        hasSameCause(earlier.failure, last.failure) &&
        earlier.change?.tree === last.change?.tree,
    );
}

/** What passes by itself costs time, not attempts. */
const isWaitedFor = (failure: Failure): boolean =>
  failure.class === "transient" || (failure.class === "resource" && failure.retryAt !== undefined);

/** Clocks are set right by small steps all the time. */
const smallestStepMs = 2000;

function waitAfter(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
  now: Date,
  policy: RetryPolicy,
): NextStep {
  const last = phase.attempts.at(-1);
  // Anything after the failed attempt means that its wait is over.
  if (last?.outcome !== "failed" || last.failure !== failure) return { do: "attempt" };
  const running =
    failed.length - 1 - failed.findLastIndex((attempt) => attempt.failure?.class !== "transient");
  const backOff = Math.min(policy.transientFirstMs * 2 ** (running - 1), policy.transientMaxMs);
  const from = Date.parse(last.endedAt ?? last.startedAt);
  // The clock went back: how much of the wait has passed is not known, and asking once more costs no attempt.
  if (now.getTime() < from - smallestStepMs) return { do: "attempt" };
  const longest = from + (failure.retryAfterMs ?? Number.POSITIVE_INFINITY);
  const until = new Date(failure.retryAt ? Math.min(Date.parse(failure.retryAt), longest) : from + backOff);
  return until > now ? { do: "wait", until, failure } : { do: "attempt" };
}

function end(failure: Failure, because: string): NextStep {
  return { do: "end", failure, because };
}

function exhausted(what: "time" | "tokens", last: Failure | undefined): Failure {
  const problem: Problem = {
    kind: what === "time" ? "time-exhausted" : "tokens-exhausted",
    message: `The ${what} budget is spent.`,
    evidence: last ? [{ label: "last failure", detail: `${last.kind}: ${last.message}` }] : [],
  };
  return toFailure(problem);
}

function interruptedTwice(crashes: readonly AttemptState[]): Failure {
  return toFailure({
    kind: "interrupted-twice",
    message: "Two attempts running were cut off by the end of the executor.",
    evidence: crashes.map((attempt) => ({
      label: `attempt ${attempt.attempt}`,
      detail: attempt.interruption?.why ?? "",
    })),
  });
}
