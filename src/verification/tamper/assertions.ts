import { count, cut, type Draft, groupBy, indexBy, nameSome } from "./draft.ts";
import { wordsOf } from "./javascript-tree.ts";
import type { Assertion, Checks, Test } from "./model.ts";
import type { Placed, TestPair } from "./pair-tests.ts";
import { type JudgedChange, keyOf } from "./read-change.ts";
import { isComparable } from "./tests.ts";

/** What differs in the assertions of a test that is still there. */
export interface Difference {
  readonly pair: TestPair;
  readonly before: readonly Assertion[];
  readonly after: readonly Assertion[];
  /** Without a counterpart that is the same. */
  readonly gone: readonly Assertion[];
  readonly come: readonly Assertion[];
}

/** Takes out of two lists what they share; what stands twice must be there twice. */
function subtract(a: readonly Assertion[], b: readonly Assertion[]): Assertion[] {
  const counts = new Map<string, number>();
  for (const one of b) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return a.filter((one) => {
    const left = counts.get(keyOf(one)) ?? 0;
    counts.set(keyOf(one), left - 1);
    return left <= 0;
  });
}

const differ = (pair: TestPair, before: readonly Assertion[], after: readonly Assertion[]): Difference => ({
  pair,
  before,
  after,
  gone: subtract(before, after),
  come: subtract(after, before),
});

const placeHelper = (name: string, path: string, checks: Checks): Placed => {
  const first = checks.assertions[0];
  const test: Test = {
    ...checks,
    path,
    line: first?.line ?? 1,
    suite: "",
    title: name,
    skip: null,
    focus: null,
    empty: false,
    opaque: false,
    many: false,
    cases: null,
    body: "",
    words: [],
  };
  return { test, file: path };
};

/** All tests that are still there, and the functions of test files that check for them. */
export function readDifferences(change: JudgedChange): Difference[] {
  const known = differences.get(change);
  if (known) return known;
  const found = compareAll(change);
  differences.set(change, found);
  return found;
}
/** Several rules ask for them. */
const differences = new WeakMap<JudgedChange, Difference[]>();

function compareAll(change: JudgedChange): Difference[] {
  const tests = change.kept
    .filter(({ before, after }) => isComparable(before.test, after.test))
    .map((pair) =>
      differ(pair, change.assertionsOf(pair.before, "before"), change.assertionsOf(pair.after, "after")),
    );
  const helpers = change.files
    .filter(({ wasTest, isTest }) => wasTest && isTest)
    .flatMap(({ path, before, after }) =>
      [...(before?.helpers ?? [])].flatMap(([name, old]) => {
        const now = after?.helpers.get(name);
        if (!now || old.assertions.length === 0) return [];
        // What its callers in this change lose by it is told once, for the function.
        const pair = { before: placeHelper(name, path, old), after: placeHelper(name, path, now) };
        return [differ(pair, old.assertions, change.assertionsOf(pair.after, "after"))];
      }),
    );
  return [...helpers, ...tests];
}

const valuesIn = (assertions: readonly Assertion[]): string[] =>
  assertions.flatMap(({ literals }) => literals);

/** Whether an assertion about a list or an object speaks of all that the lost ones spoke of. */
function coversSubjects(come: readonly Assertion[], lost: readonly Assertion[]): boolean {
  const wholes = come.filter(
    ({ expected, strength }) => strength >= 2 && /\((?:Array|Object)Expression|[[{]/.test(expected),
  );
  const names = (text: string) => wordsOf(text).filter((word) => /^[a-z_]/i.test(word) && word.length > 2);
  return lost.every(({ subject }) => {
    const own = names(subject);
    return (
      own.length > 0 &&
      wholes.some((whole) =>
        own.every((name) => names(`${whole.subject} ${whole.expected.replaceAll('"', " ")}`).includes(name)),
      )
    );
  });
}

/** Whether fewer assertions say as much: one about a whole for several about its parts, a loop, a function. */
function saysAsMuch(change: JudgedChange, { pair, gone, come }: Difference): boolean {
  if (come.some(({ repeated }) => repeated)) return true;
  if (change.unknownChecksOf(pair.after, "after") > change.unknownChecksOf(pair.before, "before"))
    return true;
  if (pair.after.test.many && !pair.before.test.many) return true;
  // `match` of another library, or of a file that the change does not touch.
  const called = pair.after.test.calls.filter((name) => !pair.before.test.calls.includes(name));
  if (gone.some(({ matcher }) => called.includes(matcher))) return true;
  const values = new Set(valuesIn(come));
  const lost = gone.filter(({ strength }) => strength > 1);
  if (lost.length > 0 && coversSubjects(come, lost)) return true;
  return (
    come.some(({ strength }) => strength >= 2) &&
    valuesIn(lost).length > 0 &&
    valuesIn(lost).every((value) => values.has(value))
  );
}

/** The assertions that are gone and neither stand elsewhere in the change nor in the test itself. */
function lostOf(change: JudgedChange, difference: Difference): Assertion[] {
  const kept = new Set(difference.after.map(keyOf));
  return difference.gone.filter(
    (one) => one.strength > 0 && !kept.has(keyOf(one)) && (change.surplus.get(keyOf(one)) ?? -1) < 0,
  );
}

/** Tests that stay and assert less often. */
export function assessAssertionsRemoved(change: JudgedChange): Draft[] {
  const helpers = new Set<string>();
  const found = readDifferences(change).flatMap((difference) => {
    const { pair, before, after } = difference;
    const lost = lostOf(change, difference);
    const fewer = Math.min(before.length - after.length, lost.length);
    if (fewer <= 0 || saysAsMuch(change, difference)) return [];
    // To say that a value is there, before saying what it is, is no loss.
    if (lost.every(({ strength }) => strength <= 1) && after.some(({ strength }) => strength >= 2)) return [];
    if (pair.before.test.words.length === 0) helpers.add(pair.after.test.title);
    else if (
      pair.before.test.calls.some((name) => helpers.has(name)) &&
      pair.before.test.body === pair.after.test.body
    )
      return [];
    const line = pair.after.test.line;
    // What calls nothing that it did not call before has only lost; else a library that is not known may assert.
    const none =
      after.length === 0 && pair.after.test.calls.every((name) => pair.before.test.calls.includes(name));
    return [{ file: pair.after.file, title: pair.after.test.title, line, fewer, none }];
  });
  return groupBy(found, ({ file, none }) => `${file}:${none}`).map((tests): Draft => {
    const [first] = tests;
    const fewer = tests.reduce((sum, one) => sum + one.fewer, 0);
    const what = first?.none ? "no assertion is left" : `${count(fewer, "assertion")} fewer`;
    return {
      severity: first?.none ? "block" : "review",
      path: first?.file ?? "",
      line: first?.line ?? 1,
      message: `${what} in ${nameSome(tests.map(({ title }) => title))}`,
    };
  });
}

interface Weak {
  readonly severity: Draft["severity"];
  readonly line: number;
  readonly message: string;
}

const strong = (assertions: readonly Assertion[]): number =>
  assertions.filter(({ strength }) => strength === 3).length;
const say = ({ subject, matcher, expected }: Assertion): string =>
  cut(
    [subject, matcher, expected]
      .filter(Boolean)
      .join(" ")
      .replace(/\((?:Member|Call|Array|Object)Expression |[()]/g, ""),
  );

/** Says that a place was reached. */
const isMark = ({ matcher, subject }: Assertion): boolean =>
  matcher === "pass" || (matcher === "truthy" && subject.startsWith('"'));

function weakenedIn(difference: Difference): Weak[] {
  const { before, after, gone, come } = difference;
  const found: Weak[] = [];
  const constant = (one: Assertion) => one.strength === 0 || isMark(one);
  const [lost, put] = [gone.filter((one) => !constant(one)), come.filter(constant)];
  // As many that say something as before, and a constant besides, is no loss.
  if (
    lost.length > come.length - put.length &&
    after.filter(constant).length > before.filter(constant).length
  )
    for (const one of put)
      found.push({
        severity: isMark(one) ? "review" : "block",
        line: one.line,
        message: `it holds whatever the code does: ${say(one)}`,
      });
  const swallowed = (list: readonly Assertion[]) => list.filter((one) => one.swallowed);
  const [caught] = swallowed(after);
  if (
    caught &&
    swallowed(after).length > swallowed(before).length &&
    before.length > swallowed(before).length
  )
    found.push({
      severity: "block",
      line: caught.line,
      message: `its failure is caught and dropped: ${say(caught)}`,
    });
  const floating = (list: readonly Assertion[]) => list.filter((one) => one.floating);
  const [loose] = floating(after);
  if (loose && floating(after).length > floating(before).length && before.some(({ floating }) => !floating))
    found.push({ severity: "review", line: loose.line, message: `nobody waits for it: ${say(loose)}` });
  return [...found, ...vaguerIn(gone, come, strong(after) < strong(before), before.length)];
}

/** Says on which side of a value it lies, or which one it is not. */
const isBound = ({ matcher }: Assertion): boolean =>
  /^(?:not\.|not$|!==?$|[<>]=?$|toBe(?:Greater|Less)Than|is(?:Above|Below|AtLeast|AtMost)$|above$|below$|least$|most$|assert(?:Greater|Less|NotEqual|NotIn)|notEqual|notStrictEqual|notDeepEqual|notDeepStrictEqual)/.test(
    matcher,
  );

/** Assertions about one thing, in one test. */
const mostAlike = 100;

/** Pairs what is gone with what came for it, by what it looks at, and tells where less is said of it now. */
function vaguerIn(
  gone: readonly Assertion[],
  come: readonly Assertion[],
  isWeaker: boolean,
  all: number,
): Weak[] {
  const found: Weak[] = [];
  const free = new Set(come.filter((one) => one.strength > 0 && !isMark(one)));
  const tell = (old: Assertion, now: Assertion) => {
    const fell = old.strength - now.strength;
    const wilder = now.wild > old.wild && now.literals.length < old.literals.length;
    if (!isWeaker && !wilder) return;
    if (fell >= 2 || (old.strength === 3 && isBound(now)))
      found.push({
        severity: "review",
        line: now.line,
        message: `says less than before: ${say(old)} became ${say(now)}`,
      });
    else if (fell === 1 || wilder)
      found.push({
        severity: "note",
        line: now.line,
        message: `says somewhat less than before: ${say(old)} became ${say(now)}`,
      });
  };
  const unmatched: Assertion[] = [];
  const bySubject = indexBy(free, ({ subject }) => subject);
  for (const old of gone) {
    const same = (bySubject.get(old.subject) ?? []).filter((one) => free.has(one)).slice(0, mostAlike);
    const best =
      same.find(({ matcher }) => matcher === old.matcher) ?? same.sort((a, b) => b.strength - a.strength)[0];
    if (!best) unmatched.push(old);
    else {
      free.delete(best);
      tell(old, best);
    }
  }
  // Under other names nothing but the order tells, and only where all else is as it was.
  if (unmatched.length !== free.size || unmatched.length * 2 > all + 1) return found;
  const rest = [...free];
  for (const [index, old] of unmatched.entries()) {
    const now = rest[index];
    if (now && old.strength - now.strength >= 2) tell(old, now);
  }
  return found;
}

/** A new test all of whose assertions always hold, and that calls nothing that may check. */
function hollowTests(change: JudgedChange): Draft[] {
  return change.added
    .filter(
      (placed) =>
        placed.test.assertions.length > 0 &&
        change.assertionsOf(placed, "after").every(({ strength }) => strength === 0) &&
        change.unknownChecksOf(placed, "after") === 0,
    )
    .map(
      ({ test, file }): Draft => ({
        severity: "review",
        path: file,
        line: test.line,
        message: `the new test "${cut(test.title)}" holds whatever the code does`,
      }),
    );
}

/** Assertions that stay in number and say less. */
export function assessWeakened(change: JudgedChange): Draft[] {
  const told = new Set<string>();
  const found = readDifferences(change).flatMap((difference) =>
    weakenedIn(difference).flatMap(({ severity, line, message }): Draft[] => {
      const path = difference.pair.after.file;
      const key = `${path}:${line}:${message}`;
      if (told.has(key)) return [];
      told.add(key);
      return [{ severity, path, line, message: `in "${cut(difference.pair.after.test.title)}": ${message}` }];
    }),
  );
  return [...found, ...hollowTests(change)];
}
