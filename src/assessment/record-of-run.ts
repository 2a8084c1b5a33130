import type { Failure } from "../domain/failure.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import type { Deliverable } from "../domain/plan.ts";
import type {
  Expectation,
  PhaseRecord,
  RecordedAttempt,
  RecordedFailure,
  RecordedTime,
  RecordedTokens,
  RunRecord,
} from "../domain/record.ts";

/** What this program's own ledger tells of a run, in the form that every record takes. Its clock is the ledger's. */
export function recordOfRun(state: RunState): RunRecord {
  const { runId, created } = state;
  const phases = state.phases.map((phase, ord) => recordOfPhase(state, phase, ord));
  return {
    runId,
    origin: "native",
    name: created.planId,
    goal: created.goal,
    recordedState: state.state,
    purpose: created.purpose,
    proposedPurpose: null,
    continues: created.continues ?? null,
    createdAt: timeOf(state.createdAt),
    endedAt: timeOf(state.endedAt),
    failureReason: state.reason ?? state.endedWhy ?? null,
    tokens: sumTokens(phases.map(({ tokens }) => tokens)),
    phases,
    notes: [],
    contradictions: [],
  };
}

const timeOf = (at: string | undefined): RecordedTime | null =>
  at === undefined ? null : { at, certain: true };

function recordOfPhase({ runId, created, createdAt }: RunState, phase: PhaseState, ord: number): PhaseRecord {
  const { spec, attempts } = phase;
  const records = attempts.map(recordOfAttempt);
  return {
    runId,
    phaseId: spec.id,
    ord,
    tier: created.plan.tiers[phase.tier]?.id ?? `${phase.tier}`,
    name: spec.name,
    description: spec.description,
    recordedState: phase.state,
    recorded: meaningOf(phase),
    category: spec.category,
    complexity: spec.complexity,
    dependsOn: spec.dependsOn,
    expectations: spec.deliverables.map(expectationOf),
    writeScope: spec.scope.write,
    beginning: timeOf(phase.startedAt ?? createdAt),
    end: timeOf(phase.endedAt),
    attempts: records,
    tokens: sumTokens(records.map(({ tokens }) => ({ spent: tokens, calls: 1, stated: null }))),
    failure: phase.failure ? failureOf(phase.failure) : null,
    certificate: phase.certificate ?? null,
  };
}

/** What is known to be spent; null where nothing is. */
function sumTokens(parts: readonly RecordedTokens[]): RecordedTokens {
  const known = parts.flatMap(({ spent }) => spent ?? []);
  return {
    spent: known.length === 0 ? null : known.reduce((sum, tokens) => sum + tokens, 0),
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    stated: null,
  };
}

function meaningOf({ state, attempts }: PhaseState): PhaseRecord["recorded"] {
  switch (state) {
    case "complete":
    case "skipped":
      return "complete";
    case "failed":
      return "failed";
    case "blocked":
    case "queued":
      return attempts.length === 0 ? "not-started" : "unfinished";
    case "asked":
    case "executing":
    case "verifying":
    case "gated":
      return "unfinished";
  }
}

function recordOfAttempt(attempt: AttemptState): RecordedAttempt {
  const { startedAt, endedAt, outcome, failure, build, interruption } = attempt;
  return {
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    outcome: outcome === undefined ? "unknown" : outcome === "passed" ? "complete" : outcome,
    failure: failure ? failureOf(failure) : null,
    tokens: build?.tokens ?? interruption?.tokens ?? null,
  };
}

const failureOf = ({ kind, class: failureClass, fingerprint, message }: Failure): RecordedFailure => ({
  kind,
  class: failureClass,
  fingerprint,
  text: message,
});

const expectationOf = ({ path, change, mustContain }: Deliverable): Expectation => ({
  entry: path,
  target: path.endsWith("/")
    ? { kind: "directory", path: path.slice(0, -1), minCount: null }
    : { kind: "path", path },
  change,
  mustContain,
});
