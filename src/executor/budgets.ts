import { findBuilder, isRepair, programOf } from "../domain/builders.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { type AttemptState, countedTokens, tokensOf } from "../domain/fold-attempt.ts";
import type { Offer, Price, Remaining } from "../failures/chain.ts";

/** Whether a builder is, or is about to be, at work: what is set aside for it is not spent yet. */
const isAtWork = ({ outcome, build }: AttemptState): boolean => outcome === undefined && build === undefined;

/** Tokens that `phases` have spent. */
const spentTokens = (phases: readonly PhaseState[]): number =>
  phases
    .flatMap((phase) => phase.attempts)
    .reduce((sum, attempt) => sum + (isAtWork(attempt) ? 0 : countedTokens(attempt)), 0);

/** What is set aside for the builders at work at `phases`. */
const reservedTokens = (phases: readonly PhaseState[], live: LiveTokens): number =>
  phases.reduce((sum, { spec, attempts }) => {
    const last = attempts.at(-1);
    return sum + (last && isAtWork(last) ? Math.max(last.reserved ?? 0, live.get(spec.id) ?? 0) : 0);
  }, 0);

/** What builders at work have reported by now, by phase. */
export type LiveTokens = ReadonlyMap<string, number>;
const noneLive: LiveTokens = new Map();

/** The run's time under way by `now`, without the times in which no process was there. */
const activeMsOf = (run: RunState, now: Date): number =>
  run.activeMs + Math.max(0, now.getTime() - Date.parse(run.lastEventAt));

/** Milliseconds a phase has used: its attempts, except those cut off, and its waits, except for a person. */
function spentMs(phase: PhaseState, activeMs: number): number {
  let spent = 0;
  let waitingSince: number | undefined;
  for (const attempt of phase.attempts) {
    const { startedActiveMs, endedActiveMs = activeMs, outcome, failure, gated, gatedMs = 0 } = attempt;
    const forPerson = gatedMs + (gated ? endedActiveMs - gated.sinceActiveMs : 0);
    if (waitingSince !== undefined) spent += startedActiveMs - waitingSince;
    if (outcome !== "interrupted") spent += endedActiveMs - startedActiveMs - forPerson;
    waitingSince = failure?.class === "transient" ? endedActiveMs : undefined;
  }
  return waitingSince === undefined ? spent : spent + activeMs - waitingSince;
}

/** What is left of the run's own budget; what is set aside for builders at work is still in it. */
export function remainingOfRun(run: RunState, now: Date): Remaining {
  const { minutes, tokens } = run.created.plan.budget;
  return {
    ms: minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60_000 - activeMsOf(run, now),
    ...(tokens === undefined ? {} : { tokens: tokens - spentTokens(run.phases) }),
  };
}

/** What is left for a phase: the tighter of its own budget and the run's. */
export function remainingOfPhase(run: RunState, phase: PhaseState, now: Date): Remaining {
  const ofRun = remainingOfRun(run, now);
  const { minutes, tokens } = phase.spec.budget;
  const own = tokens === undefined ? undefined : tokens - spentTokens([phase]);
  const tightest = Math.min(own ?? Number.POSITIVE_INFINITY, ofRun.tokens ?? Number.POSITIVE_INFINITY);
  return {
    ms: Math.min(minutes * 60_000 - spentMs(phase, activeMsOf(run, now)), ofRun.ms),
    runMs: ofRun.ms,
    ...(Number.isFinite(tightest) ? { tokens: tightest } : {}),
  };
}

/**
 * The tokens that a builder at work at a phase may have used before it takes what is set aside for others, or passes a budget;
 * undefined where there is no limit.
 */
export function tokensFree(
  run: RunState,
  phase: PhaseState,
  live: LiveTokens = noneLive,
): number | undefined {
  const { tokens } = remainingOfPhase(run, phase, new Date(run.lastEventAt));
  if (tokens === undefined || run.created.plan.budget.tokens === undefined) return tokens;
  const others = run.phases.filter(({ spec }) => spec.id !== phase.spec.id);
  const ofRun = run.created.plan.budget.tokens - spentTokens(run.phases);
  return Math.min(tokens, ofRun - reservedTokens(others, live));
}

/** What a call at a phase is expected to take. What only repairs takes no tokens. */
export function priceOf(run: RunState, phase: PhaseState, { builder, room }: Offer): Price {
  const { maxTokens, name } = builder;
  const { roomFactor, callTokens } = run.created.limits;
  if (isRepair(name)) return { tokens: 0, known: "declared" };
  if (maxTokens !== undefined)
    return { tokens: Math.ceil(maxTokens * roomFactor ** room), known: "declared" };
  const seen = highestIn(run, phase, builder);
  if (seen > 0) return { tokens: seen, known: "seen" };
  const own = run.created.builders[phase.spec.id];
  // What plans write out are all called alike.
  const isNamed = phase.spec.builder.kind === "named" || name !== own?.name;
  const remembered = isNamed ? (run.created.highestTokens?.[name] ?? 0) : 0;
  return remembered > 0
    ? { tokens: remembered, known: "remembered" }
    : { tokens: callTokens, known: "assumed" };
}

/** The most that a call of the builder reported in this run. */
function highestIn({ created, phases }: RunState, phase: PhaseState, builder: PinnedBuilder): number {
  const program = programOf(builder);
  const isSame = (phaseId: string, name: string): boolean => {
    if (name !== builder.name) return false;
    if (phaseId === phase.spec.id) return true;
    const other = findBuilder(created, phaseId, name);
    return other !== undefined && programOf(other) === program;
  };
  const seen = phases.flatMap(({ spec, attempts }) =>
    attempts.filter((attempt) => isSame(spec.id, attempt.builder)).map((attempt) => tokensOf(attempt) ?? 0),
  );
  return Math.max(0, ...seen);
}
