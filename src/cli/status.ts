import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { buildAll, findImported, foldRecords } from "./records.ts";
import { renderImported, renderImportedRun } from "./views/imported.ts";
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
      const { runs: imported } = buildAll(await foldRecords(app));
      if (options.json) terminal.printJson(statusOf(rows, imported));
      else {
        terminal.print(renderStatus(rows, now, terminal));
        if (imported.length > 0) terminal.print(`\n${renderImported(imported, terminal)}`);
      }
    } else {
      const imported = await findImported(app, name);
      if (imported) {
        if (options.json) terminal.printJson({ schemaVersion: 1, ...imported });
        else terminal.print(renderImportedRun(imported, terminal));
        return exitCodes.complete;
      }
      const { state } = await findRun(app, name);
      if (options.json) terminal.printJson(runResult(state));
      else terminal.print(renderRunStatus(state, now, terminal));
    }
    return exitCodes.complete;
  });
}
