import { resolve } from "node:path";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { quote } from "../plan/wording.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { decideRemediation } from "./decide-remediation.ts";
import { assertReason } from "./reason.ts";
import { recordDispositions } from "./record-dispositions.ts";
import { alreadyThere, assessAt, dispositionsOf } from "./remediate.ts";
import { planOf } from "./remediation-plans.ts";

interface LiftOptions {
  readonly reason: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** Takes phases out of a run that was put away, into a plan of their own, and records that they are to be done again. */
export function lift(
  context: CommandContext,
  run: string,
  phaseIds: readonly string[],
  options: LiftOptions,
): Promise<ExitCode> {
  const { terminal, directory, environment } = context;
  return withApp(context, async (app) => {
    assertReason(options.reason);
    const assessment = await assessAt(context, app, "HEAD", [run]);
    const phases = phaseIds.map((phaseId) => {
      const phase = assessment.phases.find(({ record }) => record.phaseId === phaseId);
      return phase ?? noSuchPhase(run, phaseId);
    });
    const runId = phases[0]?.record.runId ?? run;
    const made = await planOf(app, `lifted-${runId}-${phaseIds.join("-")}`, runId, phases);
    const lacking = phaseIds.filter((phaseId) => !made?.phases.includes(phaseId));
    if (!made || lacking.length > 0) throw notPlannable(lacking);
    const output = options.output === undefined ? undefined : resolve(directory, options.output);
    if (output !== undefined && (await app.platform.files.stat(output)) !== null) throw alreadyThere(output);
    const proposals = phases.map(({ record }) => ({
      kind: "retry" as const,
      runId,
      phaseId: record.phaseId,
      reason: options.reason,
      verdict: null,
    }));
    const decisions = decideRemediation(proposals, assessment, await dispositionsOf(app), "the command");
    const open = decisions.filter(({ already }) => already === null);
    if (output !== undefined) await app.platform.files.write(output, made.yaml);
    const plans = [{ ...made, kind: "retry" as const, runId, file: output ?? "" }];
    const ids = await recordDispositions(app, open, {
      exports: { plans },
      by: environment.user,
      replaces: ["archive", "defer"],
    });
    const written = output === undefined ? {} : { written: output };
    if (options.json)
      terminal.printJson({
        schemaVersion: 1,
        runId,
        phases: made.phases,
        ...written,
        dispositions: ids,
        plan: made.yaml,
      });
    else if (output === undefined) terminal.print(made.yaml.trimEnd());
    else
      terminal.print(
        `${made.phases.join(", ")} of ${runId}: ${output}\nRun it with: autopack run ${options.output}`,
      );
    return exitCodes.complete;
  });
}

function noSuchPhase(run: string, phaseId: string): never {
  throw new AppError({
    code: "no-such-phase",
    message: `run ${quote(run)} has no phase ${quote(phaseId)}`,
    action: "`autopack assess --run RUN` lists its phases.",
    exitCode: exitCodes.plan,
  });
}

const notPlannable = (phaseIds: readonly string[]): AppError =>
  new AppError({
    code: "nothing-to-plan",
    message: `no file is known that ${phaseIds.join(", ")} could be judged by`,
    action: "Write a plan for it by hand: a phase needs at least one path in `deliverables`.",
    exitCode: exitCodes.plan,
  });
