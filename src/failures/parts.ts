import type { Part } from "../domain/chain.ts";
import type { PhaseState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";

/** The part that follows one that is built, or is tried again where it was not; undefined: the whole phase. */
export function partAfter(last: AttemptState | undefined): Part | undefined {
  if (last?.outcome === "continued" && last.part) return { ...last.part, number: last.part.number + 1 };
  // What the checks say of the whole is not for the last part alone to mend.
  return last?.verification ? undefined : last?.part;
}

/** The first of the parts that the phase has, one for each deliverable; null where it has no two. */
export const firstPartOf = ({ spec }: Pick<PhaseState, "spec">): Part | null =>
  spec.deliverables.length < 2 ? null : { number: 1, of: spec.deliverables.length };
