import type { LoggedAttempt } from "./attempt.ts";
import { type Actual, type RefusalRule, type ReplayedAttempt, refusalRules, simulate } from "./simulate.ts";

/** Tokens of attempts: what is known, and of how many attempts it is not. */
export interface TokenSum {
  readonly known: number;
  readonly attemptsUnknown: number;
}

export interface RuleSummary {
  readonly rule: RefusalRule;
  readonly refused: number;
  /** What it would have refused without the other rules. */
  readonly refusedAlone: number;
  readonly tokensSaved: TokenSum;
  readonly actual: Readonly<Record<Actual, number>>;
}

export interface ReplaySummary {
  readonly attempts: number;
  readonly outcomes: Readonly<Record<LoggedAttempt["outcome"], number>>;
  readonly runs: number;
  readonly phases: number;
  readonly tokens: TokenSum;
  readonly refused: number;
  readonly tokensSaved: TokenSum;
  readonly actual: Readonly<Record<Actual, number>>;
  readonly rules: readonly RuleSummary[];
}

export function summariseReplay(rows: readonly ReplayedAttempt[]): ReplaySummary {
  const attempts = rows.map(({ attempt }) => attempt);
  const refused = rows.filter(({ refusal }) => refusal);
  const outcomes = attempts.map(({ outcome }) => outcome);
  return {
    attempts: attempts.length,
    outcomes: {
      succeeded: count(outcomes, "succeeded"),
      failed: count(outcomes, "failed"),
      unfinished: count(outcomes, "unfinished"),
    },
    runs: new Set(attempts.map(({ run }) => run)).size,
    phases: new Set(attempts.map(({ run, phase }) => JSON.stringify([run, phase]))).size,
    tokens: sumTokens(rows),
    refused: refused.length,
    tokensSaved: sumTokens(refused),
    actual: countActual(refused),
    rules: refusalRules.map((rule) => {
      const own = refused.filter(({ refusal }) => refusal?.rule === rule);
      return {
        rule,
        refused: own.length,
        refusedAlone: simulate(attempts, [rule]).filter(({ refusal }) => refusal).length,
        tokensSaved: sumTokens(own),
        actual: countActual(own),
      };
    }),
  };
}

const count = <T>(items: readonly T[], item: T): number => items.filter((other) => other === item).length;

function countActual(refused: readonly ReplayedAttempt[]): Record<Actual, number> {
  const actual = refused.map(({ refusal }) => refusal?.actual);
  return {
    "same-cause": count(actual, "same-cause"),
    "other-cause": count(actual, "other-cause"),
    succeeded: count(actual, "succeeded"),
    unfinished: count(actual, "unfinished"),
  };
}

function sumTokens(rows: readonly ReplayedAttempt[]): TokenSum {
  const tokens = rows.map(({ attempt }) => attempt.tokens);
  return {
    known: tokens.reduce<number>((sum, some) => sum + (some ?? 0), 0),
    attemptsUnknown: count(tokens, undefined),
  };
}
