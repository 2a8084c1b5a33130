import type { App } from "../app.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { runStream } from "../domain/events.ts";
import { readTrailers } from "../platform/private-repository.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { plural, stripControl } from "./views/text.ts";

/** Compares the ledger with itself and with what the phase commits' trailers name. */
export function verify(context: CommandContext, options: { readonly json?: boolean }): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const findings = await app.store.maintenance.verify(await anchorsOf(app));
    if (options.json) context.terminal.printJson({ schemaVersion: 1, findings });
    else if (findings.length === 0) context.terminal.print("The ledger is whole.");
    else
      for (const { stream, seq, kind, message } of findings)
        context.terminal.print(stripControl(`${stream} ${seq}: ${kind}: ${message}`));
    return findings.length === 0 ? exitCodes.complete : exitCodes.environment;
  });
}

async function anchorsOf(app: App) {
  return (await readTrailers(app.platform, await app.openPrivate())).map(({ commit, runId, seq, hash }) => ({
    stream: runStream(runId),
    seq,
    hash,
    source: `commit ${commit}`,
  }));
}

export function rebuild(context: CommandContext, options: { readonly json?: boolean }): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const rebuilt = await app.store.maintenance.rebuild();
    if (options.json) context.terminal.printJson({ schemaVersion: 1, ...rebuilt });
    else context.terminal.print(`The tables were made anew: ${plural(rebuilt.runs, "run")}.`);
    return exitCodes.complete;
  });
}
