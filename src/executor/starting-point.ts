import { repairOf } from "../domain/builders.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";

export const lastFailed = ({ attempts }: Pick<PhaseState, "attempts">): AttemptState | undefined =>
  attempts.findLast(({ outcome }) => outcome === "failed");

/**
 * What mends the last failed attempt by itself: the `fix` of the check that failed on the attempt's own change. None where it
 * failed only once merged with what others did.
 */
export function repairFor({ created }: RunState, phase: PhaseState): PinnedBuilder | undefined {
  const { verification, base, failure } = lastFailed(phase) ?? {};
  const failed = verification?.checks.find(({ kind, outcome }) => kind === "check" && outcome === "failed");
  if (!failed || verification?.onto !== base || failure?.class !== "quality") return undefined;
  return repairOf(created, failed.name);
}

/** The last attempt that built a part which others follow. */
const lastContinued = (attempts: readonly AttemptState[]): AttemptState | undefined =>
  attempts.findLast(({ outcome }) => outcome === "continued");

/** The attempt whose change the next one goes on from: that it repairs, or that built the part before. */
function goesOnFrom(
  attempts: readonly AttemptState[],
  { chosen, part }: Pick<AttemptState, "chosen" | "part">,
): AttemptState | undefined {
  if (chosen?.step === "repair") return lastFailed({ attempts });
  return part && part.number > 1 ? lastContinued(attempts) : undefined;
}

/** The commit that the next attempt is judged against: what goes on from a change has that one's. */
export const baseOf = (
  { attempts }: Pick<PhaseState, "attempts">,
  next: Pick<AttemptState, "chosen" | "part">,
): string | undefined => goesOnFrom(attempts, next)?.base;

/** The commit that an attempt's builder starts from. */
export const startOf = ({ attempts }: Pick<PhaseState, "attempts">, attempt: AttemptState): string =>
  goesOnFrom(attempts.slice(0, attempt.attempt - 1), attempt)?.change?.commit ?? attempt.base;
