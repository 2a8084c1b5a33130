import { phaseStatesOfAncestor } from "./autopack-py.ts";
import { expectationOf } from "./expectations.ts";
import { parseJson } from "./json.ts";
import type {
  Expectation,
  PhaseRecord,
  RecordedAttempt,
  RecordedFailure,
  RecordedTime,
  RecordedTokens,
  RunRecord,
} from "./record.ts";
import { type Held, type HeldPhase, listContradictions } from "./record-contradictions.ts";
import type { LoggedTry } from "./record-events.ts";
import type { FoldedRecord } from "./record-fold.ts";
import { type KeyedRow, numberOf, rowsOf, textOf, tokensOfCall } from "./record-rows.ts";
import { type RecordTimes, readTimes } from "./record-times.ts";
import { proposePurpose, recordedPurpose } from "./recorded-purpose.ts";
import { type ParsedScope, parseScope } from "./scope.ts";
import type { ScopeEntry } from "./scope-entry.ts";

/** How this program reads a cause that another one recorded. */
export interface FailureReading {
  /** A reason as a row has it: `PATCH_FAILED`. */
  ofReason(text: string): RecordedFailure;
  /** The cause of a try that a log tells of. */
  ofTry(attempt: LoggedTry): RecordedFailure;
}

export interface BuiltRecords {
  readonly runs: readonly RunRecord[];
  readonly clock: RecordTimes["reading"];
}

/**
 * What all that was imported tells, run by run. The clocks are told by all runs together, so a run must not be built
 * alone. Pure: the same events give the same records.
 */
export function buildRecords(
  records: ReadonlyMap<string, FoldedRecord>,
  failures: FailureReading,
): BuiltRecords {
  const times = readTimes(records);
  const tierOwners = new Map<string, string>();
  for (const [runId, record] of records)
    for (const { row } of rowsOf(record, "tiers")) {
      const id = textOf(row, "id");
      if (id !== null) tierOwners.set(id, runId);
    }
  const violations = Map.groupBy(times.violations, ({ runId }) => runId);
  const runs = [...records].map(([runId, record]) =>
    buildRun(holdRun(runId, record, tierOwners, violations.get(runId) ?? []), times, failures),
  );
  return { runs, clock: times.reading };
}

function holdRun(
  runId: string,
  record: FoldedRecord,
  tierOwners: ReadonlyMap<string, string>,
  violations: RecordTimes["violations"],
): Held {
  const calls = rowsOf(record, "llm_usage_events");
  const callsByPhase = Map.groupBy(calls, ({ row }) => textOf(row, "phase_id"));
  const triesByPhase = Map.groupBy(record.tries, ({ phaseId }) => phaseId);
  const tiers = new Map(rowsOf(record, "tiers").map((tier) => [textOf(tier.row, "id"), tier]));
  const phases = rowsOf(record, "phases").map((phase): HeldPhase => {
    const phaseId = textOf(phase.row, "phase_id") ?? phase.key;
    return {
      ...phase,
      phaseId,
      tier: tiers.get(textOf(phase.row, "tier_id")) ?? null,
      scope: readScope(phase, runId, phaseId),
      calls: callsByPhase.get(phaseId) ?? [],
      tries: (triesByPhase.get(phaseId) ?? []).toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1)),
    };
  });
  const [run] = rowsOf(record, "runs");
  return { runId, record, run: run ?? null, phases, calls, tierOwners, violations };
}

/** A scope is JSON in a text column; a text that is no JSON is a scope of words. */
function readScope({ row }: KeyedRow, runId: string, phaseId: string): ParsedScope {
  const text = textOf(row, "scope");
  const value = text === null ? null : parseJson(text);
  return parseScope(value === undefined ? text : value, { runId, phaseId });
}

function buildRun(held: Held, times: RecordTimes, failures: FailureReading): RunRecord {
  const { runId, run, record } = held;
  const timeOf = (column: string) => (run ? times.of(runId, "runs", run.key, column) : null);
  const phases = held.phases
    .toSorted((a, b) => orderOf(a, b))
    .map((phase, ord) => buildPhase(held, phase, ord, times, failures));
  const state = run ? textOf(run.row, "state") : null;
  const ended = state?.startsWith("DONE_") ? (timeOf("completed_at") ?? timeOf("updated_at")) : null;
  const notes = notesOf(held);
  const goal = run ? textOf(run.row, "goal_anchor") : null;
  const purpose = recordedPurpose(run ? textOf(run.row, "purpose") : null);
  return {
    runId,
    origin: run ? "imported" : "reference-only",
    name: (run && (textOf(run.row, "name") ?? textOf(run.row, "display_name"))) ?? runId,
    goal,
    recordedState: state,
    purpose,
    proposedPurpose:
      purpose === "unknown"
        ? proposePurpose([
            { what: "name", text: runId },
            { what: "goal", text: goal },
            // What the program wrote of its own tries speaks of tests all the time: only people's notes count.
            ...notes
              .filter(({ place }) => peoplesNotes.test(place))
              .map(({ text }) => ({ what: "note", text })),
          ])
        : null,
    continues: null,
    createdAt: timeOf("created_at"),
    endedAt: ended,
    failureReason: run ? textOf(run.row, "failure_reason") : null,
    tokens: tokensOf(held.calls, run ? numberOf(run.row, "tokens_used") : null),
    phases,
    notes,
    contradictions: listContradictions(held, phases, times, record),
  };
}

const peoplesNotes = /^(?:runs|approval_requests|governance_requests) /;

/** By tier, then by the order that is recorded within it. */
function orderOf(a: HeldPhase, b: HeldPhase): number {
  const tier = (phase: HeldPhase) => (phase.tier ? (numberOf(phase.tier.row, "tier_index") ?? 0) : 0);
  const own = (phase: HeldPhase) => numberOf(phase.row, "phase_index") ?? 0;
  return tier(a) - tier(b) || own(a) - own(b) || (numberOf(a.row, "id") ?? 0) - (numberOf(b.row, "id") ?? 0);
}

function buildPhase(
  { runId }: Held,
  phase: HeldPhase,
  ord: number,
  times: RecordTimes,
  failures: FailureReading,
): PhaseRecord {
  const { row, key, phaseId } = phase;
  const timeOf = (column: string) => times.of(runId, "phases", key, column);
  const state = textOf(row, "state");
  const recorded = state === null ? "none" : (phaseStatesOfAncestor.get(state) ?? "illegal");
  const calls = phase.calls.map((call) => ({
    time: times.of(runId, "llm_usage_events", call.key, "created_at"),
    tokens: tokensOfCall(call.row),
  }));
  const attempts = phase.tries.map((attempt) => buildAttempt(attempt, calls, times, failures));
  const firstCall = earliest(calls.map(({ time }) => time));
  const reason = textOf(row, "last_failure_reason");
  const isEnded = recorded === "complete" || recorded === "failed";
  return {
    runId,
    phaseId,
    ord,
    tier: (phase.tier && (textOf(phase.tier.row, "name") ?? textOf(phase.tier.row, "tier_id"))) ?? "",
    name: textOf(row, "name") ?? phaseId,
    description: textOf(row, "description") ?? "",
    recordedState: state,
    recorded,
    category: textOf(row, "task_category"),
    complexity: textOf(row, "complexity"),
    dependsOn: dependenciesIn(phase.scope),
    expectations: phase.scope.deliverables.flatMap(({ entry }): Expectation[] => {
      const expectation = expectationOf(entry);
      return expectation ? [expectation] : [];
    }),
    writeScope: phase.scope.write.flatMap(pathOf),
    beginning: earliest([timeOf("created_at"), firstCall, ...attempts.map(({ startedAt }) => startedAt)]),
    end: isEnded ? (timeOf("completed_at") ?? timeOf("updated_at")) : null,
    attempts,
    tokens: tokensOf(phase.calls, numberOf(row, "tokens_used")),
    failure: reason !== null && reason !== "" ? failures.ofReason(reason) : causeOf(recorded, attempts),
    certificate: null,
  };
}

/** What a log says of the last try is why the phase failed, where the phase itself gives no reason. */
const causeOf = (
  recorded: PhaseRecord["recorded"],
  attempts: readonly RecordedAttempt[],
): RecordedFailure | null => (recorded === "complete" ? null : (attempts.at(-1)?.failure ?? null));

interface TimedCall {
  readonly time: RecordedTime | null;
  readonly tokens: number | null;
}

function buildAttempt(
  attempt: LoggedTry,
  calls: readonly TimedCall[],
  times: RecordTimes,
  failures: FailureReading,
): RecordedAttempt {
  const outcomes = { succeeded: "complete", failed: "failed", unfinished: "interrupted" } as const;
  const [startedAt, endedAt] = [times.ofLog(attempt.startedAt), times.ofLog(attempt.endedAt)];
  return {
    startedAt,
    endedAt,
    outcome: outcomes[attempt.outcome],
    failure: attempt.outcome === "failed" ? failures.ofTry(attempt) : null,
    tokens: attempt.tokens ?? tokensBetween(calls, startedAt, endedAt),
  };
}

/** What the calls made in that time used; null where there are none, or the time is not certain. */
function tokensBetween(
  calls: readonly TimedCall[],
  from: RecordedTime | null,
  to: RecordedTime | null,
): number | null {
  if (!from?.certain || !to?.certain) return null;
  const within = calls.flatMap(({ time, tokens }) =>
    time?.certain && tokens !== null && time.at >= from.at && time.at <= to.at ? [tokens] : [],
  );
  return within.length === 0 ? null : within.reduce((sum, tokens) => sum + tokens, 0);
}

function tokensOf(calls: readonly KeyedRow[], stated: number | null): RecordedTokens {
  const known = calls.map(({ row }) => tokensOfCall(row)).filter((tokens) => tokens !== null);
  return {
    spent: known.length === 0 ? null : known.reduce((sum, tokens) => sum + tokens, 0),
    calls: calls.length,
    stated,
  };
}

function earliest(times: readonly (RecordedTime | null)[]): RecordedTime | null {
  let first: RecordedTime | null = null;
  for (const time of times) if (time && (first === null || time.at < first.at)) first = time;
  return first;
}

function pathOf(entry: ScopeEntry): string[] {
  if ("path" in entry) return [entry.kind === "directory" ? `${entry.path}/` : entry.path];
  if (entry.kind === "glob") return [entry.glob];
  return entry.kind === "object" ? pathOf(entry.target) : [];
}

/** Ids of phases that the scope says it needs, whatever form it says it in. */
function dependenciesIn({ rest }: ParsedScope): string[] {
  const said = rest.dependencies;
  const lists = Array.isArray(said) ? [said] : Object.values(said && typeof said === "object" ? said : {});
  return lists
    .flat()
    .filter((item): item is string => typeof item === "string" && /^[\w.-]{1,200}$/.test(item));
}

function notesOf({ runId, run, phases, record }: Held): RunRecord["notes"] {
  const notes: { text: string; place: string; at: string | null }[] = [];
  const add = (table: string, { key, row }: KeyedRow, column: string, time: string | null): void => {
    const text = textOf(row, column);
    if (text !== null && text.trim() !== "")
      notes.push({ text, place: `${table} ${key} ${column}`, at: time === null ? null : textOf(row, time) });
  };
  if (run) add("runs", { ...run, key: runId }, "failure_reason", "updated_at");
  for (const phase of phases) add("phases", phase, "last_failure_reason", "updated_at");
  for (const row of rowsOf(record, "decision_log")) add("decision_log", row, "rationale", "timestamp");
  for (const row of rowsOf(record, "plan_changes"))
    for (const column of ["summary", "rationale"]) add("plan_changes", row, column, "timestamp");
  for (const row of rowsOf(record, "approval_requests"))
    for (const column of ["approval_reason", "rejected_reason"])
      add("approval_requests", row, column, "responded_at");
  for (const row of rowsOf(record, "governance_requests"))
    add("governance_requests", row, "justification", "created_at");
  return notes;
}
