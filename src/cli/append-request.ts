import type { App } from "../app.ts";
import { type RequestEvent, requestStream } from "../domain/events.ts";

/** Asks a run's owner, now or later, for something; durable when it returns. */
export async function appendRequest(app: App, runId: string, request: RequestEvent): Promise<void> {
  const { ledger } = app.store;
  for (;;) {
    const requests = await ledger.readRequests(runId);
    const appended = await ledger.append({
      stream: requestStream(runId),
      expectedSeq: requests.length,
      events: [request],
      actor: request.data.by,
      at: app.platform.clock.now().toISOString(),
    });
    // Somebody else's request came in between: ask again after it.
    if (appended.ok) return;
  }
}
