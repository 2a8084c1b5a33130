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

/** The commit that an attempt's builder starts from: of a repair, the change that it is to mend. */
export function startOf({ attempts }: PhaseState, attempt: AttemptState): string {
  if (attempt.chosen?.step !== "repair") return attempt.base;
  return lastFailed({ attempts: attempts.slice(0, attempt.attempt - 1) })?.change?.commit ?? attempt.base;
}
