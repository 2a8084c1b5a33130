import type { Problem } from "../../domain/failure.ts";
import type { Platform } from "../../platform/ports.ts";
import type { BuildTask } from "../builder.ts";
import { readResultFile } from "./result-file.ts";

/** How often a program's own count of tokens is looked at while it works. */
const lookEveryMs = 100;

/** Looks at the tokens that a program reports while it works, until `done`; calls `onSpent` when they exceed what it may use. */
export async function watchTokens(
  { clock }: Pick<Platform, "clock">,
  { tokens, resultFile }: Pick<BuildTask, "tokens" | "resultFile">,
  done: AbortSignal,
  onSpent: (problem: Problem) => void,
): Promise<void> {
  while (tokens !== undefined && !done.aborted) {
    await clock.sleep(lookEveryMs, done);
    // A file that is half written says nothing yet; what it says in the end is judged by the builder.
    const reported = await readResultFile(resultFile, []);
    const problem = reported.ok ? tokens.assess(reported.value.tokens ?? 0) : null;
    if (problem) return onSpent(problem);
  }
}
