import type { CheckResult } from "../domain/certificate.ts";
import type { Workspace } from "../platform/workspace.ts";
import { gateProblem } from "../verification/gate-problem.ts";
import { freshWorkspace } from "./fresh-workspace.ts";
import { runSetup } from "./setup-step.ts";
import { type AttemptContext, failStep, type Step } from "./step.ts";

/** A fresh workspace of `commit` with the carried files in place and the plan's setup done. */
export async function prepareWorkspace(
  context: AttemptContext,
  what: string,
  commit: string,
  onSetup: (result: CheckResult) => Promise<unknown>,
): Promise<Step<Workspace>> {
  const workspace = await freshWorkspace(context, what, commit);
  if (!workspace.ok) return workspace;
  for (const [index, argv] of context.journal.state.created.plan.setup.entries()) {
    const result = await runSetup({ context, workspace: workspace.value, what, index, argv });
    if (!result.ok) return result;
    await onSetup(result.value);
    if (result.value.outcome !== "passed")
      return failStep(gateProblem({ deliverables: [], checks: [result.value] }));
  }
  return workspace;
}
