import { CommanderError } from "commander";
import type { ProcessEnvironment } from "../config.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { systemFault } from "../platform/system-fault.ts";
import { keepCrashReport } from "./crash-report.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";
import { cut, jsonText, stripControl } from "./views/text.ts";

/** What a command line is carried out in. */
export interface World {
  readonly terminal: Terminal;
  /** @throws AppError where the environment cannot be used. */
  readonly readEnvironment: () => ProcessEnvironment;
}

/** Carries out one command line. Whatever goes wrong is told in the form that was asked for; nothing is thrown. */
export async function carryOut(args: readonly string[], world: World): Promise<ExitCode> {
  const { terminal } = world;
  let exitCode: ExitCode = exitCodes.complete;
  const { json, events } = outputOf(args);
  const program = createProgram(
    async (act, directory) => {
      exitCode = await act({ environment: world.readEnvironment(), terminal, directory });
    },
    {
      writeOut: (text) => terminal.print(text),
      // Only the help that answers a missing command; what is wrong is told below.
      writeErr: (text) => {
        if (!json && !events) terminal.note(text.trimEnd());
      },
      outputError: () => undefined,
    },
  );
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return await tell(error, args, world);
  }
}

/** Tells the operator what went wrong. */
export async function tell(error: unknown, args: readonly string[], world: World): Promise<ExitCode> {
  const { terminal } = world;
  const { json, events } = outputOf(args);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.complete;
    if (error.code === "commander.help" && !json && !events) return exitCodes.plan;
  }
  const fault = await toFault(error, args, world);
  const { code, exitCode } = fault;
  const [message, action] = [oneLine(fault.message), oneLine(fault.action)];
  const told = { schemaVersion: 1, error: { code, message, action } };
  if (json) terminal.printJson(told);
  else if (events) terminal.print(jsonText(told));
  else terminal.note(`autopack: ${message}\n${action}`);
  return exitCode;
}

function outputOf(args: readonly string[]): { readonly json: boolean; readonly events: boolean } {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return {
    json: options.includes("--json"),
    events: options.some((option) => option === "--events" || option.startsWith("--events=")),
  };
}

async function toFault(error: unknown, args: readonly string[], world: World): Promise<AppError> {
  if (error instanceof AppError) return error;
  if (error instanceof CommanderError) return usage(error);
  return systemFault(error) ?? (await bug(error, args, world));
}

function usage(error: CommanderError): AppError {
  const message = error.message.replace(/^error: /, "");
  return new AppError({
    code: "usage",
    message: message === "(outputHelp)" ? "a command is missing" : message,
    action: "`autopack --help` lists the commands, and `autopack COMMAND --help` what one takes.",
    exitCode: exitCodes.plan,
  });
}

/** What nobody foresaw: the details go into a file that can be sent on, and the operator gets two lines. */
async function bug(error: unknown, args: readonly string[], { readEnvironment }: World): Promise<AppError> {
  const kept = await keepCrashReport(error, args, readEnvironment);
  return new AppError({
    code: "bug",
    message: `this is a bug in autopack: ${error instanceof Error ? error.message : String(error)}`,
    action: `${kept} A run that was under way goes on with \`autopack resume\`.`,
    exitCode: exitCodes.environment,
    cause: error,
  });
}

const longestLine = 2000;
const oneLine = (text: string): string => cut(stripControl(text), longestLine);
