import type { PhaseState, RunState } from "../domain/fold.ts";
import type { Remaining } from "../failures/decide-next.ts";

/** Tokens that builders reported over `phases`; what they did not report is not in it. */
function spentTokens(phases: readonly PhaseState[]): number {
  return phases
    .flatMap((phase) => phase.attempts)
    .reduce((sum, attempt) => sum + (attempt.build?.tokens ?? 0), 0);
}

/** Milliseconds a phase has used: its attempts, except those cut off, and its waits. */
function spentMs(phase: PhaseState, now: Date): number {
  let spent = 0;
  let waitingSince: number | undefined;
  for (const attempt of phase.attempts) {
    const start = Date.parse(attempt.startedAt);
    if (waitingSince !== undefined) spent += Math.max(0, start - waitingSince);
    const end = attempt.endedAt ? Date.parse(attempt.endedAt) : now.getTime();
    if (attempt.outcome !== "interrupted") spent += Math.max(0, end - start);
    waitingSince = attempt.failure?.class === "transient" ? end : undefined;
  }
  return spent + (waitingSince === undefined ? 0 : Math.max(0, now.getTime() - waitingSince));
}

/** What is left of the run's own budget. */
export function remainingOfRun(run: RunState, now: Date): Remaining {
  const { minutes, tokens } = run.created.plan.budget;
  const active = run.activeMs + Math.max(0, now.getTime() - Date.parse(run.lastEventAt));
  return {
    ms: minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60_000 - active,
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
    ms: Math.min(minutes * 60_000 - spentMs(phase, now), ofRun.ms),
    ...(Number.isFinite(tightest) ? { tokens: tightest } : {}),
  };
}
