import { runToEnd } from "./run-to-end.ts";
import type { StarterAnswer, StarterQuestion } from "./starter.ts";

/** The process behind `createStarter`: it is of use to the one that started it, and to nobody else. */
process.on("disconnect", () => process.exit());

process.on("message", async (message) => {
  const { id, call } = message as StarterQuestion;
  const answer: StarterAnswer = await runToEnd(call).then(
    (end) => ({ id, end }),
    ({ code, message: why }: NodeJS.ErrnoException) => ({ id, fault: { code, message: why } }),
  );
  process.send?.(answer);
});
