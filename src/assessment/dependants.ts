import type { PhaseRecord, RunRecord } from "../domain/record.ts";
import { nameOfPhase } from "./same-work.ts";

/** For each phase, as `RUN/PHASE`, all phases of its run that need it, directly or not, in the run's order. */
export function findDependants(run: RunRecord): Map<string, readonly PhaseRecord[]> {
  const direct = new Map<string, PhaseRecord[]>();
  for (const phase of run.phases)
    for (const needed of phase.dependsOn) {
      const known = direct.get(needed);
      if (known) known.push(phase);
      else direct.set(needed, [phase]);
    }
  return new Map(
    run.phases.map((phase) => {
      if (!direct.has(phase.phaseId)) return [nameOfPhase(phase), []];
      const found = new Set<PhaseRecord>();
      const queue = [phase.phaseId];
      for (let id = queue.pop(); id !== undefined; id = queue.pop())
        // A record may hold a cycle: a phase does not need itself.
        for (const dependant of direct.get(id) ?? [])
          if (dependant !== phase && !found.has(dependant)) {
            found.add(dependant);
            queue.push(dependant.phaseId);
          }
      return [nameOfPhase(phase), [...found].sort((a, b) => a.ord - b.ord)];
    }),
  );
}
