import type { Recommendation } from "../domain/assessment.ts";
import type { PhaseRecord, RunRecord } from "../domain/record.ts";

export type Effort = Recommendation["effortMinutes"];
/** Minutes that a phase takes, by what is known of ones like it; null: nothing is known. */
export type EffortEstimator = (phase: PhaseRecord, share: number) => Effort;

/** Fewer examples say nothing. */
const fewest = 3;
const longestMinutes = 7 * 24 * 60;

/**
 * Learns from the phases recorded complete how long such a phase takes: the middle half of those of the same
 * complexity, else of all. `share` is the part of it that is left to do.
 */
export function createEffortEstimator(runs: readonly RunRecord[]): EffortEstimator {
  const all: number[] = [];
  const byComplexity = new Map<string, number[]>();
  for (const { phases } of runs)
    for (const phase of phases) {
      const minutes = minutesOf(phase);
      if (phase.recorded !== "complete" || minutes === null) continue;
      all.push(minutes);
      const key = complexityOf(phase);
      byComplexity.set(key, [...(byComplexity.get(key) ?? []), minutes]);
    }
  const overall = middleHalf(all, "complete phases");
  const middles = new Map(
    [...byComplexity].map(([key, minutes]) => [
      key,
      middleHalf(minutes, `complete phases of complexity ${key}`),
    ]),
  );
  return (phase, share) => {
    const middle = middles.get(complexityOf(phase)) ?? overall;
    if (!middle) return null;
    const [low, high] = [Math.round(middle.low * share), Math.round(middle.high * share)];
    return { low: Math.max(1, low), high: Math.max(1, high), basis: middle.basis };
  };
}

/** Recorded spellings of one complexity differ in case alone. */
const complexityOf = ({ complexity }: PhaseRecord): string => complexity?.toLowerCase() || "unknown";

function minutesOf({ beginning, end }: PhaseRecord): number | null {
  if (!beginning?.certain || !end?.certain) return null;
  const minutes = (Date.parse(end.at) - Date.parse(beginning.at)) / 60_000;
  return minutes > 0 && minutes <= longestMinutes ? minutes : null;
}

function middleHalf(minutes: readonly number[], of: string): NonNullable<Effort> | undefined {
  if (minutes.length < fewest) return undefined;
  const sorted = [...minutes].sort((a, b) => a - b);
  const at = (quantile: number): number => sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0;
  return { low: at(0.25), high: at(0.75), basis: `the middle half of ${minutes.length} ${of}` };
}
