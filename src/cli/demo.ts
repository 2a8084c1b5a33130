import type { ExitCode } from "../domain/app-error.ts";
import type { CommandContext } from "./command-context.ts";

export async function demo(_context: CommandContext): Promise<ExitCode> {
  return 0;
}
