import type { ApartAnswer } from "./apart.ts";

/** The process behind `runApart`: one message in, one answer out, and the end. */
process.once("message", async ([module, input]: [string, unknown]) => {
  const answer: ApartAnswer = await import(module)
    .then(async ({ work }) => ({ value: await work(input) }))
    .catch((error: unknown) => ({
      threw: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
  process.send?.(answer, () => process.disconnect());
});
