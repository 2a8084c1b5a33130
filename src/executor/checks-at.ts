import { join } from "node:path";
import type { Config } from "../config.ts";
import type { CreditProof } from "../domain/dispositions.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { TestCase } from "../domain/tests.ts";
import { readCommit } from "../platform/commits.ts";
import { removeWorkspacesOf } from "../platform/workspace.ts";
import { assessTestRun } from "../verification/tests/assess-run.ts";
import { defaultsOf } from "./admit-plan.ts";
import { readFacts } from "./check-facts.ts";
import type { ExecutorDeps } from "./deps.ts";
import { pinLimits } from "./pin-limits.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import { runInWorkspace } from "./run-command.ts";
import type { Step, StepEnd } from "./step.ts";
import { createUnrecorded } from "./unrecorded.ts";

/** A check on a commit, outside of any run. */
export interface CheckAt {
  readonly name: string;
  readonly argv: readonly string[];
  readonly outcome: "passed" | "failed" | "inconclusive";
  /** Why it did not pass. */
  readonly why: string | null;
  /** Null: it left no report that could be read. */
  readonly tests: readonly TestCase[] | null;
}

export type ChecksAt = Result<{ readonly tree: string; readonly checks: readonly CheckAt[] }, string>;

/** Runs the configured checks of a repository on its commits: setup, sandbox, limits and logs are those of a run. */
export interface CheckRuns {
  readonly checks: readonly CheckSpec[];
  /** Those of `names` on a commit, in a fresh workspace. An error says why they could not be run. */
  runAt(commit: string, names: readonly string[]): Promise<ChecksAt>;
}

export async function createCheckRuns(
  deps: ExecutorDeps,
  { config, stop }: { readonly config: Config; readonly stop: AbortSignal },
): Promise<CheckRuns> {
  const root = deps.repository.user.root;
  const work = await defaultsOf({ platform: deps.platform, root, config });
  return {
    checks: work.checks,
    async runAt(commit, names) {
      const found = await readCommit(deps.platform, deps.repository, commit);
      if (!found) return err(`the commit ${commit} is not there`);
      const { tree } = found;
      const runId = `checks-${commit.slice(0, 12)}-${process.pid}`;
      const checks = work.checks.filter(({ name }) => names.includes(name));
      const { limits, readable } = config;
      const pinned = { limits: pinLimits(limits, undefined), readable, runId, commit, tree };
      const context = createUnrecorded(deps, { ...work, ...pinned, checks }, stop);
      try {
        const ran = await runAll(context, checks, commit);
        return ran.ok ? ok({ tree, checks: ran.value }) : err(whyEnded(ran.error));
      } finally {
        await removeWorkspacesOf(deps.platform, deps.repository, { root: deps.workspaceRoot, runId });
        await deps.platform.files.remove(join(deps.artifactsRoot, runId));
      }
    },
  };
}

async function runAll(
  context: ReturnType<typeof createUnrecorded>,
  checks: readonly CheckSpec[],
  commit: string,
): Promise<Step<CheckAt[]>> {
  const workspace = await prepareWorkspace(context, "at", commit, async () => undefined);
  if (!workspace.ok) return workspace;
  const done: CheckAt[] = [];
  const timeoutMs = context.journal.state.created.limits.checkMs;
  for (const spec of checks) {
    const ran = await runInWorkspace(context, workspace.value, "at", { spec, kind: "check", timeoutMs });
    if (!ran.ok) return ran;
    const { result } = ran.value;
    const { name, argv, exitCode } = result;
    const plain = { name, argv, outcome: result.outcome, why: result.why ?? null, tests: null };
    if (exitCode === null || !spec.report) {
      done.push(plain);
      continue;
    }
    const { tests } = await readFacts(context, workspace.value, spec, ran.value);
    const assessed = assessTestRun({ exitCode, report: tests ?? { kind: "missing" } });
    done.push({
      ...plain,
      outcome: assessed.outcome,
      why: assessed.outcome === "inconclusive" ? assessed.why : plain.why,
      tests: tests?.kind === "read" ? tests.report.tests : null,
    });
  }
  return ok(done);
}

function whyEnded(end: StepEnd): string {
  if (end.do === "fail") return end.problem.message;
  return "it was stopped";
}

/** What a credit can rest on; undefined where a check did not pass. */
export const proofOf = (
  commit: string,
  { tree, checks }: { readonly tree: string; readonly checks: readonly CheckAt[] },
): CreditProof | undefined =>
  checks.length > 0 && checks.every(({ outcome }) => outcome === "passed")
    ? { commit, tree, checks: checks.map(({ name, argv, outcome }) => ({ name, argv, outcome })) }
    : undefined;
