import type { TestStatus } from "../../domain/tests.ts";
import { order } from "./report-text.ts";

/** How a test ended in a run, each time that it was run there. */
export interface TestOutcomes {
  readonly id: string;
  readonly outcomes: readonly TestStatus[];
  readonly runId: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface TestHistory {
  /** Of so many last runs. */
  readonly runs: number;
  /** In so many of them it ended in both ways. */
  readonly flaked: number;
  /** In so many it failed and never passed. */
  readonly failed: number;
  /** When it last ended in both ways. */
  readonly lastFlakedAt?: string;
}

/**
 * What earlier runs say of each test: flaked 3 times in the last 10 runs. A test told of several times in one run
 * counts once there, with all its outcomes.
 *
 * @param runs ids of the runs that count; what is told of others is left out
 */
export function summariseHistory(
  earlier: readonly TestOutcomes[],
  runs: readonly string[],
): ReadonlyMap<string, TestHistory> {
  const counted = new Set(runs);
  const histories = new Map<string, TestHistory>();
  const inRuns = earlier.filter(({ runId }) => counted.has(runId));
  const groups = Map.groupBy(inRuns, ({ id, runId }) => JSON.stringify([id, runId]));
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const outcomes = new Set(group.flatMap((each) => each.outcomes));
    const at = group.map((each) => each.at).reduce((a, b) => (order(a, b) < 0 ? b : a));
    const known = histories.get(first.id) ?? { runs: counted.size, flaked: 0, failed: 0 };
    histories.set(first.id, addRun(known, outcomes, at));
  }
  return new Map([...histories].sort(([a], [b]) => order(a, b)));
}

function addRun(known: TestHistory, outcomes: ReadonlySet<TestStatus>, at: string): TestHistory {
  if (!outcomes.has("failed")) return known;
  if (!outcomes.has("passed")) return { ...known, failed: known.failed + 1 };
  const last = known.lastFlakedAt ?? "";
  return { ...known, flaked: known.flaked + 1, lastFlakedAt: order(last, at) < 0 ? at : last };
}
