import type { PhaseEvidence } from "../../domain/assessment.ts";
import type { PhaseRecord } from "../../domain/record.ts";
import { windowOf } from "./plan-evidence.ts";
import type { Timeline } from "./timeline.ts";
import { traceOf } from "./trace.ts";

export type TestOutcome = "pass" | "fail" | "not-run";

export interface TestRuns {
  /** Runs these test files in a fresh workspace at a commit. */
  runAt(commit: string, files: readonly string[]): Promise<TestOutcome>;
  /** Whether to look for the first commit at which they pass. */
  readonly findFirst: boolean;
}

interface Place {
  readonly commit: string;
  readonly timeline: Timeline;
  readonly tests: TestRuns;
}

/** Runs the own tests of each phase at the commit assessed; tests that several phases share run once. */
export async function runOwnTests(
  evidence: readonly PhaseEvidence[],
  phases: readonly PhaseRecord[],
  { commit, timeline, tests }: Place,
): Promise<PhaseEvidence[]> {
  const known = new Map<string, Promise<TestOutcome>>();
  const run = (at: string, files: readonly string[]): Promise<TestOutcome> => {
    const key = [at, ...files].join("\0");
    const before = known.get(key);
    if (before) return before;
    const outcome = tests.runAt(at, files);
    known.set(key, outcome);
    return outcome;
  };
  const done: PhaseEvidence[] = [];
  for (const [index, one] of evidence.entries()) {
    const files = [...new Set(one.deliverables.flatMap((item) => item.tests.map(({ path }) => path)))].sort();
    const outcome = files.length === 0 ? "not-run" : await run(commit, files);
    if (outcome === "not-run") {
      done.push(one);
      continue;
    }
    const phase = phases[index];
    const window = phase ? windowOf(phase) : null;
    const paths = one.deliverables.flatMap(({ path }) => path ?? []);
    const isSought = tests.findFirst && outcome === "pass" && window;
    const candidates = isSought ? commitsTouching(timeline, [...paths, ...files], window.from) : [];
    done.push({
      ...one,
      deliverables: one.deliverables.map((item) => ({
        ...item,
        tests: item.tests.map((test) => ({ ...test, outcome })),
      })),
      ownTestsPass: outcome === "pass",
      testsFirstPassAt: await firstPassing(candidates, async (at) => (await run(at, files)) === "pass"),
    });
  }
  return done;
}

/** Commits since `from` that did something to these paths, oldest first. */
function commitsTouching(timeline: Timeline, paths: readonly string[], from: number): string[] {
  const commits = new Map<number, string>();
  for (const path of paths)
    for (const { order, by } of traceOf(timeline, path))
      if (by.seconds >= from) commits.set(order, by.commit);
  return [...commits].sort(([a], [b]) => a - b).map(([, commit]) => commit);
}

/** The first commit that passes where those after it do, too; found by halves. Null where the last one does not pass. */
export async function firstPassing(
  commits: readonly string[],
  passes: (commit: string) => Promise<boolean>,
): Promise<string | null> {
  const last = commits.at(-1);
  if (last === undefined || !(await passes(last))) return null;
  let [low, high] = [0, commits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await passes(commits[middle] ?? last)) high = middle;
    else low = middle + 1;
  }
  return commits[high] ?? null;
}
