import type { CheckResult } from "../domain/certificate.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import type { Workspace } from "../platform/workspace.ts";
import { type CheckEnd, runCheck } from "../verification/checks.ts";
import { remainingOfPhase } from "./budgets.ts";
import { type AttemptContext, failStep, logOf, markerOf, phaseOf, type Step, stopStep } from "./step.ts";

/** How a command ended, and which of the files that it was to leave are of its own making. */
export type RanCommand = Exclude<CheckEnd, { readonly stopped: true }>;

/** Runs one command of the plan in a workspace, for as long as its own limit and the budgets allow. */
export async function runInWorkspace(
  context: AttemptContext,
  workspace: Workspace,
  what: string,
  command: {
    readonly spec: CheckSpec;
    readonly kind: CheckResult["kind"];
    readonly timeoutMs: number;
    /** Variables besides those of every child. */
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Step<RanCommand>> {
  const { deps, journal, phaseId } = context;
  const { processes, clock, files } = deps.platform;
  const { limits, readable } = journal.state.created;
  const left = await leftOf(context);
  const run = await runCheck(
    { processes, clock, files },
    {
      spec: command.spec,
      kind: command.kind,
      workspace: workspace.tree,
      scratch: workspace.dir,
      readable,
      limits,
      ...(command.env ? { env: command.env } : {}),
      timeoutMs: Math.max(1, Math.min(command.timeoutMs, left)),
      graceMs: limits.stopGraceMs,
      marker: markerOf(context, what),
      log: logOf(context, `${what}.${command.kind}.${command.spec.name}`),
      signal: context.stop,
      onLine: (line) => deps.onOutput(phaseId, line),
    },
  );
  if (run.stopped) return stopStep;
  const spent = (await leftOf(context)) <= 0;
  if (run.result.outcome === "inconclusive" && spent)
    return failStep({
      kind: "time-exhausted",
      message: `The time budget was spent while ${command.spec.name} ran.`,
      evidence: [{ label: "log", detail: run.result.log.path }],
    });
  return ok(run);
}

/** Milliseconds that are left for the phase, with a jump of the clock meanwhile taken out. */
async function leftOf({ deps, journal, phaseId }: AttemptContext): Promise<number> {
  const state = await journal.append();
  return remainingOfPhase(state, phaseOf(state, phaseId), deps.platform.clock.now()).ms;
}
