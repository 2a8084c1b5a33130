import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { foldDispositions } from "../domain/dispositions.ts";
import type { RunState } from "../domain/fold.ts";
import { chooseRuns, loadRecords } from "./assessed-runs.ts";
import { buildLog } from "./build-log.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { logMarkdown } from "./views/log-markdown.ts";

interface LogOptions {
  readonly run?: readonly string[];
  readonly json?: boolean;
}

/** The chronological history of runs. Nothing but the ledger is read: the same one gives the same bytes. */
export function log({ terminal, ...context }: CommandContext, options: LogOptions): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const states = new Map<string, RunState>();
    const all = await loadRecords(app, (state) => states.set(state.runId, state));
    const chosen = chooseRuns(all, options.run ?? []);
    const dispositions = foldDispositions(await app.store.ledger.readDispositions());
    const entries = buildLog(
      all.filter(({ runId }) => chosen.has(runId)),
      states,
      dispositions.filter(({ runId }) => chosen.has(runId)),
    );
    if (options.json) terminal.printJson({ schemaVersion: 1, entries });
    else terminal.print(logMarkdown(entries));
    return exitCodes.complete;
  });
}
