/** A phase as far as its order is concerned. */
export interface OrderedPhase {
  readonly id: string;
  /** Index of its tier. */
  readonly tier: number;
  /** Ids of phases; changed in place. */
  readonly dependsOn: string[];
  readonly paths: readonly string[];
}

export interface DroppedDependency {
  readonly id: string;
  readonly on: string;
  readonly why: "circle" | "later-tier" | "itself";
}

/** Takes out dependencies that no run could keep: on itself, on a later tier, and the one that closes a circle. */
export function dropImpossible(phases: readonly OrderedPhase[]): DroppedDependency[] {
  const byId = new Map(phases.map((phase) => [phase.id, phase]));
  const dropped: DroppedDependency[] = [];
  const drop = (phase: OrderedPhase, on: string, why: DroppedDependency["why"]) => {
    phase.dependsOn.splice(phase.dependsOn.indexOf(on), 1);
    dropped.push({ id: phase.id, on, why });
  };
  for (const phase of phases) {
    const later = phase.dependsOn.filter((on) => (byId.get(on)?.tier ?? 0) > phase.tier);
    if (phase.dependsOn.includes(phase.id)) drop(phase, phase.id, "itself");
    for (const on of later) drop(phase, on, "later-tier");
  }
  // Depth first without recursion, for a chain may be as long as the plan.
  const state = new Map<string, "open" | "done">();
  for (const first of phases) {
    const stack: { readonly phase: OrderedPhase; next: number }[] = [];
    if (!state.has(first.id)) stack.push({ phase: first, next: 0 });
    state.set(first.id, state.get(first.id) ?? "open");
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const on = top.phase.dependsOn[top.next];
      const target = on === undefined ? undefined : byId.get(on);
      if (on === undefined) {
        state.set(top.phase.id, "done");
        stack.pop();
      } else if (state.get(on) === "open") drop(top.phase, on, "circle");
      else {
        top.next++;
        if (target !== undefined && !state.has(on)) {
          state.set(on, "open");
          stack.push({ phase: target, next: 0 });
        }
      }
    }
  }
  return dropped;
}

const mostSteps = 20_000_000;

/**
 * Makes phases that deliver one file follow each other in the order of the source; gives back who now waits. Where that
 * takes too long to find out, the rest is left as it is, and lint says so.
 */
export function orderShared(phases: readonly OrderedPhase[]): readonly string[] {
  const byId = new Map(phases.map((phase) => [phase.id, phase]));
  /** Each list in the order that holds by then. */
  const owners = new Map<string, readonly OrderedPhase[]>();
  const waiting = new Set<string>();
  let steps = 0;
  const isBefore = (first: OrderedPhase, second: OrderedPhase): boolean => {
    if (first.tier !== second.tier) return first.tier < second.tier;
    const seen = new Set<string>();
    const stack = [second];
    for (let phase = stack.pop(); phase !== undefined && steps < mostSteps; phase = stack.pop()) {
      for (const on of phase.dependsOn) {
        steps++;
        if (on === first.id) return true;
        const target = byId.get(on);
        if (target === undefined || seen.has(on) || target.tier !== second.tier) continue;
        seen.add(on);
        stack.push(target);
      }
    }
    return false;
  };
  for (const phase of phases) {
    for (const path of new Set(phase.paths)) {
      const before = owners.get(path) ?? [];
      let place = 0;
      // From the last back: whoever follows that one follows those before it too.
      for (const [index, other] of [...before.entries()].toReversed()) {
        const follows = isBefore(other, phase);
        const leads = !follows && isBefore(phase, other);
        if (steps >= mostSteps) return [...waiting];
        if (leads) continue;
        if (!follows) {
          phase.dependsOn.push(other.id);
          waiting.add(phase.id);
        }
        place = index + 1;
        break;
      }
      owners.set(path, before.toSpliced(place, 0, phase));
    }
  }
  return [...waiting];
}
