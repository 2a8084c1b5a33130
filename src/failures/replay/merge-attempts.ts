import type { LoggedAttempt } from "./attempt.ts";

export interface MergedAttempts {
  /** In the order of their starts. */
  readonly attempts: readonly LoggedAttempt[];
  /** Attempts that stand in more than one of the logs, counted once for each further log. */
  readonly duplicates: number;
}

/**
 * The attempts of several logs, of which some may be copies of one log at different times: one attempt is the same
 * run, phase and start, and the log that tells its end is believed. Within one log nothing is a copy.
 */
export function mergeAttempts(logs: readonly (readonly LoggedAttempt[])[]): MergedAttempts {
  const known = new Map<string, LoggedAttempt>();
  let found = 0;
  for (const log of logs) {
    const inThisLog = new Map<string, number>();
    for (const attempt of log) {
      const name = JSON.stringify([attempt.run ?? null, attempt.phase, attempt.start]);
      const nth = (inThisLog.get(name) ?? 0) + 1;
      inThisLog.set(name, nth);
      const key = `${nth} ${name}`;
      const earlier = known.get(key);
      known.set(key, earlier && tellsMore(earlier, attempt) ? earlier : attempt);
      found++;
    }
  }
  const attempts = [...known.values()].toSorted((a, b) => a.start - b.start);
  return { attempts, duplicates: found - attempts.length };
}

const tellsMore = (a: LoggedAttempt, b: LoggedAttempt): boolean =>
  b.outcome === "unfinished" || (a.outcome !== "unfinished" && b.notStored === undefined);
