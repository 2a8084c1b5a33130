import type { LoggedTry } from "../../domain/record-events.ts";
import { redact } from "../../domain/redact.ts";
import type { LoggedAttempt } from "./attempt.ts";

/** Attempts of logs as a record keeps them, by run; null: the log names none. Times stay local, as they were printed. */
export function toTries(attempts: readonly LoggedAttempt[]): Map<string | null, LoggedTry[]> {
  const byRun = new Map<string | null, LoggedTry[]>();
  for (const attempt of attempts) {
    const run = attempt.run ?? null;
    const tries = byRun.get(run) ?? [];
    const same = tries.filter(
      ({ phaseId, startedAt }) => phaseId === attempt.phase && startedAt === printed(attempt.start),
    );
    tries.push(toTry(attempt, same.length + 1));
    byRun.set(run, tries);
  }
  return byRun;
}

const printed = (at: number): string => new Date(at).toISOString().slice(0, 23);

const toTry = (attempt: LoggedAttempt, nth: number): LoggedTry => ({
  phaseId: attempt.phase,
  startedAt: printed(attempt.start),
  nth,
  endedAt: attempt.end === undefined ? null : printed(attempt.end),
  outcome: attempt.outcome,
  status: attempt.status ?? null,
  cause: attempt.cause ? redact(attempt.cause.message, []) : null,
  causeKind: attempt.cause?.kind ?? null,
  fingerprint: attempt.cause?.fingerprint ?? null,
  tokens: attempt.tokens ?? null,
  model: attempt.model ?? null,
});
