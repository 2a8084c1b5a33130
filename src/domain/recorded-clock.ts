import type { Stamp } from "./recorded-stamp.ts";

/**
 * What is known of the times of one record, before their clocks are. Numbers are places in `stamps`; `group` is the run
 * that a time belongs to: rows of one run are evidence of one another.
 */
export interface ClockFacts {
  readonly stamps: readonly Stamp[];
  /** By stamp. */
  readonly group: readonly number[];
  /** By stamp: the column of an append-only table, written by one program in one way; -1: none. */
  readonly column: readonly number[];
  /** When a parent and its child were inserted. */
  readonly families: readonly (readonly [parent: number, child: number])[];
  /** The first is not after the second: created and updated. */
  readonly orders: readonly (readonly [first: number, second: number])[];
  /** A call of a phase that logs tell of, with the tries of that phase: local times as printed. */
  readonly logged: readonly {
    readonly stamp: number;
    readonly tries: readonly (readonly [start: number, end: number])[];
  }[];
  /** A time in a run's id, and the first that is known of the run. */
  readonly named: readonly { readonly stamp: number; readonly local: number }[];
}

export interface ClockReading {
  /** Local is so many minutes ahead of UTC; null: nothing tells. */
  readonly offsetMinutes: number | null;
  /** What spoke for the offset: how many runs, calls and ids. */
  readonly anchors: { readonly families: number; readonly logged: number; readonly named: number };
  /** By stamp: the clock that wrote it, and whether something tells. */
  readonly clocks: readonly ("utc" | "local")[];
  readonly certain: readonly boolean[];
  /** Orders that no reading satisfies, as places in `orders`. */
  readonly violated: readonly number[];
}

const minute = 60_000;
const step = 15 * minute;
const mostSteps = 14 * 4;
/** Between the inserts of a parent and its child. */
const insertMs = 5000;
/** A program's own two looks at the clock for one row. */
const sameMs = 1000;
/** Between the time in an id and the first that happens in the run, to tell the offset and to tell a clock. */
const firstMs = step;
/** Times of one run that are so near to each other are of one session. */
const nearMs = 60 * minute;
/** After a try has ended in the log, its last call may still be written. */
const lateMs = minute;

/**
 * The clocks of a record: some of its times are UTC, the others are ahead of it by one offset. What is surest decides
 * first: parents and children inserted at once, created not after updated, calls within logged tries, times in ids; then
 * nearness to times that are told. What nothing tells is taken as UTC and is not certain.
 */
export function readClocks(facts: ClockFacts): ClockReading {
  const anchors = countAnchors(facts);
  const offset = chooseOffset(facts, anchors);
  const told = offset === null ? tellFixed(facts) : tellClocks(facts, offset);
  const clocks = told.map((clock) => clock ?? "utc");
  const at = (place: number) => utcOf(facts.stamps[place], clocks[place], offset);
  const violated = facts.orders.flatMap(([first, second], place) =>
    at(first) > at(second) + sameMs ? [place] : [],
  );
  const own = offset === null ? undefined : anchors.get(offset);
  return {
    offsetMinutes: offset === null ? null : offset / minute,
    anchors: { families: own?.families ?? 0, logged: own?.logged ?? 0, named: own?.named ?? 0 },
    clocks,
    // A local time without an offset is known to be local, and when it was is not.
    certain: told.map((clock) => clock === "utc" || (clock === "local" && offset !== null)),
    violated,
  };
}

function utcOf(stamp: Stamp | undefined, clock: "utc" | "local" | undefined, offset: number | null): number {
  return (stamp?.raw ?? Number.NaN) - (clock === "local" ? (offset ?? 0) : 0);
}

interface Anchors {
  /** Runs with a parent and a child that are so far apart. */
  families: number;
  /** Calls within a logged try. */
  logged: number;
  named: number;
}

const offsets: readonly number[] = Array.from(
  { length: 2 * mostSteps + 1 },
  (_, place) => (place - mostSteps) * step,
).filter((offset) => offset !== 0);

function countAnchors(facts: ClockFacts): ReadonlyMap<number, Anchors> {
  const anchors = new Map(offsets.map((offset) => [offset, { families: 0, logged: 0, named: 0 }]));
  const counted = new Set<string>();
  const stamp = (place: number) => facts.stamps[place] as Stamp;
  for (const [parent, child] of facts.families) {
    const apart = stamp(parent).raw - stamp(child).raw;
    const offset = Math.round(apart / step) * step;
    if (Math.abs(apart - offset) > insertMs) continue;
    // Either may be the local one, where the writing does not say.
    for (const [signed, local, utc] of [
      [offset, parent, child],
      [-offset, child, parent],
    ] as const) {
      const found = anchors.get(signed);
      const name = `${facts.group[parent]} ${signed}`;
      if (!found || counted.has(name) || stamp(local).clock === "utc" || stamp(utc).clock === "local")
        continue;
      counted.add(name);
      found.families++;
    }
  }
  for (const { stamp: call, tries } of facts.logged) {
    if (stamp(call).clock !== "unknown") continue;
    for (const [offset, found] of anchors) if (isWithin(stamp(call).raw + offset, tries)) found.logged++;
  }
  for (const { stamp: first, local } of facts.named) {
    if (stamp(first).clock === "local") continue;
    const offset = Math.ceil((local - stamp(first).raw) / step) * step;
    const found = anchors.get(offset);
    if (found) found.named++;
  }
  return anchors;
}

const isWithin = (at: number, tries: readonly (readonly [number, number])[]): boolean =>
  tries.some(([start, end]) => at >= start && at <= end + lateMs);

/** The offset that most speaks for, and null where nothing does or another one is as good. */
function chooseOffset(facts: ClockFacts, anchors: ReadonlyMap<number, Anchors>): number | null {
  const calls = Math.max(1, ...[...anchors.values()].map(({ logged }) => logged));
  const doubtful = facts.orders.filter(([first, second]) =>
    isDoubtful(facts.stamps[first], facts.stamps[second]),
  );
  const scored = [...anchors]
    .filter(([, { families, logged, named }]) => families + logged + named > 0)
    .map(([offset, { families, logged, named }]) => ({
      offset,
      // All calls of the logs together weigh as much as a few families: one try may hold a hundred of them.
      score:
        8 * families + (16 * logged) / calls + named - 4 * brokenRuns({ ...facts, orders: doubtful }, offset),
    }))
    .toSorted((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (!best) return null;
  if (!second || best.score - second.score > 0.01) return best.offset;
  const locals = (offset: number) => tellClocks(facts, offset).filter((clock) => clock === "local").length;
  const tied = scored
    .filter(({ score }) => best.score - score <= 0.01)
    .map(({ offset }) => ({ offset, locals: locals(offset) }))
    .toSorted((a, b) => a.locals - b.locals);
  // Programs write UTC unless somebody did otherwise: of two ways to see it, the one with fewer exceptions.
  return tied[0] && tied[1] && tied[0].locals < tied[1].locals ? tied[0].offset : null;
}

/** Two times of an unknown clock that stand in order as written are so under any offset. */
const isDoubtful = (first: Stamp | undefined, second: Stamp | undefined): boolean =>
  first !== undefined &&
  second !== undefined &&
  (first.clock !== "unknown" || second.clock !== "unknown" || first.raw > second.raw + sameMs);

/** Runs that hold an order which no reading under this offset satisfies. */
function brokenRuns(facts: ClockFacts, offset: number): number {
  const broken = new Set<number>();
  for (const [first, second] of facts.orders) {
    const earliest = Math.min(...readings(facts.stamps[first], offset));
    const latest = Math.max(...readings(facts.stamps[second], offset));
    if (earliest > latest + sameMs) broken.add(facts.group[first] ?? -1);
  }
  return broken.size;
}

function readings(stamp: Stamp | undefined, offset: number): number[] {
  if (!stamp) return [];
  if (stamp.clock === "utc") return [stamp.raw];
  return stamp.clock === "local" ? [stamp.raw - offset] : [stamp.raw, stamp.raw - offset];
}

type Clock = "utc" | "local";
type Told = (Clock | undefined)[];

const tellFixed = ({ stamps }: ClockFacts): Told =>
  stamps.map(({ clock }) => (clock === "unknown" ? undefined : clock));

const both: readonly Clock[] = ["utc", "local"];

function tellClocks(facts: ClockFacts, offset: number): Told {
  const told = tellFixed(facts);
  const raw = (place: number) => facts.stamps[place]?.raw ?? Number.NaN;
  const at = (place: number, clock: Clock) => raw(place) - (clock === "local" ? offset : 0);
  const open = (place: number): readonly Clock[] => {
    const clock = told[place];
    return clock ? [clock] : both;
  };
  const settle = (place: number, among: readonly Clock[]): boolean => {
    const [only, other] = new Set(among);
    if (told[place] !== undefined || only === undefined || other !== undefined) return false;
    told[place] = only;
    return true;
  };
  /** Tells what only one of the ways to read the two allows; where none is allowed, nothing. */
  const relate = (a: number, b: number, holds: (a: number, b: number) => boolean): boolean => {
    const ways = open(a).flatMap((x) =>
      open(b).flatMap((y) => (holds(at(a, x), at(b, y)) ? [[x, y] as const] : [])),
    );
    const first = settle(
      a,
      ways.map(([x]) => x),
    );
    return (
      settle(
        b,
        ways.map(([, y]) => y),
      ) || first
    );
  };
  const atOnce = (a: number, b: number) => Math.abs(a - b) <= insertMs;
  const notAfter = (a: number, b: number) => a <= b + sameMs;

  const settleRelations = (): void => {
    for (let moved = true; moved; ) {
      moved = false;
      for (const [parent, child] of facts.families) moved = relate(parent, child, atOnce) || moved;
      for (const [first, second] of facts.orders) moved = relate(first, second, notAfter) || moved;
    }
  };
  settleRelations();
  for (const { stamp, tries } of facts.logged)
    settle(
      stamp,
      both.filter((clock) => isWithin(at(stamp, clock) + offset, tries)),
    );
  for (const { stamp, local } of facts.named)
    settle(
      stamp,
      both.filter((clock) => Math.abs(at(stamp, clock) - (local - offset)) <= firstMs),
    );
  settleRelations();
  settleColumns(facts, told);
  for (let moved = true; moved; ) {
    moved =
      settleByNearness(facts, told, insertMs, at, settle) ||
      settleByNearness(facts, told, nearMs, at, settle);
    if (moved) settleRelations();
    moved = settleColumns(facts, told) || moved;
  }
  return told;
}

/** A column that one program appends to has one clock: where all that is told of it agrees, the rest is told too. */
function settleColumns({ column }: ClockFacts, told: Told): boolean {
  const seen = new Map<number, Set<Clock>>();
  for (const [place, name] of column.entries()) {
    const clock = told[place];
    if (name >= 0 && clock) seen.set(name, (seen.get(name) ?? new Set()).add(clock));
  }
  let moved = false;
  for (const [place, name] of column.entries()) {
    const clocks = seen.get(name);
    const [only] = clocks ?? [];
    if (told[place] !== undefined || clocks?.size !== 1 || !only) continue;
    told[place] = only;
    moved = true;
  }
  return moved;
}

/** Tells a time of which exactly one reading is near a time of its run that is told. */
function settleByNearness(
  { group }: ClockFacts,
  told: Told,
  withinMs: number,
  at: (place: number, clock: Clock) => number,
  settle: (place: number, among: readonly Clock[]) => boolean,
): boolean {
  const known = new Map<number, number[]>();
  for (const [place, name] of group.entries()) {
    const clock = told[place];
    if (!clock) continue;
    const times = known.get(name);
    if (times) times.push(at(place, clock));
    else known.set(name, [at(place, clock)]);
  }
  for (const [name, times] of known)
    known.set(
      name,
      times.toSorted((a, b) => a - b),
    );
  let moved = false;
  for (const [place, name] of group.entries()) {
    const times = told[place] === undefined ? known.get(name) : undefined;
    if (!times) continue;
    const near = both.filter((clock) => isNear(times, at(place, clock), withinMs));
    moved = settle(place, near) || moved;
  }
  return moved;
}

/** `times` ascend. */
function isNear(times: readonly number[], at: number, withinMs: number): boolean {
  let low = 0;
  for (let high = times.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at - withinMs) low = middle + 1;
    else high = middle;
  }
  const next = times[low];
  return next !== undefined && next <= at + withinMs;
}
