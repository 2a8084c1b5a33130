import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageFixture, fileLines, readText } from "../../../test/harness/coverage.ts";
import { git, writeTree } from "../../../test/harness/temp.ts";
import { openUser } from "../../../test/harness/workspaces.ts";
import type { ChangedLines, LineRange, Measure } from "../../domain/coverage.ts";
import { readChangedLines } from "../../platform/changed-lines.ts";
import { assessCoverage } from "./assess-coverage.ts";
import { type Coverage, mergeCoverage } from "./file-lines.ts";

interface RecordedCase {
  readonly name: string;
  readonly base: Readonly<Record<string, string>>;
  readonly now: Readonly<Record<string, string>>;
  readonly delete?: readonly string[];
  readonly reports: readonly string[];
  readonly diffCover: {
    readonly lines: number;
    readonly violations: number;
    readonly percent: number;
    readonly files: Readonly<Record<string, readonly number[]>>;
  };
}
const recorded: readonly RecordedCase[] = JSON.parse(coverageFixture("diff-cover.json"));

const measured = <T>(value: T): Measure<T> => ({ measured: true, value });
const notMeasured = (why: string): Measure<never> => ({ measured: false, why });
const nothing: Measure<Coverage> = measured(new Map());
const linesIn = (ranges: readonly LineRange[]) =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

/** A change of lines that lie where they lay; null: a deleted file. */
const changeOf = (files: Readonly<Record<string, readonly LineRange[] | null>>): Measure<ChangedLines> =>
  measured({
    files: new Map(
      Object.entries(files).flatMap(([path, ranges]) => (ranges ? [[path, { oldPath: path, ranges }]] : [])),
    ),
    deleted: new Set(Object.keys(files).filter((path) => files[path] === null)),
  });
const coverageOf = (files: Readonly<Record<string, Readonly<Record<number, number>>>>): Measure<Coverage> =>
  measured(new Map(Object.entries(files).map(([path, hits]) => [path, fileLines(hits)])));

test.each(recorded)("changed lines are counted as diff-cover printed them: $name", async (one) => {
  const { root, base, world, repository } = await openUser(one.base);
  for (const path of one.delete ?? []) rmSync(join(root, path));
  writeTree(root, one.now);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "-m", "Now");
  const head = git(root, "rev-parse", "HEAD").trim();
  const paths = new Set(git(root, "ls-files", "-z").split("\0").slice(0, -1));
  const reports = await Promise.all(
    one.reports.map(async (text) => {
      const report = await readText(text, { root: "/work/project", paths });
      if (!report.ok) throw new Error(report.error.message);
      return report.value.files;
    }),
  );
  const now = mergeCoverage(reports);
  const changed = await readChangedLines(world, repository, base, head, {
    fileBytes: 1_000_000,
    bytes: 1_000_000,
  });
  const delta = assessCoverage({ baseline: nothing, now: measured(now), changed });
  const { lines, violations, percent, files } = one.diffCover;
  expect(delta.changed).toEqual(measured({ total: lines, covered: lines - violations }));
  expect(Math.trunc(((lines - violations) / lines) * 100) || 0).toBe(lines === 0 ? 0 : percent);
  expect(Object.fromEntries(delta.uncovered.map(({ path, lines }) => [path, linesIn(lines)]))).toEqual(
    Object.fromEntries(Object.entries(files).filter(([, uncovered]) => uncovered.length > 0)),
  );
  if (one.name === "files that no report has")
    expect(delta.unmeasured).toEqual([{ path: "tools/release.py", since: "never" }]);
});

test("totals are the reports' own, and what was not measured keeps its reason", () => {
  const now = coverageOf({ "a.ts": { 1: 1, 2: 0 }, "b.ts": { 5: 2 } });
  const baseline = coverageOf({ "a.ts": { 1: 1 } });
  const changed = changeOf({ "a.ts": [{ from: 2, to: 3 }] });
  expect(assessCoverage({ baseline, now, changed })).toEqual({
    total: measured({ covered: 2, total: 3 }),
    baseline: measured({ covered: 1, total: 1 }),
    changed: measured({ covered: 0, total: 1 }),
    uncovered: [{ path: "a.ts", lines: [{ from: 2, to: 2 }] }],
  });
  expect(assessCoverage({ baseline, now: notMeasured("no report"), changed })).toEqual({
    total: notMeasured("no report"),
    baseline: measured({ covered: 1, total: 1 }),
    changed: notMeasured("no report"),
    uncovered: [],
  });
  const unknown = notMeasured("too large");
  expect(assessCoverage({ baseline: notMeasured("no tests"), now, changed: unknown })).toEqual({
    total: measured({ covered: 2, total: 3 }),
    baseline: notMeasured("no tests"),
    changed: unknown,
    uncovered: [],
  });
});

test("files that were measured and are no longer are named, moved ones by where they are, deleted ones not", () => {
  const moved: Measure<ChangedLines> = measured({
    files: new Map([
      ["src/new.ts", { oldPath: "src/old.ts", ranges: [] }],
      ["src/kept.ts", { oldPath: "lib/kept.ts", ranges: [] }],
      ["src/quiet.ts", { oldPath: "src/quiet.ts", ranges: [{ from: 1, to: 1 }] }],
    ]),
    deleted: new Set(["src/gone.ts"]),
  });
  const baseline = coverageOf({
    "src/old.ts": { 1: 1 },
    "lib/kept.ts": { 1: 1 },
    "src/gone.ts": { 1: 1, 2: 0 },
    "src/quiet.ts": { 1: 1 },
    "src/types.ts": {},
  });
  const delta = assessCoverage({ baseline, now: coverageOf({ "src/kept.ts": { 1: 1 } }), changed: moved });
  expect(delta.unmeasured).toEqual([
    { path: "src/new.ts", since: "no-longer" },
    { path: "src/quiet.ts", since: "no-longer" },
  ]);
  expect(delta.deleted).toEqual({ covered: 1, total: 2 });
});

test("changed files of a kind that is measured, and that no report has, are named; what no tool measures is not", () => {
  const line = [{ from: 1, to: 1 }];
  const changed = changeOf({
    "src/new.ts": line,
    "src/moved-only.ts": [],
    "src/new.test.ts": line,
    "tests/harness.ts": line,
    "src/types.d.ts": line,
    "vitest.config.ts": line,
    "README.md": line,
    Makefile: line,
  });
  const delta = assessCoverage({ baseline: nothing, now: coverageOf({ "src/a.ts": { 1: 1 } }), changed });
  expect(delta.unmeasured).toEqual([{ path: "src/new.ts", since: "never" }]);
});

test("what is listed stays bounded, what is counted does not", () => {
  const odd = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [2 * index + 1, 0]));
  const names = Array.from({ length: 120 }, (_, index) => `n${index}.ts`);
  const ranges = [{ from: 1, to: Number.MAX_SAFE_INTEGER }];
  const changed = changeOf({
    "a.ts": ranges,
    "b.ts": ranges,
    ...Object.fromEntries(names.map((name) => [name, ranges])),
  });
  const delta = assessCoverage({ baseline: nothing, now: coverageOf({ "a.ts": odd, "b.ts": odd }), changed });
  expect(delta.changed).toEqual(measured({ covered: 0, total: 1000 }));
  expect(delta.uncovered.flatMap(({ lines }) => lines)).toHaveLength(200);
  expect(delta.unmeasured).toHaveLength(50);
});

const hitsArbitrary = fc.dictionary(
  fc.integer({ min: 1, max: 30 }).map(String),
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 }), fc.constant(0xffff_ffff)),
  { maxKeys: 12 },
);
const fileArbitrary = fc.record({
  hits: hitsArbitrary,
  uncounted: fc.nat(2),
  blocks: fc.option(
    fc
      .dictionary(fc.constantFrom("1.1,2.2", "3.1,4.2"), fc.nat(3), { noNullPrototype: true })
      .map(
        (blocks) =>
          new Map(Object.entries(blocks).map(([key, hits]) => [key, { statements: key.length, hits }])),
      ),
  ),
});
const coverageArbitrary: fc.Arbitrary<Coverage> = fc
  .dictionary(fc.constantFrom("a.ts", "b.ts", "c.ts"), fileArbitrary)
  .map(
    (files) =>
      new Map(
        Object.entries(files).map(([path, { hits, uncounted, blocks }]) => [
          path,
          { ...fileLines(hits), uncounted, blocks },
        ]),
      ),
  );
const sorted = (coverage: Coverage) => [...coverage].toSorted(([a], [b]) => (a < b ? -1 : 1));

test("merging reports: in any order and grouping the same, one alone itself, and no line is less covered by it", () => {
  fc.assert(
    fc.property(coverageArbitrary, coverageArbitrary, coverageArbitrary, (a, b, c) => {
      const merge = (...list: Coverage[]) => mergeCoverage(list);
      const all = merge(a, b, c);
      expect(sorted(merge(c, b, a))).toEqual(sorted(all));
      expect(sorted(merge(merge(a, b), c))).toEqual(sorted(all));
      expect(sorted(merge(a, merge(b, c)))).toEqual(sorted(all));
      expect(sorted(merge(a))).toEqual(sorted(a));
      for (const [path, { lines, hits }] of a)
        lines.forEach((line, index) => {
          const file = all.get(path)!;
          expect(file.hits[file.lines.indexOf(line)]).toBeGreaterThanOrEqual(hits[index] ?? 0);
        });
    }),
  );
});

const rangesArbitrary = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 })
  .map((lines) => lines.toSorted((a, b) => a - b).map((line) => ({ from: line, to: line })));

test("covering one line more raises covered by that line at most, and changes no total", () => {
  fc.assert(
    fc.property(hitsArbitrary, rangesArbitrary, fc.integer({ min: 1, max: 30 }), (hits, ranges, line) => {
      const assess = (lines: Record<string, number>) =>
        assessCoverage({
          baseline: nothing,
          now: coverageOf({ "a.ts": lines }),
          changed: changeOf({ "a.ts": ranges }),
        });
      fc.pre(line in hits);
      const [before, after] = [assess(hits), assess({ ...hits, [line]: hits[line] || 1 })];
      if (!before.changed.measured || !after.changed.measured) throw new Error("not measured");
      const isWon = hits[line] === 0 && ranges.some(({ from }) => from === line);
      expect(after.changed.value).toEqual({
        covered: before.changed.value.covered + (isWon ? 1 : 0),
        total: before.changed.value.total,
      });
      const { covered, total } = before.changed.value;
      const uncovered = before.uncovered.flatMap(({ lines }) => linesIn(lines));
      expect(uncovered).toHaveLength(total - covered);
      expect(uncovered).toEqual(
        Object.keys(hits)
          .map(Number)
          .filter((one) => hits[one] === 0 && ranges.some(({ from }) => from === one)),
      );
    }),
  );
});
