import type { Failure, Problem } from "../domain/failure.ts";
import type { PhaseState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import type { Refusal } from "./breaker/decide-refusal.ts";
import { decidedOf, isWaitedFor } from "./breaker/decided-of.ts";
import { failureOf, refusedFor } from "./breaker/refusal.ts";
import type { Breaker } from "./breaker/registry.ts";
import { drawBackOff } from "./delays/jitter.ts";
import { toFailure } from "./fingerprint.ts";

/** What a phase does next. */
export type NextStep =
  | { readonly do: "attempt" }
  | {
      readonly do: "wait";
      readonly until: Date;
      readonly failure: Failure;
      /** Of what was drawn for it, to be stored with it. */
      readonly backOffMs?: number;
    }
  /** Take a turn behind the limit of that account; what follows is decided by that. */
  | { readonly do: "turn"; readonly account: string }
  /** Ask cheaply whether the provider is there; what follows is decided by that. */
  | { readonly do: "probe"; readonly breaker: Breaker }
  | { readonly do: "end"; readonly failure: Failure; readonly because: string };

/** What is left of the budgets when the decision is made; undefined where there is no limit. */
export interface Remaining {
  /** Of the phase's and the run's time, the less. */
  readonly ms: number;
  /** Of the run's alone; left out: as `ms`. */
  readonly runMs?: number;
  readonly tokens?: number;
}

export interface RetryPolicy {
  readonly transientFirstMs: number;
  readonly transientMaxMs: number;
}

/**
 * Whether another attempt at a queued phase is worth its price: the one place where that is decided. `refusal` is what the
 * breaker says of the attempt, with the inputs that it would have now.
 *
 * - Nothing tried yet, or the last try was stopped by a person, and no refusal: attempt.
 * - Two attempts running cut off by a crash: end.
 * - Transient: wait until the provider's time, else back off; costs the phase's time, not attempts. Refused again after such a
 *   wait: until the later of both. `random` is drawn from once for each wait, which is then stored.
 * - Resource: wait where it is known until when, else end. No budget left: end.
 * - The provider's limit was told to another with the same account: wait as long, then take a turn.
 *   These two take no time of the phase's own: only the run's can end it for them.
 * - Decided by the host: end.
 * - Decided by the builder's output, or unknown: end when the breaker refuses, or at the attempt limit; but for quality and
 *   builder, one retry for each class.
 * - Refused for what failed before, in this run or another: end. Refused until a probe: wait for its time, then probe.
 */
export function decideNext(
  phase: PhaseState,
  now: Date,
  remaining: Remaining,
  policy: RetryPolicy,
  refusal: Refusal | null,
  random: () => number,
): NextStep {
  const failed = phase.attempts.filter((attempt) => attempt.outcome === "failed");
  const crashes = phase.attempts.slice(-2).filter((attempt) => attempt.interruption?.cause === "crash");
  if (crashes.length === 2) return end(interruptedTwice(crashes), "two attempts running were cut off");

  const last = failed.at(-1)?.failure;
  const decided = last
    ? decideAfter(last, phase, failed, now, policy, refusal, random)
    : { do: "attempt" as const };
  if (decided.do === "end") return decided;
  if (refusal?.until === "change") return end(refusedFor(refusal.breaker), "refused before the attempt");
  const next = refusal ? heldBack(decided, refusal, now) : decided;
  // What `spentMs` of the budgets counts as the phase's own: waits after what passes by itself.
  const leftMs = last?.class === "transient" ? remaining.ms : (remaining.runMs ?? remaining.ms);
  if (next.do === "wait" && next.until.getTime() - now.getTime() >= leftMs)
    return end(exhausted("time", last), "the wait is longer than the time that is left");
  if (next.do === "wait") return next;
  if (remaining.ms <= 0) return end(exhausted("time", last), "no time is left for another attempt");
  if (remaining.tokens !== undefined && remaining.tokens <= 0)
    return end(exhausted("tokens", last), "no tokens are left for another attempt");
  return next;
}

function decideAfter(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
  now: Date,
  policy: RetryPolicy,
  refusal: Refusal | null,
  random: () => number,
): Exclude<NextStep, { do: "probe" | "turn" }> {
  if (isWaitedFor(failure)) return waitAfter(failure, phase, failed, now, policy, random);
  if (failure.class === "resource") return end(failure, "only a person can add to a budget");
  if (decidedOf(failed.at(-1)) === "host")
    return end(failure, "it would fail alike until what it depends on changes");
  if (refusal?.until === "change" && refusal.breaker.fingerprint === failure.fingerprint)
    return end(failure, "the same failure came again, and nothing that it depends on has changed");
  const alike = failed.filter((attempt) => attempt.failure?.class === failure.class);
  if (failure.class !== "quality" && failure.class !== "builder" && alike.length >= 2)
    return end(failure, `a failure of class ${failure.class} is retried once`);
  return limited(failure, phase, failed);
}

/** What a refusal that passes by itself makes of the decision: the later wait holds, then comes the probe or the turn. */
function heldBack(
  decided: Exclude<NextStep, { do: "probe" | "turn" | "end" }>,
  refusal: Exclude<Refusal, { until: "change" }>,
  now: Date,
): NextStep {
  const of = refusal.until === "probe" ? refusal.breaker : refusal.limit;
  const until = new Date((refusal.until === "turn" ? undefined : refusal.notBefore) ?? now);
  if (decided.do === "wait")
    return refusal.until === "time" && until > decided.until ? { ...decided, until } : decided;
  if (until > now) return { do: "wait", until, failure: failureOf(of) };
  return refusal.until === "probe"
    ? { do: "probe", breaker: refusal.breaker }
    : { do: "turn", account: refusal.limit.account };
}

function limited(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
): Exclude<NextStep, { do: "probe" | "turn" }> {
  const counted = failed.filter(({ failure: earlier }) => earlier && !isWaitedFor(earlier)).length;
  const limit = phase.spec.budget.attempts;
  if (counted < limit) return { do: "attempt" };
  return end(failure, `the limit of ${limit} ${limit === 1 ? "attempt" : "attempts"} is reached`);
}

/** Clocks are set right by small steps all the time. */
const smallestStepMs = 2000;

function waitAfter(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
  now: Date,
  policy: RetryPolicy,
  random: () => number,
): Exclude<NextStep, { do: "probe" | "turn" }> {
  const last = phase.attempts.at(-1);
  // Anything after the failed attempt means that its wait is over.
  if (last?.outcome !== "failed" || last.failure !== failure) return { do: "attempt" };
  const from = Date.parse(last.endedAt ?? last.startedAt);
  // The clock went back: how much of the wait has passed is not known, and asking once more costs no attempt.
  if (now.getTime() < from - smallestStepMs) return { do: "attempt" };
  const told = failure.retryAt === undefined ? undefined : Date.parse(failure.retryAt);
  const longest = from + (failure.retryAfterMs ?? Number.POSITIVE_INFINITY);
  const before = failed.at(-2);
  const isRepeated = before?.failure !== undefined && isWaitedFor(before.failure);
  const drawn =
    told === undefined || isRepeated
      ? (last.backOffMs ??
        drawBackOff({
          firstMs: policy.transientFirstMs,
          maxMs: policy.transientMaxMs,
          previousMs: isRepeated ? before.backOffMs : undefined,
          random,
        }))
      : undefined;
  const until = new Date(Math.max(Math.min(told ?? 0, longest), from + (drawn ?? 0)));
  if (until <= now) return { do: "attempt" };
  return { do: "wait", until, failure, ...(drawn === undefined ? {} : { backOffMs: drawn }) };
}

function end(failure: Failure, because: string): Extract<NextStep, { do: "end" }> {
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
