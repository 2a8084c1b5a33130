import { configJsonSchema } from "../config.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { type CommandContext, withApp } from "./command-context.ts";

export function show(context: CommandContext): Promise<ExitCode> {
  return withApp(context, async (app) => {
    context.terminal.printJson(app.config);
    return exitCodes.complete;
  });
}

export async function schema(context: CommandContext): Promise<ExitCode> {
  context.terminal.printJson(configJsonSchema());
  return exitCodes.complete;
}
