import type { PhaseState, RunState } from "../domain/fold.ts";
import { tokensOf } from "../domain/fold-attempt.ts";
import type { Remaining } from "../failures/decide-next.ts";

/** Tokens that builders reported over `phases`; what they did not report is not in it. */
function spentTokens(phases: readonly PhaseState[]): number {
  return phases
    .flatMap((phase) => phase.attempts)
    .reduce((sum, attempt) => sum + (tokensOf(attempt) ?? 0), 0);
}

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

/** What is left of the run's own budget. */
export function remainingOfRun(run: RunState, now: Date): Remaining {
  const { minutes, tokens } = run.created.plan.budget;
  return {
    ms: minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60_000 - activeMsOf(run, now),
    ...(tokens === undefined ? {} : { tokens: tokens - spentTokens(run.phases) }),
  };
}

/**
 * Whether a phase may begin beside those at work without the run's tokens being promised twice: what each may still
 * use is set aside for it. One without a budget of its own may use all that is left, so it begins alone.
 */
export function tokensSuffice(run: RunState, phase: PhaseState, active: ReadonlySet<string>): boolean {
  const left = remainingOfRun(run, new Date(run.lastEventAt)).tokens;
  if (left === undefined || active.size === 0) return true;
  const wanted = tokensToSetAside(run, phase, left);
  const promised = run.phases
    .filter((other) => active.has(other.spec.id))
    .reduce((sum, other) => sum + tokensToSetAside(run, other, left), 0);
  return wanted === 0 || wanted + promised <= left;
}

/** Nothing for a builder that reports nothing, and none once the builder's report is in. */
function tokensToSetAside(run: RunState, phase: PhaseState, left: number): number {
  const attempt = phase.attempts.at(-1);
  const hasReported = attempt?.build !== undefined && attempt.outcome === undefined;
  if (hasReported || run.created.builders[phase.spec.id]?.reportsUsage === false) return 0;
  const { tokens } = phase.spec.budget;
  return tokens === undefined ? left : Math.max(0, Math.min(tokens - spentTokens([phase]), left));
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
