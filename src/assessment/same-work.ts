import type { DeliverableEvidence } from "../domain/assessment.ts";
import type { PhaseRecord } from "../domain/record.ts";

/** Two phases with this much of their paths in common are the same work. */
const sameFrom = 0.8;

/** A phase with the paths that could be judged of it. */
export interface Work {
  readonly phase: PhaseRecord;
  readonly paths: ReadonlySet<string>;
}

export const nameOfPhase = ({ runId, phaseId }: { runId: string; phaseId: string }): string =>
  `${runId}/${phaseId}`;

/** The paths of a phase that were judged, at either revision. */
export function judgedPaths(deliverables: readonly DeliverableEvidence[]): Set<string> {
  const judged = deliverables.filter(
    ({ now, asRecorded }) => now.state !== "unjudged" || asRecorded.state !== "unjudged",
  );
  return new Set(judged.flatMap(({ path }) => (path === null ? [] : [path])));
}

/** Jaccard's index: what both have, of what either has; 0 for two empty sets. */
export function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let both = 0;
  for (const path of small) if (large.has(path)) both++;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

export const isSameWork = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  similarity(a, b) >= sameFrom;

/** Whether a person or program worked at it, as far as the record tells. */
export const wasAttempted = ({ attempts, recorded }: PhaseRecord): boolean =>
  attempts.length > 0 || recorded === "complete" || recorded === "failed";

/** All phases with the very same paths. */
interface Group {
  readonly paths: ReadonlySet<string>;
  /** Where the last one stands that was attempted or is complete; -1: none was. */
  last: number;
}

/**
 * For each phase the last one of the same work that came later and was attempted or is complete: phase to phase, as
 * `RUN/PHASE`. `works` in the order of time. A phase that is the last of its group is not in it.
 */
export function findSuperseding(works: readonly Work[]): Map<string, string> {
  const groups = new Map<string, Group>();
  const groupOf = works.map(({ phase, paths }, index) => {
    const key = [...paths].sort().join("\0");
    const group = groups.get(key) ?? { paths, last: -1 };
    groups.set(key, group);
    if (wasAttempted(phase)) group.last = index;
    return group;
  });
  const latest = latestAlike([...groups.values()]);
  const superseding = new Map<string, string>();
  for (const [index, { phase }] of works.entries()) {
    const later = works[Math.max(index, latest.get(groupOf[index] as Group) ?? -1)];
    if (later && later.phase !== phase) superseding.set(nameOfPhase(phase), nameOfPhase(later.phase));
  }
  return superseding;
}

/** Where the last attempted phase of the same work stands, for each group. */
function latestAlike(groups: readonly Group[]): Map<Group, number> {
  const byPath = new Map<string, Group[]>();
  for (const group of groups)
    for (const path of group.paths) {
      const known = byPath.get(path);
      if (known) known.push(group);
      else byPath.set(path, [group]);
    }
  return new Map(
    groups.map((group) => {
      // Of two alike, each lacks at most a fifth of what either has: so few paths cannot all be missing in the other.
      const few = group.paths.size - Math.ceil(sameFrom * group.paths.size) + 1;
      const rarest = [...group.paths]
        .map((path) => byPath.get(path) ?? [])
        .sort((a, b) => a.length - b.length)
        .slice(0, few);
      const alike = new Set(rarest.flat());
      let last = -1;
      for (const other of alike)
        if (other.last > last && isSameWork(group.paths, other.paths)) last = other.last;
      return [group, last];
    }),
  );
}
