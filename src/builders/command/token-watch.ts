import type { Platform } from "../../platform/ports.ts";
import type { BuildTask } from "../builder.ts";
import { readResultFile } from "./result-file.ts";

/** How often a program's own count of tokens is looked at while it works. */
const lookEveryMs = 200;

/** Looks at the tokens that a program reports while it works, until `done`; calls `onSpent` when they exceed the task's. */
export async function watchTokens(
  { clock }: Pick<Platform, "clock">,
  { tokensLeft, resultFile }: BuildTask,
  done: AbortSignal,
  onSpent: () => void,
): Promise<void> {
  while (tokensLeft !== undefined && !done.aborted) {
    await clock.sleep(lookEveryMs, done);
    // A file that is half written says nothing yet; what it says in the end is judged by the builder.
    const reported = await readResultFile(resultFile, []);
    if (reported.ok && (reported.value.tokens ?? 0) > tokensLeft) return onSpent();
  }
}
