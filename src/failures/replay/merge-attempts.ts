import type { LoggedAttempt } from "./attempt.ts";
import type { ReadLog } from "./read-log.ts";

export interface MergedAttempts {
  /** In the order of their starts. */
  readonly attempts: readonly LoggedAttempt[];
  /** Attempts that stand in more than one of the logs, counted once for each further log. */
  readonly duplicates: number;
}

/**
 * The attempts of several logs, of which some may be copies of one log at different times: one attempt is the same
 * run, phase and start. The log that goes further is believed, but for an end that only the other tells. Within one
 * log nothing is a copy.
 */
export function mergeAttempts(logs: readonly ReadLog[]): MergedAttempts {
  const known = new Map<string, LoggedAttempt>();
  let found = 0;
  for (const log of logs.toSorted((a, b) => a.until - b.until)) {
    const inThisLog = new Map<string, number>();
    for (const attempt of log.attempts) {
      const name = JSON.stringify([attempt.run ?? null, attempt.phase, attempt.start]);
      const nth = (inThisLog.get(name) ?? 0) + 1;
      inThisLog.set(name, nth);
      const key = `${nth} ${name}`;
      const earlier = known.get(key);
      const onlyEnd = attempt.outcome === "unfinished" && earlier?.outcome !== "unfinished";
      known.set(key, earlier && onlyEnd ? earlier : attempt);
      found++;
    }
  }
  const attempts = [...known.values()].toSorted((a, b) => a.start - b.start);
  return { attempts, duplicates: found - attempts.length };
}
