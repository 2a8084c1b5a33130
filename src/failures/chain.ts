import type { ChainStep, ChosenStep, Part, PassedOver } from "../domain/chain.ts";
import type { Alternative, PinnedBuilder } from "../domain/events.ts";
import type { Failure } from "../domain/failure.ts";
import type { PhaseState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import type { Refusal } from "./breaker/decide-refusal.ts";
import { isWaitedFor } from "./breaker/decided-of.ts";
import type { Chain, ChainLink } from "./chain-table.ts";
import { firstPartOf, partAfter } from "./parts.ts";

/** What is left of the budgets when the decision is made; undefined where there is no limit. */
export interface Remaining {
  /** Of the phase's and the run's time, the less. */
  readonly ms: number;
  /** Of the run's alone; left out: as `ms`. */
  readonly runMs?: number;
  readonly tokens?: number;
}

/** Who would work at the next attempt, how often its room was enlarged, and at what. */
export interface Offer {
  readonly builder: PinnedBuilder;
  readonly room: number;
  /** Left out: the whole phase. */
  readonly part?: Part;
}

/** What a call is expected to take, and who says so: its declaration, this run, earlier runs, or nobody. */
export interface Price {
  readonly tokens: number;
  readonly known: "declared" | "seen" | "remembered" | "assumed";
}

/** All that a next attempt at a phase may be, and what speaks against each. */
export interface Prospects {
  readonly own: PinnedBuilder;
  readonly alternatives: readonly Alternative[];
  /** What repairs the last failed attempt by itself; undefined where nothing does. */
  readonly repair?: PinnedBuilder;
  readonly roomFactor: number;
  price(offer: Offer): Price;
  /** What the breaker says of it, with the inputs that it would have now. */
  refusal(offer: Offer): Refusal | null;
}

export interface Attempt extends Offer {
  readonly do: "attempt";
  /** Left out: the first. */
  readonly chosen?: ChosenStep;
  /** Tokens to set aside; left out where no budget and no declaration limits them. */
  readonly reserved?: number;
}

export type Choice =
  | Attempt
  | { readonly do: "ask"; readonly passedOver: readonly PassedOver[] }
  /** Nothing is left to do. */
  | {
      readonly do: "none";
      readonly passedOver: readonly PassedOver[];
      /** Of the first step that a budget is too small for. */
      readonly short?: "time" | "tokens";
      /** Of the retry. */
      readonly refusal?: Refusal;
    };

export interface Question {
  readonly phase: PhaseState;
  /** The attempts since the phase began, or since a person had it tried again. */
  readonly attempts: readonly AttemptState[];
  readonly current: Offer;
  readonly failure: Pick<Failure, "class" | "kind" | "message" | "fingerprint">;
  readonly chain: Chain;
  readonly remaining: Remaining;
  readonly prospects: Prospects;
}

/** Walks the chain to the first step that is not used up, changes something or may be repeated, and is affordable. */
export function chooseStep(question: Question): Choice {
  const { failure, attempts } = question;
  const passedOver: PassedOver[] = [];
  let short: "time" | "tokens" | undefined;
  let refused: Refusal | undefined;
  for (const link of question.chain) {
    const { step } = link;
    if (step === "ask") {
      // A person cannot add to a budget that is pinned.
      if (short === undefined && mayAsk(question, link)) return { do: "ask", passedOver };
      continue;
    }
    const offer = offerOf(step, question);
    if (offer === null) continue;
    const refusal = question.prospects.refusal(offer);
    // The whole of what a split begins is to be affordable.
    const tooDear = shortOf(offer, question, step === "split" ? offer.part?.of : 1);
    const why =
      whyUsedUp(link, question) ??
      whyRefused(refusal, step, failure) ??
      tooDear?.why ??
      whyNoRoom(offer, question);
    if (why === undefined) {
      const last = attempts.findLast(({ outcome }) => outcome === "failed");
      const after = last ? `attempt ${last.attempt} failed with ${failure.kind}` : `${failure.kind} before`;
      const chosen = { step, because: after, ...(passedOver.length > 0 ? { passedOver } : {}) };
      return { ...attemptOf(offer, question), chosen };
    }
    passedOver.push({ step, why });
    if (step === "retry" && refusal && whyRefused(refusal, step, failure) === why) refused = refusal;
    if (why === tooDear?.why) short ??= tooDear.what;
  }
  return { do: "none", passedOver, ...(short ? { short } : {}), ...(refused ? { refusal: refused } : {}) };
}

/** The attempt at an offer, with what is set aside for it. */
export function attemptOf(
  offer: Offer,
  { remaining, prospects }: Pick<Question, "remaining" | "prospects">,
): Attempt {
  const { tokens, known } = prospects.price(offer);
  const isLimited = remaining.tokens !== undefined || known === "declared";
  const reserved = Math.min(tokens, remaining.tokens ?? Number.POSITIVE_INFINITY);
  return { do: "attempt", ...offer, ...(isLimited ? { reserved } : {}) };
}

/**
 * What of the budgets is too small for so many calls of an offer. What a builder declares, or has used in this run, is a
 * reason not to begin; what it used at other work, or what is only assumed of it, is none.
 */
export function shortOf(
  offer: Offer,
  { remaining, prospects }: Pick<Question, "remaining" | "prospects">,
  calls = 1,
): { readonly what: "time" | "tokens"; readonly why: string } | undefined {
  if (remaining.ms <= 0) return { what: "time", why: "no time is left for another attempt" };
  const { tokens: left } = remaining;
  if (left === undefined) return undefined;
  const { tokens: ofOne, known } = prospects.price(offer);
  const tokens = ofOne * calls;
  if (tokens === 0) return undefined;
  if (left <= 0) return { what: "tokens", why: "no tokens are left for another attempt" };
  const isFirm = known === "declared" || known === "seen";
  if (!isFirm || tokens <= left) return undefined;
  const by = known === "declared" ? "may use" : "has used up to";
  const each = calls === 1 ? "" : ` in each of ${calls} calls`;
  return { what: "tokens", why: `${offer.builder.name} ${by} ${ofOne} tokens${each}, and ${left} are left` };
}

/** Who worked last, with how much room, and what of a split phase comes next; what only repaired does not count. */
export function currentOf(attempts: readonly AttemptState[], { own, alternatives }: Prospects): Offer {
  const last = attempts.findLast(({ chosen }) => chosen?.step !== "repair");
  const known = alternatives.find(({ builder }) => builder.name === last?.builder);
  const builder = known && last?.builder !== own.name ? known.builder : own;
  const part = partAfter(attempts.at(-1));
  return { builder, room: last?.room ?? 0, ...(part ? { part } : {}) };
}

/** How many attempts count against the phase's limit. */
export const countedAttempts = (attempts: readonly AttemptState[]): number =>
  attempts.filter(
    ({ outcome, failure, chosen }) =>
      outcome === "failed" && failure && !isWaitedFor(failure) && chosen?.step !== "repair",
  ).length;

/** How often a step answered failures of that class. */
function usesOf(step: ChainStep, failureClass: string, attempts: readonly AttemptState[]): number {
  return attempts.filter((attempt, index) => {
    const before = attempts.slice(0, index).findLast(({ outcome }) => outcome === "failed");
    const taken = attempt.chosen?.step ?? (before ? "retry" : undefined);
    const isBegun = attempt.outcome !== "interrupted" && (step !== "split" || attempt.part?.number === 1);
    return isBegun && taken === step && before?.failure?.class === failureClass;
  }).length;
}

function whyUsedUp({ step, times }: ChainLink, { phase, failure, attempts }: Question): string | undefined {
  if (times !== "attempts" && usesOf(step, failure.class, attempts) >= times)
    return step === "retry"
      ? `a failure of class ${failure.class} is retried once`
      : `it was taken ${times === 1 ? "once" : `${times} times`} after failures of class ${failure.class}`;
  const limit = phase.spec.budget.attempts;
  if (step !== "repair" && countedAttempts(attempts) >= limit)
    return `the limit of ${limit} ${limit === 1 ? "attempt" : "attempts"} is reached`;
  return undefined;
}

function whyRefused(
  refusal: Refusal | null,
  step: ChainStep,
  failure: Question["failure"],
): string | undefined {
  if (refusal?.until === "probe" && step !== "retry") return "its provider fails at the moment";
  if (refusal?.until === "time" && step !== "retry")
    return `its provider asked to wait until ${refusal.notBefore}`;
  if (refusal?.until !== "change") return undefined;
  if (refusal.breaker.fingerprint === failure.fingerprint)
    return "the same failure came again, and nothing that it depends on has changed";
  const { kind } = refusal.breaker.failure;
  return `it failed before with ${kind} (${refusal.breaker.fingerprint}), and nothing that this depends on has changed`;
}

/** A larger room that is no larger for what is left is none. */
function whyNoRoom(
  { builder, room }: Offer,
  { current, remaining, prospects }: Question,
): string | undefined {
  const { longestMs } = builder;
  if (room === 0 || room === current.room || longestMs === undefined) return undefined;
  if (remaining.ms > longestMs * prospects.roomFactor ** current.room) return undefined;
  return "no more time is left than it had";
}

/** Null where there is nothing to take the step with. */
function offerOf(
  step: Exclude<ChainStep, "ask">,
  { phase, current, failure, attempts, prospects }: Question,
): Offer | null {
  const { repair, own, alternatives } = prospects;
  const tried = new Set([own.name, ...attempts.map(({ builder }) => builder)]);
  const untried = alternatives.filter(({ builder }) => !tried.has(builder.name));
  const fallbacks = untried.filter(({ use }) => use === "fallback").map(({ builder }) => builder);
  const anew = (builder: PinnedBuilder | undefined) => (builder ? { builder, room: 0 } : null);
  switch (step) {
    case "retry":
      return current;
    case "repair":
      return anew(repair);
    case "more-room": {
      const { longestMs, maxTokens } = current.builder;
      const has = failure.kind === "builder-timeout" ? longestMs : maxTokens;
      return has === undefined ? null : { ...current, room: current.room + 1 };
    }
    case "stronger-model":
      return anew(untried.find(({ builder }) => builder.name === current.builder.stronger)?.builder);
    case "another-provider":
      return anew(fallbacks.find(({ provider }) => provider && isOther(provider, current.builder.provider)));
    case "another-builder":
      return anew(fallbacks[0]);
    case "split": {
      const part = firstPartOf(phase);
      return part && { ...current, part };
    }
  }
}

const isOther = (provider: string, than: string | undefined): boolean =>
  than !== undefined && provider !== than;

function mayAsk({ phase }: Question, { times }: ChainLink): boolean {
  return phase.spec.ask === true && (times === "attempts" || (phase.retries ?? []).length < times);
}
