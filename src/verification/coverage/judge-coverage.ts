import { type CoverageDelta, type LineCount, showPercent } from "../../domain/coverage.ts";
import type { FindingSeverity } from "../../domain/finding.ts";
import type { CoveragePolicy } from "../../domain/plan.ts";

export interface CoverageReason {
  readonly severity: FindingSeverity;
  readonly message: string;
}

const mostNamed = 5;

/**
 * What a coverage says against a change; nothing when there is no reason. Thresholds are compared with exact counts,
 * not with rounded figures. What is not known breaks no threshold: `unmeasured` decides, where the plan wanted
 * coverage; elsewhere it is a note.
 */
export function judgeCoverage(
  delta: CoverageDelta,
  policy: CoveragePolicy,
  wanted: boolean,
): { readonly reasons: readonly CoverageReason[] } {
  const severity = wanted && policy.unmeasured !== "allow" ? policy.unmeasured : "note";
  const unknown = (message: string): CoverageReason[] => [{ severity, message }];
  const { total, baseline, changed } = delta;
  if (!total.measured) return { reasons: wanted ? unknown(`coverage was not measured: ${total.why}`) : [] };
  return {
    reasons: [
      ...(changed.measured
        ? judgeChanged(changed.value, delta, policy.minChanged)
        : policy.minChanged === undefined
          ? []
          : unknown(`coverage of the changed lines is not known: ${changed.why}`)),
      ...(baseline.measured
        ? judgeDrop(total.value, baseline.value, delta.deleted, policy.maxDrop)
        : policy.maxDrop === undefined
          ? []
          : unknown(`there is no coverage to compare with: ${baseline.why}`)),
      ...judgeUnmeasured(delta).flatMap(unknown),
    ],
  };
}

function judgeChanged(
  count: LineCount,
  { uncovered }: CoverageDelta,
  minChanged: number | undefined,
): CoverageReason[] {
  if (minChanged === undefined || count.covered * 100 >= minChanged * count.total) return [];
  const places = uncovered.flatMap(({ path, lines }) =>
    lines.map(({ from, to }) => (from === to ? `${path}:${from}` : `${path}:${from}-${to}`)),
  );
  const message = `of the changed lines ${showPercent(count)} are covered (${count.covered} of ${count.total}), and ${minChanged} % is the least: not covered ${named(places)}`;
  return [{ severity: "block", message }];
}

/**
 * How far the total fell. Files that the change deleted took their lines with them, and no test is worse for it: a
 * fall that is within bounds without them is only noted.
 */
function judgeDrop(
  total: LineCount,
  baseline: LineCount,
  deleted: LineCount | undefined,
  maxDrop: number | undefined,
): CoverageReason[] {
  if (maxDrop === undefined || !exceeds(total, baseline, maxDrop)) return [];
  const message = `coverage fell from ${showPercent(baseline)} to ${showPercent(total)}, by more than ${maxDrop} points`;
  const kept = {
    covered: baseline.covered - (deleted?.covered ?? 0),
    total: baseline.total - (deleted?.total ?? 0),
  };
  return exceeds(total, kept, maxDrop)
    ? [{ severity: "block", message }]
    : [{ severity: "note", message: `${message}, because covered files were deleted` }];
}

/** A baseline without lines has nothing to fall from; a total without lines fell to nothing. */
function exceeds(total: LineCount, baseline: LineCount, maxDrop: number): boolean {
  const now = total.total === 0 ? { covered: 0, total: 1 } : total;
  const fall = baseline.covered * now.total - now.covered * baseline.total;
  return fall * 100 > maxDrop * baseline.total * now.total;
}

function judgeUnmeasured({ unmeasured = [] }: CoverageDelta): string[] {
  const paths = (since: "never" | "no-longer") =>
    unmeasured.filter((file) => file.since === since).map(({ path }) => path);
  const [never, gone] = [paths("never"), paths("no-longer")];
  return [
    ...(gone.length > 0 ? [`files were measured at the base and are no longer: ${named(gone)}`] : []),
    ...(never.length > 0 ? [`changed files are in no coverage report: ${named(never)}`] : []),
  ];
}

const named = (places: readonly string[]): string =>
  places.slice(0, mostNamed).join(", ") +
  (places.length > mostNamed ? ` and ${places.length - mostNamed} more` : "");
