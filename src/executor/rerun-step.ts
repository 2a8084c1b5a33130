import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import type { TestCase, TestStatus } from "../domain/tests.ts";
import type { Workspace } from "../platform/workspace.ts";
import { rerunCommand } from "../verification/tests/rerun.ts";
import { openTreeFiles, readLeftTests } from "./left-reports.ts";
import { type RanCommand, runInWorkspace } from "./run-command.ts";
import type { AttemptContext, Step } from "./step.ts";

/**
 * Runs tests again that failed, each alone where the plan says how, until each passed once or the reruns are used up.
 * Where it does not say how, the whole command runs again for all of them.
 */
export async function rerunTests(
  context: AttemptContext,
  workspace: Workspace,
  what: string,
  spec: CheckSpec,
  tests: readonly TestCase[],
): Promise<Step<ReadonlyMap<string, readonly TestStatus[]>>> {
  const outcomes = new Map<string, TestStatus[]>(tests.map(({ id }) => [id, []]));
  const { testReruns } = context.journal.state.created.limits;
  for (let round = 1; round <= testReruns; round++) {
    const open = tests.filter(({ id }) => !outcomes.get(id)?.includes("passed"));
    for (const batch of batchesOf(spec, open)) {
      const name = `${spec.name}-again-${round}${batch.at === null ? "" : `-${batch.at}`}`;
      const again: CheckSpec = { ...spec, name, argv: batch.argv };
      const timeoutMs = context.journal.state.created.limits.checkMs;
      const ran = await runInWorkspace(context, workspace, what, { spec: again, kind: "check", timeoutMs });
      if (!ran.ok) return ran;
      const seen = await outcomesOf(context, workspace, ran.value, batch.tests);
      for (const [id, status] of seen) outcomes.get(id)?.push(status);
    }
  }
  return ok(outcomes);
}

interface Batch {
  readonly argv: CheckSpec["argv"];
  readonly tests: readonly TestCase[];
  /** Which of the tests it is for; null: for all. */
  readonly at: number | null;
}

function batchesOf(spec: CheckSpec, tests: readonly TestCase[]): Batch[] {
  const alone = tests.map((test, at) => ({
    argv: rerunCommand(spec.rerun, test),
    tests: [test],
    at: at + 1,
  }));
  const batches = alone.flatMap(({ argv, ...rest }) => (argv ? [{ argv, ...rest }] : []));
  const others = alone.filter(({ argv }) => argv === null).flatMap((batch) => batch.tests);
  return others.length > 0 ? [...batches, { argv: spec.argv, tests: others, at: null }] : batches;
}

/** By the new report alone: tools that find no test of a name exit with 0. */
async function outcomesOf(
  context: AttemptContext,
  workspace: Workspace,
  { reports }: RanCommand,
  tests: readonly TestCase[],
): Promise<(readonly [string, TestStatus])[]> {
  const seen = await readLeftTests(context, workspace, reports, openTreeFiles(context, workspace.base));
  if (seen.kind !== "read") return [];
  const statuses = new Map(seen.report.tests.map(({ id, status }) => [id, status]));
  return tests.flatMap(({ id }) => {
    const status = statuses.get(id);
    return status === undefined ? [] : [[id, status] as const];
  });
}
