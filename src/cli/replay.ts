import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { mergeAttempts } from "../failures/replay/merge-attempts.ts";
import { simulate } from "../failures/replay/simulate.ts";
import { quote } from "../plan/wording.ts";
import type { CommandContext } from "./command-context.ts";
import { readLogs } from "./read-logs.ts";
import { renderReplay, replayResult } from "./views/replay.ts";

interface ReplayOptions {
  readonly json?: boolean;
  readonly utcOffset?: string;
}

/** What the rules would have refused of the attempts in executor logs. Needs no repository. */
export async function replay(
  context: CommandContext,
  paths: readonly string[],
  options: ReplayOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const offset = options.utcOffset === undefined ? undefined : parseOffset(options.utcOffset);
  const logs = await readLogs(context.directory, paths, terminal);
  const summaries = logs.map(({ path, records, attempts }) => ({ path, records, attempts: attempts.length }));
  const merged = mergeAttempts(logs);
  const result = replayResult(simulate(merged.attempts), summaries, merged.duplicates, offset);
  if (options.json) terminal.printJson(result);
  else terminal.print(renderReplay(result, terminal));
  return exitCodes.complete;
}

/** `+11:00`, `-0330`, `+11`, `Z` as minutes. */
function parseOffset(text: string): number {
  const match = /^(?:z|([+-]?)(\d{1,2})(?::?(\d\d))?)$/i.exec(text);
  const [, sign, hours = "0", minutes = "0"] = match ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  if (match && offset <= 14 * 60 && Number(minutes) < 60) return sign === "-" ? -offset : offset;
  throw new AppError({
    code: "usage",
    message: `--utc-offset expects hours and minutes from UTC such as +11:00, not ${quote(text)}`,
    action: "Give the offset of the clock that wrote the logs.",
    exitCode: exitCodes.plan,
  });
}
