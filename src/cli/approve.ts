import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RequestEvent } from "../domain/events.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { appendRequest } from "./append-request.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { assertReason } from "./reason.ts";
import { driveAndReport, type OutputOptions } from "./run.ts";
import { cleanLines } from "./views/text.ts";

interface ReviewOptions extends OutputOptions {
  readonly reason: string;
}

/** Accepts what the gate left to a person: the phase is verified again, on the run's head of now; or has a phase tried again. */
export const approve = (
  context: CommandContext,
  run: string,
  phaseId: string,
  options: ReviewOptions,
): Promise<ExitCode> => answer(context, "approve-requested", run, phaseId, options);

/** Rejects it: the attempt fails, and the reason is told to the next one; or the phase ends. */
export const reject = (
  context: CommandContext,
  run: string,
  phaseId: string,
  options: ReviewOptions,
): Promise<ExitCode> => answer(context, "reject-requested", run, phaseId, options);

function answer(
  context: CommandContext,
  type: Exclude<RequestEvent["type"], "cancel-requested">,
  run: string,
  phaseId: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const { state } = await findRun(app, run);
    const phase = state.phases.find(({ spec }) => spec.id === phaseId);
    const current = phase?.attempts.at(-1);
    if (phase?.state !== "asked" && (phase?.state !== "gated" || !current))
      throw notWaiting(state, phaseId, phase);
    assertReason(options.reason);
    const attempt = phase.attempts.length;
    const data = { by: context.environment.user, reason: options.reason, phaseId, attempt };
    await appendRequest(app, state.runId, { type, data });
    const said = type === "approve-requested" ? "Accepted" : "Rejected";
    if (!options.json && !options.events)
      for (const { message } of current?.gated?.reviews ?? [])
        for (const line of cleanLines(message)) context.terminal.note(`${said}: ${line}`);
    return goOn(context, app, state.runId, options);
  });
}

/** Where another process drives the run, that one takes the answer up. */
async function goOn(
  context: CommandContext,
  app: App,
  runId: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  try {
    return await driveAndReport(context, app, runId, options);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "run-held") throw error;
    if (options.json) context.terminal.printJson({ schemaVersion: 1, runId, recorded: true });
    else context.terminal.print(`Recorded; the process that drives ${runId} takes it up.`);
    return exitCodes.complete;
  }
}

function notWaiting(state: RunState, phaseId: string, phase: PhaseState | undefined): AppError {
  const waiting = state.phases
    .filter((other) => other.state === "gated" || other.state === "asked")
    .map(({ spec }) => spec.id);
  const others = waiting.length > 0 ? ` These do: ${waiting.join(", ")}.` : "";
  const is = phase === undefined ? "is not in it" : `is ${phase.state}`;
  return new AppError({
    code: "nothing-to-review",
    message: `phase ${phaseId} of run ${state.runId} waits for no person: it ${is}`,
    action: `Only what is left to a person can be approved or rejected.${others}`,
    exitCode: exitCodes.plan,
  });
}
