import { repositoryStream, runStream } from "../domain/events.ts";

/** What a stream's name says. `repo` and requests are open to anyone; a run is written by its owner only. */
export type StreamName =
  | { readonly kind: "run" | "requests"; readonly runId: string }
  | { readonly kind: "repo" };

/** Undefined for a name that the ledger has no stream for. */
export function parseStream(stream: string): StreamName | undefined {
  if (stream === repositoryStream) return { kind: "repo" };
  const [, runId] = /^run\/([^/]+)(?:\/requests)?$/.exec(stream) ?? [];
  if (runId === undefined) return undefined;
  return { kind: stream === runStream(runId) ? "run" : "requests", runId };
}
