import type {
  AssessedCause,
  CauseParty,
  PhaseEvidence,
  Recommendation,
  RecommendedAction,
  VerdictName,
} from "../domain/assessment.ts";
import type { PhaseRecord } from "../domain/record.ts";
import { unreachable } from "../domain/result.ts";
import type { DecidedVerdict } from "./decide-verdict.ts";
import type { EffortEstimator } from "./estimate-effort.ts";
import { nameOfPhase, wasAttempted } from "./same-work.ts";

export interface RecommendationInput {
  readonly phase: PhaseRecord;
  readonly verdict: DecidedVerdict;
  readonly cause: AssessedCause;
  readonly evidence: PhaseEvidence;
  /** All phases of its run that need it. */
  readonly dependants: readonly PhaseRecord[];
  readonly estimate: EffortEstimator;
}

/** What to do about a phase, how much it would take, how much hangs on it, and why. */
export function recommend(input: RecommendationInput): Recommendation {
  const { phase, evidence, dependants } = input;
  const [action, reason] = decideAction(input);
  const waiting = dependants.filter(({ recorded }) => recorded !== "complete");
  const total = evidence.deliverables.length;
  const done = evidence.deliverables.filter(({ now }) => now.state === "ok").length;
  return {
    action,
    reason,
    effortMinutes: toDo.has(action) ? input.estimate(phase, total === 0 ? 1 : 1 - done / total) : null,
    criticality: assessCriticality(phase, input.verdict.name, waiting),
    unblocks: toDo.has(action) ? waiting.map(nameOfPhase) : [],
  };
}

const toDo: ReadonlySet<RecommendedAction> = new Set(["finish", "retry-after-fix", "retry"]);

/** Causes that another attempt meets again unless somebody removes them. */
const standing: ReadonlySet<CauseParty> = new Set([
  "policy",
  "plan",
  "environment",
  "provider",
  "orchestrator",
]);

function decideAction(input: RecommendationInput): readonly [RecommendedAction, string] {
  const { verdict, evidence } = input;
  switch (verdict.name) {
    case "evidence-run":
      return ["preserve", `its run is kept as evidence: ${verdict.detail}`];
    case "complete":
      return ["preserve", "recorded complete, and the tree agrees: nothing to do"];
    case "false-complete":
      return evidence.deliverables.every(({ now }) => now.state !== "denied")
        ? ["credit", "recorded complete when it was not, and nothing is missing by now"]
        : again(input, "recorded complete, and part of it is not there");
    case "contradicted":
      return ["investigate", "said to be done, and the tree denies it: who said so, and of what?"];
    case "superseded":
      return ["drop", `the same work went on ${verdict.detail}, which carries the verdict`];
    case "delivered":
      return ["credit", "everything that it asks for is there, whatever its record says"];
    case "partial":
      return again(input, `part of it is there: ${verdict.detail}`);
    case "not-delivered":
      return again(input, "nothing that it asks for is there");
    case "unknown":
      return ["investigate", "only a person can tell what it was to bring, and whether it is there"];
    default:
      return unreachable(verdict.name);
  }
}

function again(
  { phase, verdict, cause, dependants }: RecommendationInput,
  why: string,
): readonly [RecommendedAction, string] {
  if (standing.has(cause.party) && verdict.name !== "false-complete")
    return ["retry-after-fix", `${why}; it would fail again for its cause (${cause.party})`];
  if (verdict.name === "partial") return ["finish", why];
  if (!wasAttempted(phase) && dependants.length === 0)
    return ["defer", `${why}; it was never tried, and nothing needs it`];
  return ["retry", why];
}

const foundations: ReadonlySet<string> = new Set([
  "database",
  "backend",
  "integration",
  "deployment",
  "core",
]);
const many = 3;

function assessCriticality(
  phase: PhaseRecord,
  verdict: VerdictName,
  waiting: readonly PhaseRecord[],
): Recommendation["criticality"] {
  if (verdict === "evidence-run") return { level: "low", why: "a run kept as evidence, not work" };
  if (verdict === "superseded") return { level: "low", why: "later work took its place" };
  const count = `${waiting.length} ${waiting.length === 1 ? "phase needs" : "phases need"} it`;
  if (waiting.length >= many) return { level: "high", why: count };
  if (waiting.length > 0) return { level: "medium", why: count };
  const category = phase.category?.toLowerCase() ?? "";
  if (foundations.has(category))
    return { level: "medium", why: `nothing waits for it; category ${category}` };
  return { level: "low", why: "nothing waits for it" };
}
