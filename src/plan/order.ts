import type { ParsedPhase } from "./parse-phase.ts";

/** Which phases come before which, by tiers and by `depends_on`. */
export interface PhaseOrder {
  /** By id; the first of several phases with one id. */
  readonly byId: ReadonlyMap<string, ParsedPhase>;
  /** Circles of `depends_on`, each from one phase round to itself: `[a, b, a]`. */
  readonly cycles: readonly (readonly string[])[];
  /** Whether `a` has always ended before `b` starts. */
  isBefore(a: ParsedPhase, b: ParsedPhase): boolean;
}

export function orderPhases(phases: readonly ParsedPhase[]): PhaseOrder {
  const byId = new Map<string, ParsedPhase>();
  for (const phase of phases) if (!byId.has(phase.spec.id)) byId.set(phase.spec.id, phase);
  const before = new Map<string, Set<string>>();

  function ancestorsOf(id: string): Set<string> {
    const known = before.get(id);
    if (known !== undefined) return known;
    const ancestors = new Set<string>();
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const dependency of byId.get(next)?.spec.dependsOn ?? []) {
        if (ancestors.has(dependency)) continue;
        ancestors.add(dependency);
        open.push(dependency);
      }
    }
    before.set(id, ancestors);
    return ancestors;
  }

  return {
    byId,
    cycles: findCycles(byId),
    isBefore: (a, b) => a.tier < b.tier || ancestorsOf(b.spec.id).has(a.spec.id),
  };
}

/** One circle after the other, each without the phases that earlier ones took out. */
function findCycles(byId: ReadonlyMap<string, ParsedPhase>): string[][] {
  const left = new Map([...byId].map(([id, { spec }]) => [id, spec.dependsOn.filter((on) => byId.has(on))]));
  const cycles: string[][] = [];
  for (;;) {
    removeStartable(left);
    const first = left.keys().next().value;
    if (first === undefined) return cycles;
    // Everything left waits for something left, so following it must come round.
    const walk = [first];
    for (;;) {
      const next = (left.get(walk.at(-1) as string) ?? []).find((id) => left.has(id)) as string;
      const seen = walk.indexOf(next);
      walk.push(next);
      if (seen === -1) continue;
      const cycle = walk.slice(seen);
      cycles.push(cycle);
      left.delete(cycle[0] as string);
      break;
    }
  }
}

/** Takes out whatever waits for nothing that is left, until nothing of that sort is left. */
function removeStartable(left: Map<string, string[]>): void {
  for (let removed = true; removed; ) {
    removed = false;
    for (const [id, dependencies] of left) {
      if (dependencies.some((dependency) => left.has(dependency))) continue;
      left.delete(id);
      removed = true;
    }
  }
}
