import { repositoryStream } from "../domain/events.ts";
import type { Ledger } from "../domain/ledger.ts";
import type { BreakerStore } from "../failures/breaker/memory.ts";
import type { Clock } from "../platform/ports.ts";

/** The breaker's memory in the stream that all runs of the repository share. */
export function breakerStore(ledger: Ledger, clock: Clock, actor: string): BreakerStore {
  return {
    read: (afterSeq) => ledger.readRepository(afterSeq),
    async append(expectedSeq, event) {
      const appended = await ledger.append({
        stream: repositoryStream,
        expectedSeq,
        events: [event],
        actor,
        at: clock.now().toISOString(),
      });
      return appended.ok;
    },
  };
}
