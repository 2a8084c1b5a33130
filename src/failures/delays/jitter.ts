/** What a back-off is drawn from. `random` gives numbers from 0 to below 1. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The wait before this one; left out: there was none. */
  readonly previousMs?: number | undefined;
  readonly random: () => number;
}

/**
 * Decorrelated jitter: somewhere between the first wait and three times the one before, and never above the longest. Those who
 * were refused together come back apart, and later each time.
 */
export function drawBackOff({ firstMs, maxMs, previousMs = firstMs, random }: BackOff): number {
  const most = Math.max(firstMs, previousMs * 3);
  return Math.ceil(Math.min(maxMs, firstMs + random() * (most - firstMs)));
}
