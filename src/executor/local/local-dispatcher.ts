import type { Dispatcher } from "../dispatcher.ts";

/** Works in this process. How many phases run at once is the run's decision, not this one's. */
export function createLocalDispatcher(): Dispatcher {
  const working = new Map<string, Promise<void>>();
  const thrown: unknown[] = [];
  const rethrow = () => {
    if (thrown.length > 0) throw thrown[0];
  };
  return {
    active: () => new Set(working.keys()),
    start(phaseId, work) {
      const ended = work()
        .catch((error: unknown) => void thrown.push(error))
        .finally(() => working.delete(phaseId));
      working.set(phaseId, ended);
    },
    async settled(phaseIds) {
      rethrow();
      await Promise.race(Array.from(phaseIds, (phaseId) => working.get(phaseId)));
      rethrow();
    },
    async idle() {
      await Promise.all(working.values());
      rethrow();
    },
  };
}
