import type { PhaseRecord } from "../../domain/record.ts";
import { isSameWork, nameOfPhase, wasAttempted } from "../same-work.ts";

/** Phases with the very same targets, by the first of them that was attempted. */
interface EarlierWork {
  readonly targets: ReadonlySet<string>;
  readonly name: string;
  readonly from: number;
}

export interface PriorWork {
  /**
   * The earlier attempted phase of the same work which had begun when `target` was changed last, before this phase did:
   * `RUN/PHASE`, or null.
   */
  find(phase: PhaseRecord, target: string, changedAt: number, before: number): string | null;
}

/** A target that so many phases share is looked up in the earliest of them only. */
const mostLookedAt = 2000;

export function targetsOf({ expectations }: PhaseRecord): Set<string> {
  return new Set(
    expectations.flatMap(({ target }) =>
      target.kind === "prose" ? [] : [target.kind === "glob" ? target.glob : target.path],
    ),
  );
}

export const secondsOf = (at: string): number => Math.floor(Date.parse(at) / 1000);

export function createPriorWork(phases: readonly PhaseRecord[]): PriorWork {
  const groups = new Map<string, EarlierWork>();
  for (const phase of phases) {
    if (!phase.beginning || !wasAttempted(phase)) continue;
    const targets = targetsOf(phase);
    const key = [...targets].sort().join("\0");
    const from = secondsOf(phase.beginning.at);
    const known = groups.get(key);
    if (!known || from < known.from) groups.set(key, { targets, name: nameOfPhase(phase), from });
  }
  const byTarget = new Map<string, EarlierWork[]>();
  for (const group of [...groups.values()].sort((a, b) => a.from - b.from))
    for (const target of group.targets) {
      const known = byTarget.get(target);
      if (known) known.push(group);
      else byTarget.set(target, [group]);
    }
  return {
    find(phase, target, changedAt, before) {
      const own = targetsOf(phase);
      for (const earlier of byTarget.get(target)?.slice(0, mostLookedAt) ?? []) {
        if (earlier.from > changedAt || earlier.from >= before) return null;
        if (isSameWork(own, earlier.targets)) return earlier.name;
      }
      return null;
    },
  };
}
