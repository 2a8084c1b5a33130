import type { DispositionEvent } from "../domain/dispositions.ts";
import { repositoryStream, requestTypes } from "../domain/events.ts";
import { importStream, recordEventTypes } from "../domain/record-events.ts";

/**
 * What a stream's name says. `repo`, requests and records are open to anyone; a run is written by its owner only. A
 * record without a run holds what was imported, and rows that name no run.
 */
export type StreamName =
  | { readonly kind: "run" | "requests"; readonly runId: string }
  | { readonly kind: "record"; readonly runId: string | null }
  | { readonly kind: "repo" };

/** Undefined for a name that the ledger has no stream for. */
export function parseStream(stream: string): StreamName | undefined {
  if (stream === repositoryStream) return { kind: "repo" };
  if (stream === importStream) return { kind: "record", runId: null };
  const [, encoded, kind] = /^run\/([^/]*)\/(record|requests)$/.exec(stream) ?? [];
  if (encoded !== undefined) {
    const runId = decodeId(encoded);
    return runId === undefined ? undefined : { kind: kind === "record" ? "record" : "requests", runId };
  }
  const [, runId] = /^run\/([^/]+)$/.exec(stream) ?? [];
  return runId === undefined ? undefined : { kind: "run", runId };
}

function decodeId(encoded: string): string | undefined {
  try {
    const runId = decodeURIComponent(encoded);
    // Two names for one run would be two streams of it.
    return encodeURIComponent(runId) === encoded ? runId : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

const dispositionType: DispositionEvent["type"] = "disposition-recorded";

/** Why a stream that is open to anyone holds no event of this type; undefined when it may. */
export function whyForeign({ kind }: StreamName, type: string): string | undefined {
  if (kind === "requests" && type !== dispositionType && !(requestTypes as readonly string[]).includes(type))
    return `${type} is not a request`;
  if (kind === "record" && !(recordEventTypes as readonly string[]).includes(type))
    return `${type} is nothing that a record holds`;
  return undefined;
}
