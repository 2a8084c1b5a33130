import type { PhaseRecord } from "./record.ts";

/** What is known of a table of Autopack's ancestor. */
interface TableFacts {
  /** The column that names the run; null: its rows belong to no run. */
  readonly run: string | null;
  /** The columns that tell a row from the others of its run, from one snapshot to the next. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Never read: who may log in is no part of what became of the work. */
  readonly secret?: true;
}

const facts = (run: string | null, key: string, columns: string, secret?: true): TableFacts => ({
  run,
  key: key.split(" "),
  columns: columns.split(" "),
  ...(secret ? { secret } : {}),
});

/** Numbers of rows are given anew when rows are deleted: a call or decision is told by its time too. */
export const ancestorTables: Readonly<Record<string, TableFacts>> = {
  runs: facts(
    "id",
    "id",
    "id state created_at updated_at started_at completed_at safety_profile run_scope token_cap max_phases max_duration_minutes max_minor_issues_total tokens_used ci_runs_used minor_issues_count major_issues_count promotion_eligible_to_main debt_status failure_reason goal_anchor",
  ),
  tiers: facts(
    "run_id",
    "tier_id",
    "id tier_id run_id tier_index name description state token_cap ci_run_cap max_minor_issues_tolerated max_major_issues_tolerated tokens_used ci_runs_used minor_issues_count major_issues_count cleanliness created_at updated_at started_at completed_at",
  ),
  phases: facts(
    "run_id",
    "phase_id",
    "id phase_id run_id tier_id phase_index name description state task_category complexity builder_mode max_builder_attempts max_auditor_attempts incident_token_cap builder_attempts auditor_attempts tokens_used minor_issues_count major_issues_count issue_state quality_level quality_blocked created_at updated_at started_at completed_at scope retry_attempt revision_epoch escalation_level last_attempt_timestamp last_failure_reason",
  ),
  llm_usage_events: facts(
    "run_id",
    "id created_at",
    "id provider model run_id phase_id role prompt_tokens completion_tokens created_at is_doctor_call doctor_model doctor_action",
  ),
  decision_log: facts(
    "run_id",
    "id timestamp",
    "id run_id phase_id project_id timestamp trigger alternatives choice rationale vector_id",
  ),
  plan_changes: facts(
    "run_id",
    "id timestamp",
    "id run_id phase_id project_id timestamp author summary rationale replaces_version status replaced_by vector_id",
  ),
  approval_requests: facts(
    "run_id",
    "id requested_at",
    "id run_id phase_id context decision_info deletion_info requested_at responded_at timeout_at status response_method approval_reason rejected_reason telegram_message_id telegram_sent telegram_error",
  ),
  governance_requests: facts(
    "run_id",
    "request_id",
    "id request_id run_id phase_id requested_paths justification risk_level auto_approved approved approved_by created_at",
  ),
  doctor_usage_stats: facts(
    "run_id",
    "id",
    "id run_id doctor_calls_total doctor_cheap_calls doctor_strong_calls doctor_escalations doctor_actions created_at updated_at",
  ),
  documents: facts(
    null,
    "id",
    "id filename document_type pack_name confidence_score extracted_text metadata created_at updated_at",
  ),
  planning_artifacts: facts(
    null,
    "id",
    "id path version project_id timestamp hash author reason status replaced_by vector_id",
  ),
  users: facts(
    null,
    "id",
    "id username email hashed_password is_active is_superuser created_at updated_at",
    true,
  ),
};

/** Tables without which a database is none of the ancestor's, with the columns that must be there. */
export const neededColumns: Readonly<Record<string, readonly string[]>> = {
  runs: ["id", "state"],
  phases: ["run_id", "phase_id", "state"],
};

export const runStatesOfAncestor: ReadonlySet<string> = new Set([
  "PLAN_BOOTSTRAP",
  "RUN_CREATED",
  "PHASE_QUEUEING",
  "PHASE_EXECUTION",
  "GATE",
  "CI_RUNNING",
  "SNAPSHOT_CREATED",
  "DONE_SUCCESS",
  "DONE_FAILED_BUDGET_EXHAUSTED",
  "DONE_FAILED_POLICY_VIOLATION",
  "DONE_FAILED_REQUIRES_HUMAN_REVIEW",
  "DONE_FAILED_ENVIRONMENT",
]);

export const tierStatesOfAncestor: ReadonlySet<string> = new Set([
  "PENDING",
  "IN_PROGRESS",
  "COMPLETE",
  "FAILED",
  "SKIPPED",
]);

/** The ancestor's states of a phase, and what each means. */
export const phaseStatesOfAncestor: ReadonlyMap<string, PhaseRecord["recorded"]> = new Map([
  ["QUEUED", "not-started"],
  ["EXECUTING", "unfinished"],
  ["GATE", "unfinished"],
  ["CI_RUNNING", "unfinished"],
  ["COMPLETE", "complete"],
  ["FAILED", "failed"],
  ["SKIPPED", "not-started"],
]);

/** How far a run, tier or phase has come: a state of a lower rank after one of a higher went backwards. */
export function rankOf(table: string, state: string): number {
  if (state === "COMPLETE" || state === "DONE_SUCCESS") return 3;
  if (state === "FAILED" || state === "SKIPPED" || state.startsWith("DONE_")) return 2;
  return state === "QUEUED" || state === "PENDING" || (table === "runs" && state === "RUN_CREATED") ? 0 : 1;
}
