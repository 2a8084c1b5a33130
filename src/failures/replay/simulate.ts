import type { BreakerScope, Inputs } from "../../domain/breaker.ts";
import { decideRefusal } from "../breaker/decide-refusal.ts";
import { opensAt } from "../breaker/opens-at.ts";
import { foldRegistry } from "../breaker/registry.ts";
import type { Cause, LoggedAttempt } from "./attempt.ts";

/** The rules that refuse an attempt before it starts, in the order in which they are asked. */
export const refusalRules = ["plan", "outcome-not-stored", "breaker"] as const;
export type RefusalRule = (typeof refusalRules)[number];

/** What a refused attempt came to without the refusal, measured against what it would have been refused for. */
export type Actual = "same-cause" | "other-cause" | "succeeded" | "unfinished";

export interface ReplayedRefusal {
  /** The first of the rules that refuse. */
  readonly rule: RefusalRule;
  readonly because: string;
  readonly actual: Actual;
}

export interface ReplayedAttempt {
  readonly attempt: LoggedAttempt;
  readonly refusal?: ReplayedRefusal;
}

/** An attempt that is about to start, and what it depends on. */
export interface NextTry {
  readonly scope: string;
  readonly inputs: Inputs;
}

/** What an attempt would be refused for, and how often that was seen with these inputs. */
interface OpenBreaker extends Pick<Cause, "decidedBy"> {
  readonly fingerprint: string;
  readonly count: number;
}

/** A breaker as the replay needs it; another than ours can be put through the same logs. */
export interface SimulatedBreaker {
  decide(next: NextTry): OpenBreaker | undefined;
  /** Causes without a fingerprint are equal to none, and are not remembered. */
  remember(failed: NextTry, cause: Cause & { readonly fingerprint: string }): void;
  forget(succeeded: NextTry): void;
}

const run = { runId: "replay" };
const scopeOf = ({ scope }: NextTry): BreakerScope => ({ kind: "phase", name: scope });
/** No time passes in a replay, and nothing asks it: what waits for a probe is never remembered. */
const noTime = new Date(0);

/** The breaker of this program, with what a log shows of an attempt for its inputs. */
export function createSimulatedBreaker(): SimulatedBreaker {
  const registry = foldRegistry();
  const at = noTime.toISOString();
  let attempt = 0;
  const tryOf = ({ scope }: NextTry) => ({ ...run, phaseId: scope, attempt: ++attempt });
  return {
    decide(next) {
      const refusal = decideRefusal(registry, { scopes: [scopeOf(next)], inputs: next.inputs }, noTime);
      return refusal && "breaker" in refusal ? refusal.breaker : undefined;
    },
    remember(failed, { kind, message, fingerprint, decidedBy }) {
      // The ancestor has no probe: such failures only wait.
      if (decidedBy === "provider") return;
      registry.apply({
        type: "failure-recorded",
        at,
        data: {
          ...tryOf(failed),
          fingerprint,
          scope: scopeOf(failed),
          inputs: failed.inputs,
          failure: { class: decidedBy, kind, message },
          decidedBy,
          opensAt: opensAt(decidedBy, Number.POSITIVE_INFINITY),
        },
      });
    },
    forget(succeeded) {
      const { inputs } = succeeded;
      const data = { ...tryOf(succeeded), scopes: [scopeOf(succeeded)], inputs };
      registry.apply({ type: "success-recorded", at, data });
    },
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

  const decide = (attempt: LoggedAttempt, scope: string): ReplayedRefusal | undefined => {
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
          because: `${refused.fingerprint}, ${refused.decidedBy}, ${refused.count} times`,
          same: attempt.cause?.fingerprint === refused.fingerprint,
        }
      : undefined;
  };
  const learn = (attempt: LoggedAttempt, scope: string): void => {
    if (attempt.notStored) waiting.set(scope, { process: attempt.process, ...attempt.notStored });
    const tried = { scope, inputs: inputsOf(attempt) };
    if (attempt.outcome === "succeeded") breaker.forget(tried);
    const { cause } = attempt;
    if (cause?.fingerprint !== undefined)
      breaker.remember(tried, { ...cause, fingerprint: cause.fingerprint });
  };

  return attempts.map((attempt) => {
    const scope = JSON.stringify([attempt.run ?? null, attempt.phase]);
    const refusal = decide(attempt, scope);
    if (!refusal) learn(attempt, scope);
    return refusal ? { attempt, refusal } : { attempt };
  });
}

/** What a log shows of an attempt's inputs. What it does not print is the same as what it did not print before. */
const inputsOf = ({ process, base = "", replans, model = "", scope = "" }: LoggedAttempt): Inputs => ({
  process,
  base,
  replans: String(replans),
  model,
  scope,
});

function compare(attempt: LoggedAttempt, same: boolean): Actual {
  if (attempt.outcome !== "failed") return attempt.outcome;
  return same ? "same-cause" : "other-cause";
}
