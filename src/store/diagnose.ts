import type { LedgerHead } from "../domain/certificate.ts";
import { emptyHead } from "./chain.ts";

/** An event of a stream without its data: what the chain is made of. */
export interface Link {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  /** What the hash is by the event as it stands. */
  readonly computed: string;
  /** Whether `hash` is right for this event after the one that stands before it, whatever `prevHash` says. */
  readonly follows: boolean;
}

export type FlawKind = "edited" | "removed" | "inserted" | "reordered" | "cut-off" | "head-mismatch";

export interface Flaw {
  readonly seq: number;
  readonly kind: FlawKind;
  readonly message: string;
}

/**
 * What happened to a stream whose events, by sequence number, are `links` and whose recorded head is `head`.
 * One act of damage gives one flaw at its place. The history as it was is found by walking from the head along
 * the previous hashes: what stands off that way was inserted, what stands on it elsewhere was moved, and where
 * it breaks, an event was removed or rewritten together with its hash.
 */
export function diagnoseChain(links: readonly Link[], head: LedgerHead | undefined): Flaw[] {
  if (isSound(links, head)) return [];
  const last = links.at(-1);
  if (!last) return [{ seq: 1, kind: "cut-off", message: `all ${head?.seq} events are missing` }];
  const flaws: Flaw[] = [];
  const places = placesByHash(links);
  const tail = head ? places.get(head.hash) : undefined;
  const { path, breaks } = walkBack(links, places, tail ?? links.length - 1);
  const onPath = new Set(path);

  for (const [place, link] of links.entries()) {
    if (!onPath.has(place))
      flaws.push({ seq: link.seq, kind: "inserted", message: "no event after it follows from it" });
    else if (link.hash !== link.computed)
      flaws.push({ seq: link.seq, kind: "edited", message: "its hash is not that of what it says" });
  }
  const shortened = head !== undefined && tail !== undefined && head.seq > last.seq;
  for (const gap of breaks) flaws.push(nameBreak(links, gap, shortened));
  for (const place of misplaced(path)) flaws.push(nameMove(links, path, place));
  if (tail === undefined) flaws.push(nameLostHead(last, head));
  if (flaws.length === 0) flaws.push(nameNumbers(links, head ?? emptyHead));
  return distinct(flaws);
}

function isSound(links: readonly Link[], head: LedgerHead | undefined): boolean {
  const last = links.at(-1) ?? emptyHead;
  const { seq, hash } = head ?? emptyHead;
  if (seq !== last.seq || hash !== last.hash) return false;
  return links.every(
    (link, place) => link.seq === place + 1 && link.hash === link.computed && isWellPlaced(links, place),
  );
}

function isWellPlaced(links: readonly Link[], place: number): boolean {
  return links[place]?.prevHash === (links[place - 1] ?? emptyHead).hash;
}

/** Where the event with a hash stands. Of two with one hash, the sounder; a changed hash is found by its right value too. */
function placesByHash(links: readonly Link[]): Map<string, number> {
  const places = new Map<string, number>();
  const soundness = (place: number) => {
    const link = links[place];
    return (link?.hash === link?.computed ? 2 : 0) + (isWellPlaced(links, place) ? 1 : 0);
  };
  for (const [place, { hash }] of links.entries()) {
    const other = places.get(hash);
    if (other === undefined || soundness(place) > soundness(other)) places.set(hash, place);
  }
  for (const [place, { computed }] of links.entries()) if (!places.has(computed)) places.set(computed, place);
  return places;
}

/** A place whose previous hash leads nowhere, and the place of the event that stands before it on the path. */
interface Break {
  readonly at: number;
  readonly before: number | undefined;
}

/** The places of the history from its first event to the one at `tail`. */
function walkBack(
  links: readonly Link[],
  places: ReadonlyMap<string, number>,
  tail: number,
): { path: number[]; breaks: Break[] } {
  const seen = new Set<number>();
  const breaks: Break[] = [];
  for (let at: number | undefined = tail; at !== undefined; ) {
    seen.add(at);
    const link = links[at] as Link;
    const wasEdited = link.hash !== link.computed;
    let before: number | undefined = wasEdited && link.follows ? at - 1 : places.get(link.prevHash);
    if (before === -1 || (link.prevHash === emptyHead.hash && !wasEdited)) break;
    if (before === undefined || seen.has(before)) {
      before = nearestBefore(at, seen);
      if (!wasEdited) breaks.push({ at, before });
    }
    at = before;
  }
  return { path: [...seen].reverse(), breaks };
}

function nearestBefore(at: number, seen: ReadonlySet<number>): number | undefined {
  for (let place = at - 1; place >= 0; place -= 1) if (!seen.has(place)) return place;
  return undefined;
}

function nameBreak(links: readonly Link[], { at, before }: Break, shortened: boolean): Flaw {
  const next = links[at] as Link;
  const previous = before === undefined ? emptyHead : (links[before] as Link);
  const [from, to] = [previous.seq + 1, next.seq - 1];
  if (from === to) return { seq: from, kind: "removed", message: "it is missing" };
  if (from < to) return { seq: from, kind: "removed", message: `the events ${from} to ${to} are missing` };
  if (shortened || before === undefined)
    return { seq: next.seq, kind: "removed", message: "an event is missing before it" };
  return {
    seq: previous.seq,
    kind: "edited",
    message: `it was rewritten together with its hash: ${next.seq} follows another`,
  };
}

/** The fewest places that must be taken out of `path` to leave it ascending (a longest ascending rest). */
function misplaced(path: readonly number[]): number[] {
  const tails: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [index, place] of path.entries()) {
    let low = 0;
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((path[tails[middle] as number] as number) < place) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? tails[low - 1] : undefined;
    tails[low] = index;
  }
  const kept = new Set<number>();
  for (let index = tails.at(-1); index !== undefined; index = before[index]) kept.add(index);
  return path.filter((_, index) => !kept.has(index));
}

function nameMove(links: readonly Link[], path: readonly number[], place: number): Flaw {
  const before = path[path.indexOf(place) - 1];
  const where = before === undefined ? "at the beginning" : `after what is now ${links[before]?.seq}`;
  return { seq: links[place]?.seq ?? 0, kind: "reordered", message: `it belongs ${where}` };
}

function nameLostHead(last: Link, head: LedgerHead | undefined): Flaw {
  if (!head) return { seq: last.seq, kind: "head-mismatch", message: "the stream's head is not recorded" };
  const missing = head.seq - last.seq;
  if (missing > 0)
    return {
      seq: last.seq + 1,
      kind: "cut-off",
      message: missing === 1 ? "the last event is missing" : `the last ${missing} events are missing`,
    };
  return {
    seq: head.seq,
    kind: "head-mismatch",
    message: "the recorded head is not the stream's last event",
  };
}

/** The chain is whole, so only numbers were changed: those of events, or that of the head. */
function nameNumbers(links: readonly Link[], head: LedgerHead): Flaw {
  const place = links.findIndex(({ seq }, index) => seq !== index + 1);
  const link = links[place];
  if (link) return { seq: link.seq, kind: "reordered", message: `its number was ${place + 1}` };
  return { seq: head.seq, kind: "head-mismatch", message: `the stream ends at ${links.length}` };
}

function distinct(flaws: readonly Flaw[]): Flaw[] {
  const byPlace = new Map(flaws.toReversed().map((flaw) => [`${flaw.seq} ${flaw.kind}`, flaw]));
  return [...byPlace.values()].sort((a, b) => a.seq - b.seq);
}
