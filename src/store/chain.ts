import { createHash } from "node:crypto";
import type { LedgerHead } from "../domain/certificate.ts";
import type { EventRow } from "./tables.ts";

/** What the first event of a stream follows. */
export const emptyHead: LedgerHead = { seq: 0, hash: "0".repeat(64) };

/**
 * SHA-256 over the hash before, a line feed, and the canonical JSON of `{actor, at, data, fence, stream, type}`;
 * `data` goes in as the text that is stored, so that any change of that text shows. The sequence number is left
 * out: the chain implies it, and so a moved event can be told from an edited one.
 */
export function hashEvent(prevHash: string, event: Omit<EventRow, "seq" | "prevHash" | "hash">): string {
  const text = (value: string) => JSON.stringify(value);
  const body = `{"actor":${text(event.actor)},"at":${text(event.at)},"data":${event.data},"fence":${event.fence},"stream":${text(event.stream)},"type":${text(event.type)}}`;
  return createHash("sha256").update(`${prevHash}\n${body}`).digest("hex");
}
