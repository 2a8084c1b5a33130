import { join } from "node:path";
import type { CheckResult } from "../domain/certificate.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import { createWorkspace, type Workspace, writeInto } from "../platform/workspace.ts";
import { runCheck } from "../verification/checks.ts";
import { gateProblem } from "../verification/gate.ts";
import { remainingOfPhase } from "./budgets.ts";
import {
  type AttemptContext,
  failStep,
  logOf,
  markerOf,
  phaseOf,
  placeOf,
  type Step,
  stopStep,
} from "./step.ts";

/** A fresh workspace of `commit` with the carried files in place and the plan's setup done. */
export async function prepareWorkspace(
  context: AttemptContext,
  what: string,
  commit: string,
  onSetup: (result: CheckResult) => Promise<unknown>,
): Promise<Step<Workspace>> {
  const { deps, journal } = context;
  const { plan } = journal.state.created;
  const workspace = await createWorkspace(deps.platform, deps.repository, placeOf(context, what), commit);
  for (const path of plan.carry) {
    const data = await deps.platform.files.read(join(deps.repository.user.root, path));
    if (!data)
      return failStep({
        kind: "carry-missing",
        message: `${path} is named in carry and is not in the checkout.`,
        evidence: [{ label: "path", detail: path }],
      });
    await writeInto(deps.platform, workspace, join("tree", path), data);
  }
  for (const [index, argv] of plan.setup.entries()) {
    const result = await runInWorkspace(context, workspace, what, {
      spec: { name: `setup-${index + 1}`, argv },
      kind: "setup",
      timeoutMs: journal.state.created.limits.setupMs,
    });
    if (!result.ok) return result;
    await onSetup(result.value);
    if (result.value.outcome !== "passed")
      return failStep(gateProblem({ deliverables: [], checks: [result.value] }));
  }
  return ok(workspace);
}

/** Runs one command of the plan in a workspace, for as long as its own limit and the budgets allow. */
export async function runInWorkspace(
  context: AttemptContext,
  workspace: Workspace,
  what: string,
  command: { readonly spec: CheckSpec; readonly kind: CheckResult["kind"]; readonly timeoutMs: number },
): Promise<Step<CheckResult>> {
  const { deps, journal, phaseId } = context;
  const { processes, clock, files } = deps.platform;
  const { limits } = journal.state.created;
  const left = remainingOfPhase(journal.state, phaseOf(journal.state, phaseId), clock.now()).ms;
  const run = await runCheck(
    { processes, clock, files },
    {
      spec: command.spec,
      kind: command.kind,
      workspace: workspace.tree,
      timeoutMs: Math.max(1, Math.min(command.timeoutMs, left)),
      graceMs: limits.stopGraceMs,
      marker: markerOf(context, what),
      log: logOf(context, `${what}.${command.kind}.${command.spec.name}`),
      signal: context.stop,
      onLine: (line) => deps.onOutput(phaseId, line),
    },
  );
  if (run.stopped) return stopStep;
  const spent = remainingOfPhase(journal.state, phaseOf(journal.state, phaseId), clock.now()).ms <= 0;
  if (run.result.outcome === "inconclusive" && spent)
    return failStep({
      kind: "time-exhausted",
      message: `The time budget was spent while ${command.spec.name} ran.`,
      evidence: [{ label: "log", detail: run.result.log.path }],
    });
  return ok(run.result);
}
