import {
  type BreakerMemory,
  type BreakerRefusal,
  createBreakerMemory,
  decideRefusal,
  type FailedTry,
  forgetFailures,
  type Inputs,
  type NextTry,
  rememberFailure,
} from "../decide-refusal.ts";
import type { LoggedAttempt } from "./attempt.ts";

/** The rules that refuse an attempt before it starts, in the order in which they are asked. */
export const refusalRules = ["plan", "outcome-not-stored", "breaker"] as const;
export type RefusalRule = (typeof refusalRules)[number];

/** What a refused attempt came to without the refusal, measured against what it would have been refused for. */
export type Actual = "same-cause" | "other-cause" | "succeeded" | "unfinished";

export interface Refusal {
  /** The first of the rules that refuse. */
  readonly rule: RefusalRule;
  readonly because: string;
  readonly actual: Actual;
}

export interface ReplayedAttempt {
  readonly attempt: LoggedAttempt;
  readonly refusal?: Refusal;
}

/** A breaker as the replay needs it; another than ours can be put through the same logs. */
export interface SimulatedBreaker {
  decide(next: NextTry): BreakerRefusal | undefined;
  remember(failed: FailedTry): void;
  forget(scope: string): void;
}

export function createSimulatedBreaker(): SimulatedBreaker {
  const memory: BreakerMemory = createBreakerMemory();
  return {
    decide: (next) => decideRefusal(memory, next),
    remember: (failed) => rememberFailure(memory, failed),
    forget: (scope) => forgetFailures(memory, scope),
  };
}

/**
 * What would have been refused of attempts in the order of their starts. What a refused attempt did leaves no trace:
 * it is not there for the breaker, and it has no outcome that waits to be stored.
 */
export function simulate(
  attempts: readonly LoggedAttempt[],
  rules: readonly RefusalRule[] = refusalRules,
  breaker: SimulatedBreaker = createSimulatedBreaker(),
): ReplayedAttempt[] {
  /** By phase: the last outcome that could not be written. */
  const waiting = new Map<string, { readonly process: string; readonly at: number; readonly why: string }>();

  const decide = (attempt: LoggedAttempt, scope: string): Refusal | undefined => {
    for (const rule of rules) {
      const { because, same } = ask(rule, attempt, scope) ?? {};
      if (because !== undefined) return { rule, because, actual: compare(attempt, same ?? false) };
    }
    return undefined;
  };
  const ask = (rule: RefusalRule, attempt: LoggedAttempt, scope: string) => {
    if (rule === "plan")
      return attempt.planRefusal === undefined
        ? undefined
        : { because: attempt.planRefusal, same: attempt.rejected || attempt.cause?.kind === "plan-gate" };
    if (rule === "outcome-not-stored") {
      const outcome = waiting.get(scope);
      const open = outcome?.process === attempt.process && !((attempt.storedBefore ?? -1) >= outcome.at);
      return open ? { because: outcome.why, same: attempt.notStored !== undefined } : undefined;
    }
    const refused = breaker.decide({ scope, inputs: inputsOf(attempt) });
    return refused
      ? {
          because: `${refused.fingerprint}, ${refused.decidedBy}, ${refused.failures} times`,
          same: attempt.cause?.fingerprint === refused.fingerprint,
        }
      : undefined;
  };
  const learn = (attempt: LoggedAttempt, scope: string): void => {
    if (attempt.notStored) waiting.set(scope, { process: attempt.process, ...attempt.notStored });
    if (attempt.outcome === "succeeded") breaker.forget(scope);
    const { fingerprint, decidedBy } = attempt.cause ?? {};
    if (fingerprint !== undefined && decidedBy)
      breaker.remember({ scope, inputs: inputsOf(attempt), fingerprint, decidedBy });
  };

  return attempts.map((attempt) => {
    const scope = JSON.stringify([attempt.run ?? null, attempt.phase]);
    const refusal = decide(attempt, scope);
    if (!refusal) learn(attempt, scope);
    return refusal ? { attempt, refusal } : { attempt };
  });
}

/** What a log shows of an attempt's inputs. What it does not print is the same as what it did not print before. */
function inputsOf({ process, base, replans, model, scope }: LoggedAttempt): Inputs {
  return {
    process,
    replans: String(replans),
    ...(base === undefined ? {} : { base }),
    ...(model === undefined ? {} : { model }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function compare(attempt: LoggedAttempt, same: boolean): Actual {
  if (attempt.outcome !== "failed") return attempt.outcome;
  return same ? "same-cause" : "other-cause";
}
