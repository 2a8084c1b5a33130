/** What a line of a text claims, before it is known what of the record it is about. */
export interface ReadClaim {
  readonly says: "done" | "not-done";
  readonly about: /** The first of these names that anything bears: the nearest heading, those above it, the text's own name. */
    | { readonly kind: "named"; readonly names: readonly string[] }
    | { readonly kind: "path"; readonly path: string }
    | { readonly kind: "phase-of"; readonly build: string; readonly number: number };
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly rule: ClaimRule;
}

/** In the order in which a line is read; the first that reads it counts. `docs/spec.md` lists them. */
export const claimRules = ["status-line", "heading", "ticked-path", "ticked-phase", "n-of-m"] as const;
export type ClaimRule = (typeof claimRules)[number];

interface Heading {
  readonly level: number;
  readonly text: string;
}

const longestLine = 2_000;
const shownText = 200;

/** Sections that say what is to be, or what could be, not what is. */
const dropped = /\b(?:plan|plans|planned|criteria|todo|to-do|template|templates)\b/i;
/** What is not said to be so: negations are read as such where they are plain, the rest is dropped. */
const modal =
  /\b(?:should|shall|must|will|would|can|could|may|might|needs?|to be|until|unless|once|when|if|whether|expect\w*|mark(?:ed)? as|ready to|in order to)\b/i;
const negation = /\b(?:not|never|no|isn't|aren't|wasn't|hasn't|haven't|incomplete|uncompleted|unfinished)\b/i;

const tick = /[✅✔☑]|\[[xX]\]/u;
const cross = /[❌✖✗]|\[ \]/u;
const completed = /\b(?:complete|completed)\b/i;
const done = /^(?:complete|completed|done|finished|implemented|delivered)\b/i;
const undone =
  /^(?:not |in[- ]progress|incomplete|unfinished|failed|failing|blocked|pending|partial|partially|open|queued|abandoned|draft|wip)/i;

/** What the lines of a Markdown text claim. Linear in its length; a line that is longer than 2,000 characters is cut. */
export function readClaims(text: string, name: string): ReadClaim[] {
  const claims: ReadClaim[] = [];
  let headings: Heading[] = [];
  let fence: string | null = null;
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.slice(0, longestLine).trim();
    const mark = /^(?:```+|~~~+)/.exec(line)?.[0];
    if (mark !== undefined && (fence === null || line.startsWith(fence)))
      fence = fence === null ? mark : null;
    if (mark !== undefined || fence !== null || line === "") continue;
    const heading = readHeading(line);
    if (heading) headings = [...headings.filter(({ level }) => level < heading.level), heading];
    if (headings.some((one) => dropped.test(one.text))) continue;
    const names = [...headings.map((one) => one.text).toReversed(), name];
    const read = readLine(line, heading, names);
    if (read) claims.push({ ...read, line: index + 1, text: line.slice(0, shownText) });
  }
  return claims;
}

function readHeading(line: string): Heading | undefined {
  const [, marks = "", text = ""] = /^(#{1,6})\s+(.+)$/.exec(line) ?? [];
  return marks === "" ? undefined : { level: marks.length, text: text.replace(/[\s#]+$/, "") };
}

type Reading = Pick<ReadClaim, "says" | "about" | "rule">;

function readLine(line: string, heading: Heading | undefined, names: readonly string[]): Reading | undefined {
  const about = { kind: "named", names } as const;
  const status = readStatus(line);
  if (status) return { says: status, about, rule: "status-line" };
  if (modal.test(line)) return undefined;
  if (heading) {
    const says = saysOf(heading.text);
    return says && { says, about, rule: "heading" };
  }
  return readTicked(line, names) ?? readCount(line, about);
}

/** `Status: COMPLETE`, `**Status**: ✅ Complete (all tests pass)`, `- Status — in progress`. */
function readStatus(line: string): ReadClaim["says"] | undefined {
  const plain = line.replaceAll(/[*_`>|]/g, "").replace(/^[\s-]+/, "");
  const [, value] = /^status\s*[:—–=-]\s*(.+)$/i.exec(plain) ?? [];
  if (value === undefined) return undefined;
  const words = value.replace(/^[^\p{L}\p{N}]+/u, "");
  if (undone.test(words) || cross.test(value)) return "not-done";
  if (!done.test(words)) return undefined;
  const clause = words.split(/[.;,(]/)[0] ?? "";
  return negation.test(clause) || modal.test(clause) ? undefined : "done";
}

/** A tick, a cross, or the word complete, negated or not. */
function saysOf(text: string): ReadClaim["says"] | undefined {
  if (cross.test(text)) return "not-done";
  if (!tick.test(text) && !completed.test(text)) return /\bincomplete\b/i.test(text) ? "not-done" : undefined;
  return negation.test(text) ? "not-done" : "done";
}

const pathLike = /`([\w@.+-]+(?:\/[\w@.+-]+)*\/?)`/;
const phaseLike = /\bphase\s+(\d{1,3})\b/i;
/** A name for a job of many phases, as headings bear it: `BUILD-129`, `Build 129:`. */
export const buildLike = /(?<![a-z\d])build[-_ ]?(\d{1,5})(?!\d)/i;

function readTicked(line: string, names: readonly string[]): Reading | undefined {
  const says = tick.test(line) ? "done" : cross.test(line) ? "not-done" : undefined;
  if (!says) return undefined;
  const turned = says === "done" && negation.test(line) ? "not-done" : says;
  const [, path] = pathLike.exec(line) ?? [];
  if (path !== undefined && /[./]/.test(path))
    return { says: turned, about: { kind: "path", path }, rule: "ticked-path" };
  const [, number] = phaseLike.exec(line) ?? [];
  // The last name is the text's own: a phase is numbered within a section of its build alone.
  const [, build] = buildLike.exec(names.slice(0, -1).find((name) => buildLike.test(name)) ?? "") ?? [];
  if (number === undefined || build === undefined) return undefined;
  return { says: turned, about: { kind: "phase-of", build, number: Number(number) }, rule: "ticked-phase" };
}

/** `5/5 deliverables complete`, `3 of 7 phases complete`. */
function readCount(line: string, about: ReadClaim["about"]): Reading | undefined {
  const [, some, all] =
    /\b(\d{1,5})\s*(?:\/|of)\s*(\d{1,5})\s+(?:[\p{L}-]+\s+){0,3}complete(?:d)?\b/iu.exec(line) ?? [];
  if (some === undefined || all === undefined || Number(all) === 0 || negation.test(line)) return undefined;
  return { says: Number(some) >= Number(all) ? "done" : "not-done", about, rule: "n-of-m" };
}
