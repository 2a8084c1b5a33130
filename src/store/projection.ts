import type { PhaseState, RunState } from "../domain/fold.ts";
import { type AttemptState, tokensOf } from "../domain/fold-attempt.ts";
import type { PhaseRow, RunRow } from "../domain/ledger.ts";

/** The rows of the projections that a folded run stands for. */
export interface RunRows {
  readonly run: RunRow;
  readonly phases: readonly PhaseRow[];
}

/** The rows that differ between two states of one run; all of them when there was no state before. */
export function projectChanges(before: RunState | undefined, after: RunState): RunRows {
  const phases: PhaseRow[] = [];
  const totals = { ...(before ? totalsOf(before) : noTotals) };
  for (const [ord, phase] of after.phases.entries()) {
    const earlier = before?.phases[ord];
    if (earlier === phase) continue;
    phases.push(projectPhase(after.runId, ord, phase));
    if (earlier) count(totals, earlier, -1);
    count(totals, phase, 1);
  }
  known.set(after, totals);
  return { run: projectRun(after, totals), phases };
}

/** What the phases of a run add up to. */
type Totals = Record<
  "complete" | "failed" | "blocked" | "skipped" | "attempts" | "tokens" | "attemptsWithUnknownTokens",
  number
>;
const noTotals: Totals = {
  complete: 0,
  failed: 0,
  blocked: 0,
  skipped: 0,
  attempts: 0,
  tokens: 0,
  attemptsWithUnknownTokens: 0,
};

/** Kept beside the states, so that an event costs the same however many phases the run has. */
const known = new WeakMap<RunState, Totals>();

function totalsOf(state: RunState): Totals {
  const found = known.get(state);
  if (found) return found;
  const totals = { ...noTotals };
  for (const phase of state.phases) count(totals, phase, 1);
  return totals;
}

/** Adds a phase to the totals, or takes it off. */
function count(totals: Totals, { state, attempts }: PhaseState, by: 1 | -1): void {
  if (state === "complete" || state === "failed" || state === "blocked" || state === "skipped")
    totals[state] += by;
  const { tokens, attemptsWithUnknownTokens } = sumTokens(attempts);
  totals.attempts += by * attempts.length;
  totals.tokens += by * tokens;
  totals.attemptsWithUnknownTokens += by * attemptsWithUnknownTokens;
}

function projectRun(state: RunState, totals: Totals): RunRow {
  const { created } = state;
  return {
    runId: state.runId,
    planId: created.planId,
    goal: created.goal,
    purpose: created.purpose,
    state: state.state,
    reason: state.reason ?? null,
    continues: created.continues ?? null,
    baseCommit: created.base.commit,
    head: state.head,
    branch: state.published?.branch ?? null,
    phases: state.phases.length,
    ...totals,
    createdAt: state.createdAt,
    endedAt: state.endedAt ?? null,
  };
}

function projectPhase(runId: string, ord: number, phase: PhaseState): PhaseRow {
  return {
    runId,
    phaseId: phase.spec.id,
    ord,
    tier: phase.tier,
    name: phase.spec.name,
    state: phase.state,
    attempts: phase.attempts.length,
    failureClass: phase.failure?.class ?? null,
    failureKind: phase.failure?.kind ?? null,
    failureMessage: phase.failure?.message ?? null,
    blockedBy: phase.blockedBy ?? null,
    tree: phase.certificate?.tree ?? null,
    ...sumTokens(phase.attempts),
    startedAt: phase.startedAt ?? null,
    endedAt: phase.endedAt ?? null,
  };
}

/** What builders reported, and how many attempts spent something that nobody reported. */
function sumTokens(attempts: readonly AttemptState[]): {
  tokens: number;
  attemptsWithUnknownTokens: number;
} {
  let tokens = 0;
  let attemptsWithUnknownTokens = 0;
  for (const attempt of attempts) {
    const { build, buildStartedAt, outcome } = attempt;
    const reported = tokensOf(attempt);
    tokens += reported ?? 0;
    const hasSpent = build !== undefined || (buildStartedAt !== undefined && outcome !== undefined);
    if (hasSpent && reported === null) attemptsWithUnknownTokens += 1;
  }
  return { tokens, attemptsWithUnknownTokens };
}
