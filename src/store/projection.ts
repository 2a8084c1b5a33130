import { type AttemptState, type PhaseState, type RunState, tokensOf } from "../domain/fold.ts";
import type { PhaseRow, RunRow } from "../domain/ledger.ts";

/** The rows of the projections that a folded run stands for. */
export interface RunRows {
  readonly run: RunRow;
  readonly phases: readonly PhaseRow[];
}

/** The rows that differ between two states of one run; all of them when there was no state before. */
export function projectChanges(before: RunState | undefined, after: RunState): RunRows {
  const phases: PhaseRow[] = [];
  for (const [ord, phase] of after.phases.entries())
    if (before?.phases[ord] !== phase) phases.push(projectPhase(after.runId, ord, phase));
  return { run: projectRun(after), phases };
}

function projectRun(state: RunState): RunRow {
  const count = { complete: 0, failed: 0, blocked: 0, skipped: 0, queued: 0, executing: 0, verifying: 0 };
  const spent = { attempts: 0, tokens: 0, attemptsWithUnknownTokens: 0 };
  for (const phase of state.phases) {
    count[phase.state] += 1;
    spent.attempts += phase.attempts.length;
    const { tokens, attemptsWithUnknownTokens } = sumTokens(phase.attempts);
    spent.tokens += tokens;
    spent.attemptsWithUnknownTokens += attemptsWithUnknownTokens;
  }
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
    complete: count.complete,
    failed: count.failed,
    blocked: count.blocked,
    skipped: count.skipped,
    ...spent,
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
