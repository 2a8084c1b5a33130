import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { runResult } from "./views/run-result.ts";
import { renderRunStatus, renderStatus, statusOf } from "./views/status.ts";

export function status(
  context: CommandContext,
  name: string | undefined,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const now = app.platform.clock.now();
    if (name === undefined) {
      const rows = await app.store.index.runs();
      if (options.json) terminal.printJson(statusOf(rows));
      else terminal.print(renderStatus(rows, now, terminal));
    } else {
      const { state } = await findRun(app, name);
      if (options.json) terminal.printJson(runResult(state));
      else terminal.print(renderRunStatus(state, now, terminal));
    }
    return exitCodes.complete;
  });
}
