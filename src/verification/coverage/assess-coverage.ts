import {
  type ChangedLines,
  type CoverageDelta,
  type LineCount,
  type LineRange,
  type Measure,
  maxListedPaths,
  maxListedRanges,
} from "../../domain/coverage.ts";
import { isTestPath } from "../../domain/paths.ts";
import { type Coverage, countLines, countWithin } from "./file-lines.ts";

export interface CoverageMeasures {
  readonly baseline: Measure<Coverage>;
  readonly now: Measure<Coverage>;
  readonly changed: Measure<ChangedLines>;
}

/**
 * Coverage of a tree beside its baseline.
 *
 * Totals are the tools' own: what a report measures and no more. The changed lines are counted as diff-cover counts
 * them: the lines that `git diff -U0` adds, of the new side, with renames found as git finds them by default, so that
 * a moved file's lines are changed only where they differ; of these only the ones that a report measures, whichever
 * of several reports; covered are those with a hit in any. Lines that are blank, comments or excluded are in no
 * report and count nowhere; so do removed lines. Where no changed line is measured, the total is 0, for which
 * diff-cover prints 100 %: here there is nothing to judge. diff-cover cuts its percentage to a whole number; here
 * counts are compared.
 *
 * What diff-cover passes over is named: files that no report has, although the change touches them and others of
 * their kind are measured, and files that the baseline measured and that are no longer.
 */
export function assessCoverage({ baseline, now, changed }: CoverageMeasures): CoverageDelta {
  const rest = { total: countAll(now), baseline: countAll(baseline) };
  if (!now.measured) return { ...rest, changed: now, uncovered: [] };
  if (!changed.measured) return { ...rest, changed, uncovered: [] };
  const { count, uncovered } = countChanged(now.value, changed.value);
  const unmeasured = findUnmeasured(baseline.measured ? baseline.value : new Map(), now.value, changed.value);
  const deleted = baseline.measured ? countDeleted(baseline.value, changed.value) : null;
  return {
    ...rest,
    changed: { measured: true, value: count },
    uncovered,
    ...(deleted ? { deleted } : {}),
    ...(unmeasured.length > 0 ? { unmeasured: unmeasured.slice(0, maxListedPaths) } : {}),
  };
}

const countAll = (coverage: Measure<Coverage>): Measure<LineCount> =>
  coverage.measured ? { measured: true, value: countLines(coverage.value.values()) } : coverage;

function countChanged(now: Coverage, { files }: ChangedLines) {
  let [covered, total, room] = [0, 0, maxListedRanges];
  const uncovered: { path: string; lines: readonly LineRange[] }[] = [];
  for (const path of [...files.keys()].sort()) {
    const [file, change] = [now.get(path), files.get(path)];
    if (!file || !change) continue;
    const within = countWithin(file, change.ranges);
    covered += within.count.covered;
    total += within.count.total;
    const lines = within.uncovered.slice(0, room);
    room -= lines.length;
    if (lines.length > 0) uncovered.push({ path, lines });
  }
  return { count: { covered, total }, uncovered };
}

function countDeleted(baseline: Coverage, { deleted }: ChangedLines): LineCount | null {
  const files = [...deleted].flatMap((path) => baseline.get(path) ?? []);
  return files.length > 0 ? countLines(files) : null;
}

type Unmeasured = NonNullable<CoverageDelta["unmeasured"]>;

function findUnmeasured(baseline: Coverage, now: Coverage, { files, deleted }: ChangedLines): Unmeasured {
  const movedTo = new Map([...files].flatMap(([path, { oldPath }]) => (oldPath ? [[oldPath, path]] : [])));
  const gone = new Set(
    [...baseline]
      .filter(([path, { lines }]) => lines.length > 0 && !deleted.has(path))
      .map(([path]) => movedTo.get(path) ?? path)
      .filter((path) => !now.has(path)),
  );
  const kinds = new Set([...baseline.keys(), ...now.keys()].map(kindOf));
  const never = [...files].flatMap(([path, { ranges }]) =>
    ranges.length > 0 && !now.has(path) && !gone.has(path) && kinds.has(kindOf(path)) && !isNoSource(path)
      ? [path]
      : [],
  );
  return [
    ...[...gone].sort().map((path) => ({ path, since: "no-longer" as const })),
    ...never.sort().map((path) => ({ path, since: "never" as const })),
  ];
}

const kindOf = (path: string): string => /\.[^./]+$/.exec(path)?.[0] ?? "";

/** What coverage tools leave out of themselves: tests, declarations without code, configuration of tools. */
const isNoSource = (path: string): boolean =>
  isTestPath(path) || /\.d\.[cm]?ts$|\.config\.[cm]?[jt]s$|(?:^|\/)conftest\.py$/.test(path);
