import { phaseStatesOfAncestor, rankOf, runStatesOfAncestor, tierStatesOfAncestor } from "./autopack-py.ts";
import type { Contradiction, PhaseRecord } from "./record.ts";
import type { LoggedTry } from "./record-events.ts";
import type { FoldedRecord } from "./record-fold.ts";
import { type KeyedRow, numberOf, rowsOf, textOf } from "./record-rows.ts";
import type { RecordTimes } from "./record-times.ts";
import type { ParsedScope } from "./scope.ts";

/** A run as the record holds it, its rows put together. */
export interface Held {
  readonly runId: string;
  readonly record: FoldedRecord;
  /** Null: the record names the run and does not hold it. */
  readonly run: KeyedRow | null;
  readonly phases: readonly HeldPhase[];
  readonly calls: readonly KeyedRow[];
  /** Runs by the id of their tiers' rows, over all records. */
  readonly tierOwners: ReadonlyMap<string, string>;
  readonly violations: RecordTimes["violations"];
}

export interface HeldPhase extends KeyedRow {
  readonly phaseId: string;
  readonly tier: KeyedRow | null;
  readonly scope: ParsedScope;
  readonly calls: readonly KeyedRow[];
  readonly tries: readonly LoggedTry[];
}

/** What the record of one run says that cannot all hold. */
export function listContradictions(
  held: Held,
  phases: readonly PhaseRecord[],
  times: RecordTimes,
  record: FoldedRecord,
): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (kind: string, phaseId: string | null, message: string, ...places: string[]): void => {
    found.push({ kind, runId: held.runId, phaseId, message, places });
  };
  addStates(held, add);
  addEnds(held, phases, add);
  for (const phase of held.phases) addPhase(held, phase, add);
  addTokens(held, phases, add);
  addDecisions(held, times, add);
  addTimes(held, times, add);
  addMissing(record, add);
  for (const { table, key, from, to, snapshot } of record.changes)
    if (rankOf(table, to) < rankOf(table, from))
      add(
        "state-went-backwards",
        table === "phases" ? key : null,
        `${from} in an earlier snapshot, ${to} in snapshot ${snapshot}`,
        `${table} ${key}`,
      );
  return found;
}

type Add = (kind: string, phaseId: string | null, message: string, ...places: string[]) => void;

function addStates({ run, record, runId, phases }: Held, add: Add): void {
  const state = run ? textOf(run.row, "state") : null;
  if (state !== null && !runStatesOfAncestor.has(state))
    add("illegal-state", null, `${state} is no state of a run`, `runs ${runId}`);
  for (const { key, row } of rowsOf(record, "tiers")) {
    const tier = textOf(row, "state");
    if (tier !== null && !tierStatesOfAncestor.has(tier))
      add("illegal-state", null, `${tier} is no state of a tier`, `tiers ${key}`);
  }
  for (const { phaseId, key, row } of phases) {
    const own = textOf(row, "state");
    if (own !== null && !phaseStatesOfAncestor.has(own))
      add("illegal-state", phaseId, `${own} is no state of a phase`, `phases ${key}`);
  }
}

/** How the run ended against how its phases did. */
function addEnds({ run, runId }: Held, phases: readonly PhaseRecord[], add: Add): void {
  const state = run ? textOf(run.row, "state") : null;
  if (!state?.startsWith("DONE_") || phases.length === 0) return;
  const open = phases.filter(({ recorded }) => recorded !== "complete");
  if (state.startsWith("DONE_FAILED") && open.length === 0)
    add(
      "run-failed-all-complete",
      null,
      `${state}, and all ${phases.length} phases are complete`,
      `runs ${runId}`,
    );
  if (state === "DONE_SUCCESS" && open.length > 0)
    add(
      "run-succeeded-not-all-complete",
      null,
      `DONE_SUCCESS, and ${open.length} of ${phases.length} phases are not complete`,
      `runs ${runId}`,
      ...open.map(({ phaseId }) => `phases ${phaseId}`),
    );
  const queued = phases.filter(({ recordedState }) => recordedState === "QUEUED");
  if (queued.length > 0)
    add(
      "ended-with-queued",
      null,
      `${state}, and ${queued.length} of ${phases.length} phases are still queued`,
      `runs ${runId}`,
      ...queued.map(({ phaseId }) => `phases ${phaseId}`),
    );
}

function addPhase({ tierOwners }: Held, phase: HeldPhase, add: Add): void {
  const { phaseId, key, row, calls } = phase;
  const tierId = textOf(row, "tier_id");
  if (tierId !== null && phase.tier === null) {
    const owner = tierOwners.get(tierId);
    if (owner === undefined) add("tier-missing", phaseId, `there is no tier ${tierId}`, `phases ${key}`);
    else
      add(
        "tier-of-another-run",
        phaseId,
        `its tier is one of run ${owner}`,
        `phases ${key}`,
        `tiers ${tierId}`,
      );
  }
  for (const { field, named, holder } of phase.scope.contradictions) {
    const kind = field === "run_id" ? "scope-of-another-run" : "scope-of-another-phase";
    add(kind, phaseId, `its scope says ${field} ${named}, and stands in ${holder}`, `phases ${key} scope`);
  }
  if (phase.scope.unreadable !== undefined)
    add("scope-unreadable", phaseId, phase.scope.unreadable, `phases ${key} scope`);
  const state = textOf(row, "state");
  const reason = textOf(row, "last_failure_reason");
  if (calls.length > 0 && (state === "QUEUED" || neverRan.test(reason ?? "")))
    add(
      "never-executed-beside-paid-calls",
      phaseId,
      `${state === "QUEUED" ? "QUEUED" : `"${reason}"`}, and ${calls.length} calls were paid for it`,
      `phases ${key}`,
      ...calls.map((call) => `llm_usage_events ${call.key}`),
    );
  if (state === "COMPLETE" && reason !== null && reason !== "")
    add(
      "complete-with-failure-reason",
      phaseId,
      `COMPLETE, and its reason of failure is ${reason}`,
      `phases ${key}`,
    );
}

const neverRan =
  /\bnever\s+(?:been\s+|was\s+)?(?:executed|run|ran|started|attempted)\b|\bnot\s+(?:yet\s+)?(?:executed|started)\b/i;

/** Totals that say another thing than the calls. */
function addTokens({ run, runId, calls }: Held, phases: readonly PhaseRecord[], add: Add): void {
  for (const { phaseId, tokens } of phases)
    if (tokens.spent !== null && tokens.stated !== null && tokens.spent !== tokens.stated)
      add(
        "tokens-disagree",
        phaseId,
        `the phase states ${tokens.stated} tokens, and its calls used ${tokens.spent}`,
        `phases ${phaseId} tokens_used`,
      );
  if (run && numberOf(run.row, "tokens_used") === 0 && calls.length > 0)
    add(
      "run-tokens-disagree",
      null,
      `the run states 0 tokens, and ${calls.length} calls were paid for it`,
      `runs ${runId} tokens_used`,
    );
}

/** What a later snapshot lacks happened all the same. */
function addMissing(record: FoldedRecord, add: Add): void {
  for (const [table, rows] of record.tables) {
    const missing = [...rows].filter(([, { missingSince }]) => missingSince !== null);
    const [first] = missing;
    if (first)
      add(
        "rows-missing-later",
        null,
        `${missing.length} of ${rows.size} rows of ${table} are in no later snapshot, from snapshot ${first[1].missingSince} on`,
        ...missing.map(([key]) => `${table} ${key}`),
      );
  }
}

/** Two decisions on one state of a phase: nothing was tried in between. */
function addDecisions({ runId, record, calls }: Held, times: RecordTimes, add: Add): void {
  const builds = Map.groupBy(
    calls.filter(({ row }) => textOf(row, "role") === "builder"),
    ({ row }) => textOf(row, "phase_id"),
  );
  const at = (table: string, key: string, column: string) => times.of(runId, table, key, column)?.at ?? "";
  const decisions = rowsOf(record, "decision_log").filter(
    // `diagnostics:patch_apply_error` names what was looked at: nothing is decided.
    ({ row }) => !textOf(row, "choice")?.startsWith(`${textOf(row, "trigger")}:`),
  );
  const byPhase = Map.groupBy(decisions, ({ row }) =>
    JSON.stringify([textOf(row, "phase_id"), textOf(row, "trigger")]),
  );
  for (const group of byPhase.values()) {
    const ordered = group.toSorted((a, b) =>
      at("decision_log", a.key, "timestamp") < at("decision_log", b.key, "timestamp") ? -1 : 1,
    );
    for (const [place, later] of ordered.entries()) {
      const before = ordered[place - 1];
      const choices = [before && textOf(before.row, "choice"), textOf(later.row, "choice")];
      if (!before || choices[0] === choices[1]) continue;
      const phaseId = textOf(later.row, "phase_id");
      const [from, to] = [
        at("decision_log", before.key, "timestamp"),
        at("decision_log", later.key, "timestamp"),
      ];
      const tried = (builds.get(phaseId) ?? []).some(({ key }) => {
        const call = at("llm_usage_events", key, "created_at");
        return call > from && call <= to;
      });
      if (tried || from.slice(0, 10) !== to.slice(0, 10)) continue;
      add(
        "decisions-disagree",
        phaseId,
        `decided ${choices[0]}, then ${choices[1]}, with nothing tried in between`,
        `decision_log ${before.key}`,
        `decision_log ${later.key}`,
      );
    }
  }
  addApprovals(rowsOf(record, "approval_requests"), add);
}

/** One question asked more than once, and answered differently. */
function addApprovals(requests: readonly KeyedRow[], add: Add): void {
  const asked = Map.groupBy(requests, ({ row }) =>
    JSON.stringify(["phase_id", "context", "decision_info"].map((column) => textOf(row, column))),
  );
  for (const group of asked.values()) {
    const answers = new Set(
      group.map(({ row }) => textOf(row, "status")).filter((status) => status !== "pending"),
    );
    if (answers.size < 2) continue;
    add(
      "decisions-disagree",
      group[0] ? textOf(group[0].row, "phase_id") : null,
      `one question was answered ${[...answers].join(" and ")}`,
      ...group.map(({ key }) => `approval_requests ${key}`),
    );
  }
}

function addTimes(held: Held, times: RecordTimes, add: Add): void {
  const phaseOf = new Map(held.phases.map(({ key, phaseId }) => [key, phaseId]));
  for (const { table, key, column } of held.violations)
    add(
      "created-after-changed",
      table === "phases" ? (phaseOf.get(key) ?? null) : null,
      `it was created after its ${column}, whichever clock wrote them`,
      `${table} ${key}`,
    );
  const created = held.run ? times.of(held.runId, "runs", held.run.key, "created_at") : null;
  for (const { phaseId, key, calls } of held.phases) {
    const own = times.of(held.runId, "phases", key, "created_at");
    if (created && own && Date.parse(own.at) < Date.parse(created.at) - insertMs)
      add(
        "phase-before-run",
        phaseId,
        `created at ${own.at}, before its run at ${created.at}`,
        `phases ${key}`,
      );
    const early = calls.filter((call) => {
      const at = times.of(held.runId, "llm_usage_events", call.key, "created_at");
      return own !== null && at !== null && at.at < own.at;
    });
    if (own && early.length > 0)
      add(
        "call-before-created",
        phaseId,
        `${early.length} of ${calls.length} calls came before it was created at ${own.at}: the row was made again`,
        `phases ${key}`,
        ...early.map((call) => `llm_usage_events ${call.key}`),
      );
  }
}

const insertMs = 5000;
