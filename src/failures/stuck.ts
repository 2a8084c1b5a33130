import type { FailureKind } from "../domain/failure.ts";

/** When a builder counts as stuck; 0 turns a sign off. */
export interface StuckLimits {
  /** Without output, without a change on the tree and without newly reported tokens. */
  readonly silentMs: number;
  /** Without a change on the tree, whatever it prints. */
  readonly idleMs: number;
  /** The same lines, or the same edit, so often … */
  readonly repeats: number;
  /** … the same contents in turn so often … */
  readonly alternations: number;
  /** … and that spread over at least this time: each counts once in its share of it. */
  readonly repeatMs: number;
  /** Tokens reported since the last change on the tree. */
  readonly tokens: number;
}

/** What was seen of a builder at work; `atMs` counts from its start and never goes back. */
export type Observation =
  | { readonly sees: "line"; readonly atMs: number; readonly text: string }
  | { readonly sees: "tree"; readonly atMs: number; readonly tree: TreeSight }
  | { readonly sees: "tokens"; readonly atMs: number; readonly tokens: number }
  | { readonly sees: "time"; readonly atMs: number };

export interface TreeSight {
  /** Anything in the workspace was written since the last look, or it is too large to tell. */
  readonly touched: boolean;
  /** A file that the phase may write was written since the last look. */
  readonly edited: boolean;
  /** Identity of the contents of all that the phase may write; null where that is too much to tell. */
  readonly contents: string | null;
}

export const stuckKinds = [
  "builder-burns-tokens",
  "builder-alternates",
  "builder-repeats",
  "builder-silent",
  "builder-no-progress",
] as const satisfies readonly FailureKind[];
export type StuckKind = (typeof stuckKinds)[number];

/** How far a builder is on the way to being ended. */
export interface StuckSign {
  readonly kind: StuckKind;
  /** `warn` from half of the threshold on, `end` at it. */
  readonly level: "warn" | "end";
  /** What was seen, as a clause. */
  readonly message: string;
}

/** Of a line that is this long the end may be missing: it is like no other. */
const longestLine = 4000;
/** A loop has at most so many different lines in it. */
const mostLoopLines = 32;
/** Beyond so many contents it is no longer told whether one comes again. */
const mostContents = 1000;

interface SeenLine {
  readonly text: string;
  /** The number of its last occurrence. */
  readonly index: number;
}
/** A share of the time in which something came again, and the last number at which it did. */
interface Slot {
  readonly share: number;
  readonly index: number;
}

/** What has been seen so far, as far as it matters for the signs. Bounded. */
export interface Watched {
  readonly limits: StuckLimits;
  readonly nowMs: number;
  readonly lastSignMs: number;
  readonly lastTouchMs: number;
  readonly tokens: number;
  readonly tokensAtTouch: number;
  readonly lines: number;
  readonly linesAtTouch: number;
  /** The different lines of late, the last one last; one more than a loop has. */
  readonly recent: readonly SeenLine[];
  readonly repeated: readonly Slot[];
  readonly contents: readonly string[];
  readonly current: string | null;
  readonly rewritten: readonly number[];
  readonly returned: readonly number[];
  /** The contents it had since the last that were new: only to these it returns. */
  readonly visited: readonly string[];
}

export const startWatching = (limits: StuckLimits): Watched => ({
  limits,
  nowMs: 0,
  lastSignMs: 0,
  lastTouchMs: 0,
  tokens: 0,
  tokensAtTouch: 0,
  lines: 0,
  linesAtTouch: 0,
  recent: [],
  repeated: [],
  contents: [],
  current: null,
  rewritten: [],
  returned: [],
  visited: [],
});

/** Pure: the same observations in the same order give the same. */
export function observe(before: Watched, seen: Observation): Watched {
  const watched = { ...before, nowMs: Math.max(before.nowMs, seen.atMs) };
  switch (seen.sees) {
    case "time":
      return watched;
    case "line":
      return seeLine(watched, seen.text);
    case "tokens":
      if (seen.tokens <= watched.tokens) return watched;
      return { ...watched, tokens: seen.tokens, lastSignMs: watched.nowMs };
    case "tree":
      return seeContents(seen.tree.touched ? seeTouch(watched) : watched, seen.tree);
  }
}

function seeLine(watched: Watched, raw: string): Watched {
  const { nowMs, limits, recent } = watched;
  const heard = { ...watched, lastSignMs: nowMs };
  const index = watched.lines + 1;
  const text = raw.length < longestLine ? normaliseLine(raw) : `${index} ${raw.slice(0, 100)}`;
  if (text === "") return heard;
  const place = recent.findIndex((line) => line.text === text);
  const known = recent[place];
  const isRepeat =
    known !== undefined && place >= recent.length - mostLoopLines && known.index > watched.linesAtTouch;
  const others = place === -1 ? recent : recent.toSpliced(place, 1);
  return {
    ...heard,
    lines: index,
    recent: [...others, { text, index }].slice(-mostLoopLines - 1),
    repeated: isRepeat
      ? markSlot(watched.repeated, shareOf(nowMs, limits, limits.repeats), index, limits)
      : watched.repeated,
  };
}

/** What follows a change on the tree is no repetition of what was before it. */
const seeTouch = (watched: Watched): Watched => ({
  ...watched,
  lastSignMs: watched.nowMs,
  lastTouchMs: watched.nowMs,
  tokensAtTouch: watched.tokens,
  linesAtTouch: watched.lines,
});

function seeContents(watched: Watched, { edited, contents }: TreeSight): Watched {
  const { current, nowMs, limits } = watched;
  const isNew =
    contents === null || !watched.contents.includes(contents) || watched.contents.length > mostContents;
  if (isNew) {
    const known = contents === null || watched.contents.length > mostContents ? [] : [contents];
    return {
      ...watched,
      contents: [...watched.contents, ...known],
      current: contents,
      rewritten: [],
      returned: [],
      visited: known,
    };
  }
  if (contents !== current) {
    if (!watched.visited.includes(contents))
      return { ...watched, current: contents, visited: [...watched.visited, contents] };
    const returned = addShare(watched.returned, shareOf(nowMs, limits, limits.alternations));
    return { ...watched, current: contents, returned };
  }
  if (!edited) return watched;
  return { ...watched, rewritten: addShare(watched.rewritten, shareOf(nowMs, limits, limits.repeats)) };
}

/** In which share of the time `count` times have to spread over this is. */
const shareOf = (nowMs: number, { repeatMs }: StuckLimits, count: number): number =>
  count === 0 || repeatMs === 0 ? nowMs : Math.floor(nowMs / (repeatMs / count));

const addShare = (shares: readonly number[], share: number): readonly number[] =>
  shares.at(-1) === share ? shares : [...shares, share];

function markSlot(
  slots: readonly Slot[],
  share: number,
  index: number,
  { repeats }: StuckLimits,
): readonly Slot[] {
  const others = slots.at(-1)?.share === share ? slots.slice(0, -1) : slots;
  return [...others, { share, index }].slice(-Math.max(1, repeats));
}

/** What differs between two equal calls of a tool: its id, and when it was. Numbers are what a call is about. */
const volatile =
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?|\b\d\d:\d\d:\d\d(?:\.\d+)?\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z]{2,12}[_-][A-Za-z0-9]{16,}\b|\b[0-9a-f]{24,64}\b|\b1\d{12}\b/g;

function normaliseLine(text: string): string {
  return text.trim().replace(volatile, "ID");
}

/** The sign that is furthest on, where one is half-way at least. Pure. */
export function assessStuck(watched: Watched): StuckSign | undefined {
  const { limits, nowMs } = watched;
  const silence = nowMs - watched.lastSignMs;
  const idle = nowMs - watched.lastTouchMs;
  const burnt = watched.tokens - watched.tokensAtTouch;
  const lines = countRepeats(watched);
  const rewritten = watched.rewritten.length;
  const returned = watched.returned.length;
  const spread = `spread over ${showTime(limits.repeatMs)} and more`;
  const signs: readonly (readonly [StuckKind, number, number, string])[] = [
    [
      "builder-burns-tokens",
      burnt,
      limits.tokens,
      `it reported ${burnt} more tokens since it last changed a file`,
    ],
    [
      "builder-alternates",
      returned,
      limits.alternations,
      `it went back to earlier contents of its files ${returned} times, ${spread}, with none that were new`,
    ],
    [
      "builder-repeats",
      rewritten,
      limits.repeats,
      `it wrote its files ${rewritten} times as they were, ${spread}`,
    ],
    [
      "builder-repeats",
      lines,
      limits.repeats,
      `it printed the same lines again ${lines} times, ${spread}, and changed no file: ${lastLine(watched)}`,
    ],
    [
      "builder-silent",
      silence,
      limits.silentMs,
      `it printed nothing, changed no file and reported no tokens for ${showTime(silence)}`,
    ],
    ["builder-no-progress", idle, limits.idleMs, `it changed no file for ${showTime(idle)}`],
  ];
  let furthest: StuckSign | undefined;
  let most = 0.5;
  for (const [kind, measure, threshold, message] of signs) {
    const part = threshold === 0 ? 0 : Math.min(1, measure / threshold);
    if (part < most || (furthest && part === most)) continue;
    most = part;
    furthest = { kind, level: part >= 1 ? "end" : "warn", message };
  }
  return furthest;
}

/** In how many shares of the time a line came again, since there were more different lines than a loop has. */
function countRepeats(watched: Watched): number {
  const { recent } = watched;
  const before = recent.length > mostLoopLines ? (recent[0]?.index ?? 0) : 0;
  const since = Math.max(before, watched.linesAtTouch);
  return watched.repeated.filter(({ index }) => index > since).length;
}

const lastLine = ({ recent }: Watched): string => JSON.stringify(recent.at(-1)?.text.slice(0, 120) ?? "");

const showTime = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
