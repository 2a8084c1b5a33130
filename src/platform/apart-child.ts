import type { ApartAnswer, ApartOrder } from "./apart.ts";

interface Work {
  work(input: unknown): unknown;
}
let loading: Promise<Work> | undefined;

/** The process behind `runApart`: a module, one input, one answer, and the end. */
process.on("message", (order: ApartOrder) => {
  if ("module" in order) {
    loading = import(order.module);
    // Told when there is something to work on.
    loading.catch(() => undefined);
  } else void answer(order.input);
});

async function answer(input: unknown): Promise<void> {
  const told: ApartAnswer = await Promise.resolve(loading)
    .then(async (module) => ({ value: await module?.work(input) }))
    .catch((error: unknown) => ({
      threw: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
  process.send?.(told, () => process.disconnect());
}
