import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { isEnded } from "../domain/run.ts";
import { appendRequest } from "./append-request.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { driveRun, waitForEnd } from "./drive.ts";
import { runResult } from "./views/run-result.ts";

/**
 * Asks for the end of a run. Its owner, if one is at work, stops its builders and ends it; a run that nobody
 * drives is ended here. What was completed stays and is published.
 */
export function cancel(
  context: CommandContext,
  name: string,
  options: { readonly json?: boolean; readonly reason: string },
): Promise<ExitCode> {
  const { terminal, environment } = context;
  return withApp(context, async (app) => {
    const { runId, state } = (await findRun(app, name)).state;
    if (isEnded(state)) {
      terminal.note(`${runId} has ended already: ${state}.`);
    } else {
      const data = { by: environment.user, reason: options.reason };
      await appendRequest(app, runId, { type: "cancel-requested", data });
      await endOrWait(app, runId);
    }
    const after = (await findRun(app, runId)).state;
    if (options.json) terminal.printJson(runResult(after));
    else if (isEnded(after.state)) terminal.print(`${runId} is ${after.state}.`);
    else terminal.print(`${runId} is asked to end; its owner is stopping what it runs.`);
    return exitCodes.complete;
  });
}

async function endOrWait(app: App, runId: string): Promise<void> {
  try {
    await driveRun(app, runId, { onEvent: () => undefined, onOutput: () => undefined });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Its owner ended it in the meantime.
    if (error.code === "run-ended") return;
    if (error.code !== "run-held") throw error;
    await waitForEnd(app, runId, (app.config.limits.stop_grace_seconds + 5) * 1000);
  }
}
