import type { AssessedPhase, MatrixRow, RecommendedAction } from "../domain/assessment.ts";
import type { RunRecord } from "../domain/record.ts";
import { nameOfPhase } from "./same-work.ts";

export function rowOfPhase({ record, verdict, recommendation }: AssessedPhase): MatrixRow {
  return {
    subject: nameOfPhase(record),
    status: record.recordedState ?? "none",
    verdict: verdict.detail === "" ? verdict.name : `${verdict.name} (${verdict.detail})`,
    criticality: recommendation.criticality.level,
    action: recommendation.action,
    effortMinutes: recommendation.effortMinutes,
    why: recommendation.reason,
  };
}

/** What is most urgent in a run is what its row says; of several, the first here. */
const urgency: readonly RecommendedAction[] = [
  "investigate",
  "retry-after-fix",
  "finish",
  "retry",
  "credit",
  "defer",
  "preserve",
  "drop",
];
const levels = ["high", "medium", "low"] as const;

/** A run with the phases assessed of it, as one row. */
export function rowOfRun(run: RunRecord, phases: readonly AssessedPhase[]): MatrixRow {
  const verdicts = countBy(phases.map(({ verdict }) => verdict.name));
  const actions = countBy(phases.map(({ recommendation }) => recommendation.action));
  const action = urgency.find((one) => actions.has(one)) ?? "drop";
  const efforts = phases.flatMap(({ recommendation }) => recommendation.effortMinutes ?? []);
  return {
    subject: run.runId,
    status: run.recordedState ?? "none",
    verdict: showCounts(verdicts) || "no phases",
    criticality:
      levels.find((level) =>
        phases.some(({ recommendation }) => recommendation.criticality.level === level),
      ) ?? "low",
    action,
    effortMinutes:
      efforts.length === 0
        ? null
        : {
            low: efforts.reduce((sum, { low }) => sum + low, 0),
            high: efforts.reduce((sum, { high }) => sum + high, 0),
            basis: `the sum of ${efforts.length} of ${phases.length} phases`,
          },
    why: showCounts(actions) || "nothing is recorded of its phases",
  };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const showCounts = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
