import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configDefaults } from "../../test/harness/config-defaults.ts";
import { assessStuck, type Observation, observe, type StuckLimits, startWatching } from "./stuck.ts";

const never: StuckLimits = {
  silentMs: 0,
  idleMs: 0,
  repeats: 0,
  alternations: 0,
  repeatMs: 100,
  tokens: 0,
};
const line = (atMs: number, text: string): Observation => ({ sees: "line", atMs, text });
const tokens = (atMs: number, count: number): Observation => ({ sees: "tokens", atMs, tokens: count });
const time = (atMs: number): Observation => ({ sees: "time", atMs });
const look = (atMs: number, contents: string | null, touched = true, edited = touched): Observation => ({
  sees: "tree",
  atMs,
  tree: { touched, edited, contents },
});
const still = (atMs: number, contents: string): Observation => look(atMs, contents, false);

/** The first warning and the end that a recording leads to, with their times. */
function play(recording: readonly Observation[], limits: Partial<StuckLimits>) {
  let watched = startWatching({ ...never, ...limits });
  const signs: [atMs: number, sign: string][] = [];
  for (const seen of recording) {
    watched = observe(watched, seen);
    const sign = assessStuck(watched);
    const told = sign && `${sign.level} ${sign.kind}`;
    if (told && told !== signs.at(-1)?.[1]) signs.push([seen.atMs, told]);
    if (sign?.level === "end") break;
  }
  return signs;
}
const every = <T>(stepMs: number, count: number, make: (atMs: number, index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make((index + 1) * stepMs, index));

describe("a builder is warned of half-way and ended", () => {
  test("when it gives no sign of life", () => {
    expect(play(every(10, 20, time), { silentMs: 100 })).toEqual([
      [50, "warn builder-silent"],
      [100, "end builder-silent"],
    ]);
  });

  test.each([
    ["output", (atMs: number, index: number) => line(atMs, `line ${index}`)],
    ["a change on the tree", (atMs: number) => look(atMs, null)],
    ["new tokens", (atMs: number, index: number) => tokens(atMs, index + 1)],
  ])("but not for silence while there is %s", (_, make) => {
    expect(play(every(10, 50, make), { silentMs: 30 })).toEqual([]);
  });

  test("when it talks and changes nothing", () => {
    const talk = every(10, 20, (atMs, index) => line(atMs, `thought ${index}`));
    expect(play(talk, { idleMs: 100, silentMs: 100 })).toEqual([
      [50, "warn builder-no-progress"],
      [100, "end builder-no-progress"],
    ]);
    const writes = every(10, 20, (atMs) => look(atMs, null));
    expect(play(writes, { idleMs: 15 })).toEqual([]);
  });

  test("when it prints the same few lines again and again, whatever ids and times are in them", () => {
    const calls = every(10, 40, (atMs, index) =>
      line(
        atMs,
        index % 2 === 0
          ? `tool call_${String(index).padStart(20, "a")} ls src`
          : `12:00:${10 + index} a.ts b.ts`,
      ),
    );
    expect(play(calls, { repeats: 10, repeatMs: 100 }).map(([, sign]) => sign)).toEqual([
      "warn builder-repeats",
      "end builder-repeats",
    ]);
  });

  test("but not for many equal lines at once, nor for lines that count", () => {
    const burst = Array.from({ length: 10_000 }, () => line(5, "warning: deprecated"));
    expect(play([...burst, time(10_000), line(10_001, "next")], { repeats: 10, repeatMs: 100 })).toEqual([]);
    const counting = every(10, 500, (atMs, index) => line(atMs, `reads lines ${index * 100}`));
    expect(play(counting, { repeats: 10, repeatMs: 100 })).toEqual([]);
    const long = every(10, 500, (atMs, index) => line(atMs, `test ${index % 40} passed`));
    expect(play(long, { repeats: 10, repeatMs: 100 })).toEqual([]);
  });

  test("but not for lines that come again after a change on the tree, nor for many writes at once", () => {
    const writing = every(10, 200, (atMs, index) =>
      index % 5 === 0 ? look(atMs, null) : line(atMs, "again"),
    );
    expect(play(writing, { repeats: 10 })).toEqual([]);
    const saves = [look(0, "base"), ...Array.from({ length: 1000 }, () => look(5, "base"))];
    expect(play([...saves, time(10_000)], { repeats: 10 })).toEqual([]);
  });

  test("when it writes the same contents again and again", () => {
    const same = [look(0, "base"), ...every(10, 40, (atMs) => look(atMs, "same"))];
    expect(play(same, { repeats: 10 }).at(-1)?.[1]).toBe("end builder-repeats");
    const elsewhere = [look(0, "base"), ...every(10, 40, (atMs) => look(atMs, "base", true, false))];
    expect(play(elsewhere, { repeats: 10 })).toEqual([]);
  });

  test("when it goes back and forth between the same contents", () => {
    const turns = every(10, 40, (atMs, index) => look(atMs, index % 2 === 0 ? "a" : "b"));
    expect(play(turns, { alternations: 8 }).at(-1)?.[1]).toBe("end builder-alternates");
    const forward = every(10, 40, (atMs, index) =>
      look(atMs, index % 3 === 2 ? `new ${index}` : `${index % 3}`),
    );
    expect(play(forward, { alternations: 4 })).toEqual([]);
  });

  test("but not for the way back over contents it was at before the last new ones", () => {
    const known = [look(0, "z"), look(10, "y")];
    const back = [look(30, "y"), look(40, "z")];
    expect(play([...known, look(20, "new"), ...back], { alternations: 1 })).toEqual([]);
    expect(play([...known, look(20, "new"), ...back, look(50, "y")], { alternations: 1 })).toEqual([
      [50, "end builder-alternates"],
    ]);
  });

  test("when it uses ever more tokens and changes nothing", () => {
    const burning = every(10, 20, (atMs, index) => tokens(atMs, (index + 1) * 100));
    expect(play(burning, { tokens: 1000 })).toEqual([
      [50, "warn builder-burns-tokens"],
      [100, "end builder-burns-tokens"],
    ]);
    const working = burning.flatMap((seen) => [seen, look(seen.atMs, null)]);
    expect(play(working, { tokens: 1000 })).toEqual([]);
  });

  test("never, where its sign is turned off", () => {
    const stuck = every(10_000, 500, (atMs, index) =>
      index % 2 ? line(atMs, "same") : tokens(atMs, index * 1e6),
    );
    expect(play(stuck, {})).toEqual([]);
  });
});

/** An honest builder that is slow, by the minute. */
const minute = 60_000;
describe("the defaults let an honest builder be slow", () => {
  const limits = configDefaults();

  test("that says nothing while a check of the longest time runs, then edits", () => {
    const quiet = [...every(minute, 20, (atMs) => still(atMs, "base")), look(21 * minute, "edited")];
    expect(play(quiet, limits).filter(([, sign]) => sign.startsWith("end"))).toEqual([]);
  });

  test("that prints the same sign of life every second meanwhile", () => {
    const beat = every(1000, 20 * 60, (atMs) => line(atMs, "still working"));
    expect(play(beat, limits).filter(([, sign]) => sign.startsWith("end"))).toEqual([]);
  });

  test("that reads for forty minutes and a million tokens before its first edit", () => {
    const reading = every(minute, 40, (atMs, index) => [
      line(atMs, `reads file ${index}`),
      tokens(atMs, index * 25_000),
    ]).flat();
    expect(play(reading, limits).filter(([, sign]) => sign.startsWith("end"))).toEqual([]);
  });

  test("that runs its tests a hundred times between edits, each writing the same report", () => {
    const work = every(minute, 100, (atMs, index) => [
      look(atMs, `edit ${Math.floor(index / 20)}`),
      line(atMs, "ok"),
    ]).flat();
    expect(play(work, limits).filter(([, sign]) => sign.startsWith("end"))).toEqual([]);
  });
});

describe("more activity never ends a builder earlier", () => {
  const sight = fc.oneof(
    fc.record({ sees: fc.constant("line" as const), text: fc.constantFrom("a", "b", "c") }),
    fc.record({
      sees: fc.constant("tree" as const),
      tree: fc.record({
        touched: fc.boolean(),
        edited: fc.boolean(),
        contents: fc.constantFrom("x", "y", "z"),
      }),
    }),
    fc.record({ sees: fc.constant("tokens" as const), tokens: fc.nat(60) }),
    fc.record({ sees: fc.constant("time" as const) }),
  );
  const recordings = fc.array(fc.tuple(fc.nat(20), sight), { minLength: 1, maxLength: 80 }).map((steps) => {
    let atMs = 0;
    return steps.map(([later, seen]) => ({ ...seen, atMs: (atMs += later) }) as Observation);
  });
  const limits = fc.record({
    silentMs: fc.constantFrom(0, 40, 90),
    idleMs: fc.constantFrom(0, 60, 120),
    repeats: fc.constantFrom(0, 2, 5),
    alternations: fc.constantFrom(0, 2, 4),
    repeatMs: fc.constantFrom(1, 50, 200),
    tokens: fc.constantFrom(0, 30),
  });
  const fresh = [
    (atMs: number) => line(atMs, "a line that was never there"),
    (atMs: number) => look(atMs, "contents that were never there"),
    (atMs: number, before: string) => look(atMs, before, true, false),
  ];
  const endOf = (recording: readonly Observation[], by: StuckLimits) => {
    const last = play(recording, by).at(-1);
    return last?.[1].startsWith("end") ? last[0] : Number.POSITIVE_INFINITY;
  };

  test("nor does it with new output, new contents or a write elsewhere put in anywhere", () => {
    fc.assert(
      fc.property(recordings, limits, fc.nat(), fc.nat(2), (recording, by, where, what) => {
        const place = where % (recording.length + 1);
        const atMs = recording[place - 1]?.atMs ?? 0;
        const before = recording
          .slice(0, place)
          .findLast((seen): seen is Extract<Observation, { sees: "tree" }> => seen.sees === "tree");
        if (what === 2 && !before) return;
        const more = recording.toSpliced(place, 0, fresh[what]!(atMs, before?.tree.contents ?? ""));
        expect(endOf(more, by)).toBeGreaterThanOrEqual(endOf(recording, by));
      }),
      { numRuns: 2000 },
    );
  });

  test("and what is remembered stays bounded", () => {
    let watched = startWatching({ ...never, repeats: 5, alternations: 5 });
    for (let index = 0; index < 5000; index++)
      watched = observe(watched, index % 2 ? line(index, `${index}`) : look(index, `${index}`));
    expect(JSON.stringify(watched).length).toBeLessThan(50_000);
  });
});
