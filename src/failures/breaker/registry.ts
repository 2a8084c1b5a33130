import {
  type BreakerEvent,
  type BreakerEventData,
  type BreakerId,
  type BreakerScope,
  breakerEventTypes,
  type SeenFailure,
  type Try,
} from "../../domain/breaker.ts";
import { canonicalJson } from "../../domain/canonical.ts";
import type { DecidedBy } from "../../domain/decided-by.ts";
import { matches } from "./inputs.ts";
import { foldLimits, isLimitEvent, type Limits } from "./limits.ts";

/** An event with its time, ISO 8601. Those of other kinds are passed over. */
export interface Remembered {
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

/** A cause that was seen, and whether it is closed off. */
export interface Breaker extends BreakerId {
  /** As it was seen last. */
  readonly failure: SeenFailure;
  readonly decidedBy: DecidedBy;
  /** How often it was seen, with nothing that it depends on changed and no success in between. */
  readonly count: number;
  readonly opensAt: number;
  /** The latest last, and no more than are worth showing. */
  readonly tries: readonly (Try & { readonly at: string })[];
  /** Undefined while it is counted and not closed off. */
  readonly openedAt?: string;
  /** Of one that a provider decided: no probe before this instant. */
  readonly notBefore?: string;
  /** How many probes have failed since it opened. */
  readonly probes: number;
  /** Somebody is probing; after `until` nobody waits for that any more. */
  readonly probing?: { readonly runId: string; readonly until: string };
}

/** What the runs of a repository know of failures: a fold of their events, and nothing else. */
export interface Registry {
  /** All breakers, open or counting, in the order in which they were first seen. */
  all(): Breaker[];
  /** Those of a scope. */
  inScope(scope: BreakerScope): readonly Breaker[];
  /** Whether the failure of a try is in it, or was. */
  holds(tried: Try): boolean;
  /** The limits of providers that hold, or after which builders begin one by one. */
  readonly limits: Limits;
  /** Takes one more event in. */
  apply(event: Remembered): void;
}

const mostTries = 5;

/** The registry after `events`. The same events give the same registry. */
export function foldRegistry(events: Iterable<Remembered> = []): Registry {
  const scopes = new Map<string, Map<string, Breaker>>();
  const tried = new Set<string>();
  const limits = foldLimits();
  const find = ({ scope, ...rest }: BreakerId) => scopes.get(scopeKey(scope))?.get(breakerKey(rest));
  const put = (breaker: Breaker) => {
    const key = scopeKey(breaker.scope);
    const known = scopes.get(key) ?? new Map<string, Breaker>();
    scopes.set(key, known.set(breakerKey(breaker), breaker));
  };
  const remove = ({ scope, ...rest }: BreakerId) => {
    const key = scopeKey(scope);
    scopes.get(key)?.delete(breakerKey(rest));
    if (scopes.get(key)?.size === 0) scopes.delete(key);
  };
  const inScope = (scope: BreakerScope) => [...(scopes.get(scopeKey(scope))?.values() ?? [])];
  const all = () => [...scopes.values()].flatMap((known) => [...known.values()]);

  const registry: Registry = {
    all,
    inScope,
    limits,
    holds: (one) => tried.has(tryKey(one)),
    apply(remembered) {
      if (isLimitEvent(remembered)) return limits.apply(remembered);
      if (!isBreakerEvent(remembered)) return;
      const { at } = remembered;
      switch (remembered.type) {
        case "failure-recorded": {
          if (tried.has(tryKey(remembered.data))) return;
          tried.add(tryKey(remembered.data));
          put(afterFailure(find(remembered.data), remembered.data, at));
          return;
        }
        case "success-recorded":
          for (const breaker of remembered.data.scopes.flatMap(inScope))
            if (isEndedBy(breaker, remembered.data)) remove(breaker);
          return;
        case "probe-started": {
          const breaker = find(remembered.data);
          const { runId, until } = remembered.data;
          if (breaker) put({ ...breaker, probing: { runId, until } });
          return;
        }
        case "probe-ended": {
          const breaker = find(remembered.data);
          if (!breaker) return;
          if (remembered.data.passed) remove(breaker);
          else put(afterProbe(breaker, remembered.data.notBefore));
          return;
        }
        case "breaker-reset":
          for (const breaker of all())
            if (breaker.fingerprint === remembered.data.fingerprint) remove(breaker);
          limits.forget(remembered.data.fingerprint);
      }
    },
  };
  for (const event of events) registry.apply(event);
  return registry;
}

function afterFailure(
  before: Breaker | undefined,
  data: BreakerEventData["failure-recorded"],
  at: string,
): Breaker {
  const { fingerprint, scope, inputs, failure, decidedBy, opensAt, notBefore, ...tried } = data;
  const { runId, phaseId, attempt } = tried;
  const count = (before?.count ?? 0) + 1;
  const openedAt = before?.openedAt ?? (count >= opensAt ? at : undefined);
  return {
    fingerprint,
    scope,
    inputs,
    failure,
    decidedBy,
    count,
    opensAt,
    tries: [...(before?.tries ?? []), { runId, phaseId, attempt, at }].slice(-mostTries),
    probes: before?.probes ?? 0,
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(before?.probing ? { probing: before.probing } : {}),
  };
}

/** Whether a success ends it: one with the same inputs, or, of a phase, a later one in the run in which it failed. */
export function isEndedBy(
  { inputs, scope, tries }: Breaker,
  success: BreakerEventData["success-recorded"],
): boolean {
  if (matches(inputs, success.inputs)) return true;
  return (
    scope.kind === "phase" &&
    tries.some(({ runId, phaseId }) => runId === success.runId && phaseId === success.phaseId)
  );
}

function afterProbe({ probing, ...breaker }: Breaker, notBefore: string): Breaker {
  return { ...breaker, notBefore, probes: breaker.probes + (probing ? 1 : 0) };
}

const isBreakerEvent = (event: Remembered): event is BreakerEvent & { readonly at: string } =>
  (breakerEventTypes as readonly string[]).includes(event.type);

const scopeKey = ({ kind, name }: BreakerScope): string => `${kind} ${name}`;
const breakerKey = ({ fingerprint, inputs }: Omit<BreakerId, "scope">): string =>
  canonicalJson([fingerprint, inputs]);
const tryKey = ({ runId, phaseId, attempt }: Try): string => canonicalJson([runId, phaseId, attempt]);
