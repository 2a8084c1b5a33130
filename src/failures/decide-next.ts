import type { PassedOver } from "../domain/chain.ts";
import type { Failure, Problem } from "../domain/failure.ts";
import type { PhaseState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import type { Refusal } from "./breaker/decide-refusal.ts";
import { decidedOf, isWaitedFor, mayBeOfChange } from "./breaker/decided-of.ts";
import { failureOf, refusedFor } from "./breaker/refusal.ts";
import type { Breaker } from "./breaker/registry.ts";
import {
  type Attempt,
  attemptOf,
  chooseStep,
  currentOf,
  type Prospects,
  type Question,
  type Remaining,
  shortOf,
} from "./chain.ts";
import { chainAfter } from "./chain-table.ts";
import { drawBackOff } from "./delays/jitter.ts";
import { toFailure } from "./fingerprint.ts";

/** What a phase does next. */
export type NextStep =
  | Attempt
  | Wait
  /** Take a turn behind the limit of that account; what follows is decided by that. */
  | { readonly do: "turn"; readonly account: string }
  /** Ask cheaply whether the provider is there; what follows is decided by that. */
  | { readonly do: "probe"; readonly breaker: Breaker }
  /** Ask a person, instead of ending the phase. */
  | Ended<"ask">
  | Ended<"end">;

interface Wait {
  readonly do: "wait";
  readonly until: Date;
  readonly failure: Failure;
  /** Of what was drawn for it, to be stored with it. */
  readonly backOffMs?: number;
}

interface Ended<Do extends string> {
  readonly do: Do;
  readonly failure: Failure;
  readonly because: string;
  readonly passedOver?: readonly PassedOver[];
}

export interface RetryPolicy {
  readonly transientFirstMs: number;
  readonly transientMaxMs: number;
  readonly probeAfter: number;
}

/**
 * What a queued phase does next, and whether another attempt is worth its price: the one place where that is decided.
 * `prospects` says what the next attempt may be, and what the breaker says of each with the inputs that it would have.
 *
 * - Two attempts running cut off by a crash: end. A single one, or one that a person stopped: made again as it was.
 * - A person wants another attempt: attempt.
 * - A part is built: the next of them.
 * - Nothing tried yet: attempt, unless it is refused for what failed elsewhere; then another builder, or end.
 * - Waited for (transient, or a quota with a date): wait until the provider's time, else back off, else attempt; another builder
 *   where that lasts. Refused again after such a wait: until the later of both. `random` is drawn from once for each wait, which
 *   is then stored.
 * - Any other failure: the first step of its chain (`chain-table.ts`) that is not used up, not refused and affordable; else end.
 * - Refused until a probe: wait for its time, then probe.
 * - The provider's limit was told to another with the same account: wait as long, then take a turn.
 *   This and a quota take no time of the phase's own: only the run's can end it for them.
 */
export function decideNext(
  phase: PhaseState,
  now: Date,
  remaining: Remaining,
  policy: RetryPolicy,
  prospects: Prospects,
  random: () => number,
): NextStep {
  const crashes = phase.attempts.slice(-2).filter((attempt) => attempt.interruption?.cause === "crash");
  if (crashes.length === 2) return end(interruptedTwice(crashes), "two attempts running were cut off");

  const retry = phase.retries?.at(-1);
  const attempts = phase.attempts.slice(retry?.after ?? 0);
  const current = currentOf(phase.attempts, prospects);
  const asked: Asked = { phase, attempts, current, remaining, prospects, now, policy, random };
  if (retry && attempts.length === 0)
    return begin(asked, {
      ...attemptOf({ builder: current.builder, room: current.room }, asked),
      chosen: { step: "ask", because: `${retry.by}: ${retry.reason}` },
    });

  const again = cutOff(asked);
  if (again) return begin(asked, again);
  const built = attempts.at(-1);
  if (built?.outcome === "continued") return goOn(asked, built);
  const last = attempts.findLast(({ outcome }) => outcome === "failed");
  if (!last?.failure) return first(asked);
  return isWaitedFor(last.failure) ? afterWait(asked, last.failure) : afterFailure(asked, last, last.failure);
}

interface Asked extends Omit<Question, "failure" | "chain"> {
  readonly now: Date;
  readonly policy: RetryPolicy;
  readonly random: () => number;
}

/** An attempt that was cut off is made again as it was: it answered the same failure. */
function cutOff({ phase, attempts, prospects, ...asked }: Asked): Attempt | undefined {
  const last = attempts.at(-1);
  if (last?.outcome !== "interrupted") return undefined;
  const { repair } = prospects;
  const isRepair = last.chosen?.step === "repair";
  if (isRepair && repair?.name !== last.builder) return undefined;
  const offer = isRepair && repair ? { builder: repair, room: 0 } : currentOf(phase.attempts, prospects);
  if (prospects.refusal(offer)?.until === "change") return undefined;
  return { ...attemptOf(offer, { ...asked, prospects }), ...(last.chosen ? { chosen: last.chosen } : {}) };
}

/** The part after the one that is built. */
function goOn(asked: Asked, { attempt, part }: AttemptState): NextStep {
  const { current, prospects } = asked;
  const refusal = prospects.refusal(current);
  if (refusal?.until === "change") return end(refusedFor(refusal.breaker), "refused before the attempt");
  const because = `attempt ${attempt} built part ${part?.number} of ${part?.of}`;
  return begin(asked, { ...attemptOf(current, asked), chosen: { step: "split", because } });
}

/** Nothing failed yet. What failed elsewhere may forbid it with this builder. */
function first(asked: Asked): NextStep {
  const { current, prospects } = asked;
  const refusal = prospects.refusal(current);
  if (refusal?.until !== "change") return begin(asked, attemptOf(current, asked));
  const failure = failureOf(refusal.breaker);
  const chain = chainAfter(failure, false).filter(({ step }) => step !== "retry");
  return endOr(
    asked,
    { ...asked, failure, chain },
    refusedFor(refusal.breaker),
    "refused before the attempt",
  );
}

/** Waits, or goes elsewhere where the wait is long or did not help. */
function afterWait(asked: Asked, failure: Failure): NextStep {
  const { phase, attempts, current, now, policy, prospects, random } = asked;
  const failed = attempts.filter(({ outcome }) => outcome === "failed");
  const refusal = prospects.refusal(current);
  if (refusal?.until === "change") return afterFailure(asked, failed.at(-1), failure);
  const own = waitAfter(failure, phase, failed, now, policy, random);
  const next = own === null ? begin(asked, retryOf(asked, failure)) : atLeast(own, refusal);
  const tooLong = next.do === "wait" && isTooLong(asked, next, failure);
  const inVain = failed.length - 1 - failed.findLastIndex((one) => !isAlike(one, failed.at(-1)));
  if (failure.class === "resource" || tooLong || inVain >= policy.probeAfter) {
    const chain = chainAfter(failure, false).filter(({ step }) => step !== "retry" && step !== "ask");
    const choice = chooseStep({ ...asked, failure, chain });
    if (choice.do === "attempt") return choice;
  }
  if (tooLong) return end(exhausted("time", failure), "the wait is longer than the time that is left");
  return next;
}

/** The later of a phase's own wait and that for the provider's limit. */
function atLeast(own: Wait, refusal: Refusal | null): Wait {
  if (refusal?.until !== "time") return own;
  const until = new Date(refusal.notBefore);
  return until > own.until ? { ...own, until } : own;
}

/** Waits after what passes by itself count as the phase's own time, others only as the run's: as `spentMs` has it. */
function isTooLong({ now, remaining }: Asked, { until }: Wait, last: Failure | undefined): boolean {
  const { ms, runMs = ms } = remaining;
  return until.getTime() - now.getTime() >= (last?.class === "transient" ? ms : runMs);
}

const isAlike = ({ failure, builder }: AttemptState, last: AttemptState | undefined): boolean =>
  failure?.class === last?.failure?.class && builder === last?.builder;

const retryOf = (asked: Asked, failure: Failure): Attempt => ({
  ...attemptOf(asked.current, asked),
  chosen: { step: "retry", because: `the wait after ${failure.kind} is over` },
});

function afterFailure(asked: Asked, last: AttemptState | undefined, failure: Failure): NextStep {
  const chain = chainAfter(failure, last !== undefined && mayBeOfChange(last));
  const because =
    failure.class === "resource"
      ? "only a person can add to a budget"
      : decidedOf(last) === "host"
        ? "it would fail alike until what it depends on changes"
        : "nothing is left to try";
  return endOr(asked, { ...asked, failure, chain }, failure, because);
}

/** The first step of the chain that can be taken; where none can, a person is asked, or the phase ends. */
function endOr(asked: Asked, question: Question, failure: Failure, because: string): NextStep {
  const choice = chooseStep(question);
  if (choice.do === "attempt") return begin(asked, choice);
  const { passedOver } = choice;
  const why = passedOver.find(({ step }) => step === "retry")?.why ?? because;
  const told = passedOver.length > 0 ? { passedOver } : {};
  if (choice.do === "ask") return { do: "ask", failure, because: why, ...told };
  if (choice.short)
    return { ...end(exhausted(choice.short, failure), passedOver.at(-1)?.why ?? because), ...told };
  const other = choice.refusal?.until === "change" ? choice.refusal.breaker : undefined;
  if (other && other.fingerprint !== failure.fingerprint && failure.kind !== "breaker-open")
    return { ...end(refusedFor(other), "refused before the attempt"), ...told };
  return { ...end(failure, why), ...told };
}

/** The attempt, once its provider is there and its budgets allow it. */
function begin(asked: Asked, attempt: Attempt): NextStep {
  const { now, prospects, attempts } = asked;
  const last = attempts.findLast(({ outcome }) => outcome === "failed")?.failure;
  const refusal = prospects.refusal(attempt);
  const next = refusal && refusal.until !== "change" ? heldBack(refusal, now) : attempt;
  if (next.do === "wait")
    return isTooLong(asked, next, last)
      ? end(exhausted("time", last), "the wait is longer than the time that is left")
      : next;
  const short = shortOf(attempt, asked);
  return short ? end(exhausted(short.what, last), short.why) : next;
}

/** Refused by what passes by itself: first its time comes, then the probe or the turn. */
function heldBack(
  refusal: Exclude<Refusal, { until: "change" }>,
  now: Date,
): Extract<NextStep, { do: "wait" | "probe" | "turn" }> {
  const until = new Date((refusal.until === "turn" ? undefined : refusal.notBefore) ?? now);
  if (until > now)
    return {
      do: "wait",
      until,
      failure: failureOf(refusal.until === "probe" ? refusal.breaker : refusal.limit),
    };
  return refusal.until === "probe"
    ? { do: "probe", breaker: refusal.breaker }
    : { do: "turn", account: refusal.limit.account };
}

/** Clocks are set right by small steps all the time. */
const smallestStepMs = 2000;

/** The wait for the failure; null: it is over. */
function waitAfter(
  failure: Failure,
  phase: PhaseState,
  failed: readonly AttemptState[],
  now: Date,
  policy: RetryPolicy,
  random: () => number,
): Wait | null {
  const last = phase.attempts.at(-1);
  // Anything after the failed attempt means that its wait is over.
  if (last?.outcome !== "failed" || last.failure !== failure) return null;
  const from = Date.parse(last.endedAt ?? last.startedAt);
  // The clock went back: how much of the wait has passed is not known, and asking once more costs no attempt.
  if (now.getTime() < from - smallestStepMs) return null;
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
  if (until <= now) return null;
  return { do: "wait", until, failure, ...(drawn === undefined ? {} : { backOffMs: drawn }) };
}

function end(failure: Failure, because: string): Ended<"end"> {
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
