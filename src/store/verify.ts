import type { Transaction } from "kysely";
import type { LedgerHead } from "../domain/certificate.ts";
import type { RunEvent } from "../domain/events.ts";
import { applyRunEvent, type RunState } from "../domain/fold.ts";
import { emptyHead, hashEvent } from "./chain.ts";
import { diagnoseChain, type Flaw, type FlawKind, type Link } from "./diagnose.ts";
import { readHead, storedFrom, walkEvents } from "./event-rows.ts";
import { parseStream, whyForeign } from "./streams.ts";
import type { EventRow, Tables } from "./tables.ts";

/** A head of a stream as something outside of the store names it: the trailer of a commit. */
export interface Anchor {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** What names it, for people: `commit 1a2b3c`. */
  readonly source: string;
}

/** Where a stream is not what was appended. `illegal`: the events are whole, and the domain refuses one. */
export interface Finding {
  readonly stream: string;
  readonly seq: number;
  readonly kind: FlawKind | "illegal";
  readonly message: string;
}

/** What is wrong, by stream and sequence number. Holds one stream's hashes in memory, never its events. */
export async function verify(trx: Transaction<Tables>, anchors: readonly Anchor[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const stream of await namesOfStreams(trx, anchors)) {
    const head = await readHead(trx, stream);
    const { links, illegal } = await readLinks(trx, stream);
    const flaws = diagnoseChain(links, head);
    const lost = findLostAnchor(
      links,
      anchors.filter((anchor) => anchor.stream === stream),
    );
    // Damage makes what follows it illegal, and takes anchors with it: the damage is the finding.
    if (lost && !flaws.some(({ seq }) => seq <= lost.seq)) flaws.push(lost);
    const found = flaws.length > 0 || !illegal ? flaws : [illegal];
    findings.push(...found.map((flaw) => ({ stream, ...flaw })));
  }
  return findings;
}

async function namesOfStreams(trx: Transaction<Tables>, anchors: readonly Anchor[]): Promise<string[]> {
  const written = await trx
    .selectFrom("events")
    .select("stream")
    .distinct()
    .union(trx.selectFrom("streams").select("stream"))
    .execute();
  return [...new Set([...written, ...anchors].map(({ stream }) => stream))].sort();
}

type Illegal = Omit<Finding, "stream">;

async function readLinks(
  trx: Transaction<Tables>,
  stream: string,
): Promise<{ links: Link[]; illegal: Illegal | undefined }> {
  const links: Link[] = [];
  const judge = createJudge(stream);
  let illegal: Illegal | undefined;
  let previous: LedgerHead = emptyHead;
  for await (const row of walkEvents(trx, stream, Number.MIN_SAFE_INTEGER)) {
    const { seq, prevHash, hash } = row;
    const computed = hashEvent(prevHash, row);
    const follows = computed === hash || hashEvent(previous.hash, row) === hash;
    links.push({ seq, prevHash, hash, computed, follows });
    const why = illegal ? undefined : judge(row);
    if (why !== undefined) illegal = { seq, kind: "illegal", message: why };
    previous = row;
  }
  return { links, illegal };
}

/** Answers, event by event, why the domain refuses one; undefined when it does not. */
function createJudge(stream: string): (row: EventRow) => string | undefined {
  const name = parseStream(stream);
  if (!name) return () => "the ledger has no such stream";
  if (name.kind !== "run") return ({ type }) => whyForeign(name, type);
  let state: RunState | undefined;
  return (row) => {
    try {
      const next = applyRunEvent(name.runId, state, storedFrom<RunEvent>(row));
      if (!next.ok) return next.error.message;
      state = next.value;
      return undefined;
    } catch (error) {
      // Data of another shape than the domain's: nothing that `append` wrote.
      return `its data cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}

/** The first anchor that the stream does not hold, as a flaw. */
function findLostAnchor(links: readonly Link[], anchors: readonly Anchor[]): Flaw | undefined {
  const held = new Set(links.map(({ hash }) => hash));
  const [lost] = anchors.filter(({ hash }) => !held.has(hash)).sort((a, b) => a.seq - b.seq);
  if (!lost) return undefined;
  const last = links.at(-1)?.seq ?? 0;
  if (lost.seq > last)
    return {
      seq: last + 1,
      kind: "cut-off",
      message: `the events ${last + 1} to ${lost.seq}, which ${lost.source} names, are missing`,
    };
  return {
    seq: lost.seq,
    kind: "edited",
    message: `${lost.source} names another event: this one, or one before it, was rewritten with all after it`,
  };
}
