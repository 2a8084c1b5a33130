import { count, type Draft, groupBy, nameSome } from "./draft.ts";
import { wordsOf } from "./javascript-tree.ts";
import type { Mark, Test } from "./model.ts";
import { likeness } from "./pair-files.ts";
import { bodyLikeness, maxComparisons, type Placed } from "./pair-tests.ts";
import { type JudgedChange, keyOf } from "./read-change.ts";

const stem = (path: string): string =>
  path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/^tests?[_-](?=.)/, "")
    .replace(/(?:[._-](?:test|spec|tests))?\.[cm]?[jt]sx?$|(?:_test)?\.pyi?$/, "")
    .split(".")
    .at(-1) ?? "";

/** How alike an old test and one with a table must be, values aside, for the one to stand for the other. */
const alikeInTable = 0.5;
const withoutValues = (test: Test): string[] => test.words.filter((word) => !/^["#]/.test(word));

/** Tells whether a test with a table or in a loop says what a removed one said. */
function createTableIndex(change: JudgedChange): (placed: Placed) => boolean {
  const grown = change.kept.filter(
    ({ before, after }) =>
      (after.test.many && !before.test.many) ||
      (after.test.cases?.length ?? 0) > (before.test.cases?.length ?? 0),
  );
  const tables = [...change.added, ...grown.map(({ after }) => after)]
    .filter(({ test }) => test.many)
    .map(({ test }) => withoutValues(test));
  if (tables.length * change.removed.length > maxComparisons) return () => false;
  return ({ test }) => tables.some((words) => likeness(withoutValues(test), words) >= alikeInTable);
}

/** Tells whether a test does nothing but hold other tests. */
function createHolderIndex(change: JudgedChange): (placed: Placed) => boolean {
  const before = [...change.removed, ...change.kept.map((pair) => pair.before)];
  const suites = new Set(
    before.flatMap(({ test, file }) => {
      const names = test.suite.split(" > ");
      return names.map((_, at) => `${file}\n${names.slice(0, at + 1).join(" > ")}`);
    }),
  );
  return ({ test, file }) =>
    test.assertions.length === 0 &&
    suites.has(`${file}\n${[test.suite, test.title].filter(Boolean).join(" > ")}`);
}

/** Whether all it asserted is now asserted by others. */
function isMovedApart(change: JudgedChange, placed: Placed): boolean {
  const own = placed.test.assertions.filter(({ strength }) => strength > 0);
  return (
    own.length > 0 &&
    own.every(
      (assertion) => change.surplus.has(keyOf(assertion)) && (change.surplus.get(keyOf(assertion)) ?? 0) >= 0,
    )
  );
}

/** Whether what the test was about went with it. */
function isSubjectGone(change: JudgedChange, { file }: Placed): boolean {
  const imports = change.files.find(({ path }) => path === file)?.before?.imports ?? [];
  const gone = change.files
    .filter(({ newPath, wasTest }) => newPath === null && !wasTest)
    .map(({ path }) => stem(path));
  return gone.some(
    (name) =>
      name !== "" &&
      name !== "index" &&
      (name === stem(file) ||
        imports.some((path) => stem(`${path.replaceAll(".", "/")}`) === name || stem(path) === name)),
  );
}

/** Names of functions that production code had and has no more. */
function goneFunctions(change: JudgedChange): Set<string> {
  const production = change.files.filter(({ wasTest, isTest }) => !wasTest && !isTest);
  const names = (side: "before" | "after") =>
    production.flatMap((file) => [...(file[side]?.helpers.keys() ?? [])]);
  const kept = new Set(names("after"));
  return new Set(names("before").filter((name) => !kept.has(name)));
}

/** Whether new tests of the file say at least as much as the removed ones did. */
function isReplaced(change: JudgedChange, removed: readonly Placed[]): boolean {
  const file = removed[0]?.file;
  const added = change.added.filter((one) => one.file === file && !one.test.skip);
  const weigh = (tests: readonly Placed[], side: "before" | "after") =>
    tests.flatMap((one) => change.assertionsOf(one, side)).filter(({ strength }) => strength >= 2).length;
  return added.length >= removed.length && weigh(added, "after") >= weigh(removed, "before");
}

/**
 * Tests that were there and are no more, under no name and in no file of the change. A test that was skipped, or
 * could not fail, is no loss.
 */
export function assessRemoved(change: JudgedChange): Draft[] {
  const isHolder = createHolderIndex(change);
  const isInTable = createTableIndex(change);
  const lost = change.removed.filter(
    (placed) =>
      !isHolder(placed) &&
      !placed.test.skip &&
      !placed.test.empty &&
      !isInTable(placed) &&
      !isMovedApart(change, placed),
  );
  const gone = goneFunctions(change);
  const drafts = groupBy(lost, ({ file }) => file).map((tests): Draft => {
    const first = tests[0] as Placed;
    const known =
      isSubjectGone(change, first) || tests.every(({ test }) => test.words.some((word) => gone.has(word)));
    const replaced = !known && isReplaced(change, tests);
    const why = known ? "; what they tested went too" : replaced ? "; others took their place" : "";
    return {
      severity: known || replaced ? "note" : "review",
      path: first.file,
      line: first.test.line,
      message: `${count(tests.length, "test")} removed: ${nameSome(tests.map(({ test }) => test.title))}${why}`,
    };
  });
  return [...drafts, ...assessRows(change)];
}

/** How much of a row must stand in a new test for the row to have become that test. */
const shareOfRow = 0.6;
function isOwnTest(change: JudgedChange, row: string): boolean {
  const words = wordsOf(row);
  return change.added.some(
    ({ test }) =>
      words.filter((word) => test.words.includes(word) || word === JSON.stringify(test.title)).length >=
      words.length * shareOfRow,
  );
}

/** Rows that went out of a test's table. */
function assessRows(change: JudgedChange): Draft[] {
  return change.kept.flatMap(({ before, after }): Draft[] => {
    const [old, now] = [before.test.cases, after.test.cases];
    if (!old || !now || now.length >= old.length) return [];
    const missing = old.filter((row) => !now.includes(row) && !isOwnTest(change, row)).length;
    if (missing === 0) return [];
    return [
      {
        severity: "review",
        path: after.file,
        line: after.test.line,
        message: `${count(missing, "row")} removed from the table of "${after.test.title}"`,
      },
    ];
  });
}

/** One finding for one mark, however many tests are below it. */
const byMark = (found: readonly { placed: Placed; mark: Mark; isNew: boolean }[]) =>
  groupBy(found, ({ placed, mark }) => `${placed.file}:${mark.line}:${mark.how}`);

/** Tests that stay in the file and no longer run, or are expected to fail. */
export function assessSkipped(change: JudgedChange): Draft[] {
  const kept = change.kept.flatMap(({ before, after }) => {
    const [old, mark] = [before.test.skip, after.test.skip];
    const isWorse = mark && (!old || (old.conditional && !mark.conditional));
    return isWorse ? [{ placed: after, mark, isNew: false }] : [];
  });
  const added = change.added.flatMap((placed) =>
    placed.test.skip && !placed.test.skip.conditional && placed.test.body !== ""
      ? [{ placed, mark: placed.test.skip, isNew: true }]
      : [],
  );
  return byMark([...kept, ...added]).map((marked): Draft => {
    const { placed, mark, isNew } =
      marked.find((one) => !one.isNew) ?? (marked[0] as (typeof marked)[number]);
    const names = nameSome(marked.map((one) => one.placed.test.title));
    const what = `${count(marked.length, "test")} ${mark.conditional ? "skipped on a condition" : "skipped"} (${mark.how}): ${names}`;
    return {
      severity: isNew ? "note" : mark.conditional ? "review" : "block",
      path: placed.file,
      line: mark.line,
      message: isNew ? `${what}; new` : what,
    };
  });
}

/** A test that is alone in running: all others of its file no longer do. */
export function assessFocused(change: JudgedChange): Draft[] {
  const kept = change.kept.filter(({ before }) => !before.test.focus).map(({ after }) => after);
  const marked = [...kept, ...change.added].flatMap((placed) =>
    placed.test.focus ? [{ placed, mark: placed.test.focus, isNew: false }] : [],
  );
  return byMark(marked).map(([first]): Draft => {
    const { placed, mark } = first as (typeof marked)[number];
    return {
      severity: "block",
      path: placed.file,
      line: mark.line,
      message: `only this runs (${mark.how}): "${placed.test.title}"`,
    };
  });
}

/** Tests that stay by name, and hold nothing that can fail. */
export function assessEmptied(change: JudgedChange): Draft[] {
  return change.kept
    .filter(({ before, after }) => after.test.empty && !before.test.empty && !after.test.opaque)
    .map(
      ({ after }): Draft => ({
        severity: "block",
        path: after.file,
        line: after.test.line,
        message: `nothing is left in "${after.test.title}" that can fail`,
      }),
    );
}

export const isComparable = (before: Test, after: Test): boolean =>
  !before.opaque &&
  !after.opaque &&
  !after.empty &&
  !(after.skip && !before.skip) &&
  !(after.many && !before.many) &&
  (before.title === after.title || bodyLikeness(before, after) > 0);
