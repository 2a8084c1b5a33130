import { readEnvironment, readScreen } from "../config.ts";
import { exitCodes } from "../domain/app-error.ts";
import { carryOut, tell } from "./command-line.ts";
import { createTerminal, surviveOutput } from "./terminal.ts";

const args = process.argv.slice(2);
const world = { terminal: createTerminal(readScreen(), process), readEnvironment };

surviveOutput(process, (why) => {
  world.terminal.note(`autopack: the output could not be written: ${why}`);
  process.exitCode = exitCodes.environment;
});

/** What nobody waits for is told like everything else; the ledger is whole at any moment. */
const onStray = async (error: unknown): Promise<void> => {
  process.exit(await tell(error, args, world));
};
process.on("uncaughtException", onStray);
process.on("unhandledRejection", onStray);

const exitCode = await carryOut(args, world);
process.exitCode ??= exitCode;
