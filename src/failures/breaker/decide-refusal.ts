import type { BreakerScope, Inputs } from "../../domain/breaker.ts";
import { matches } from "./inputs.ts";
import type { Breaker, Registry } from "./registry.ts";

/** Something that is about to be tried: all the scopes it is in, and all that its outcome may depend on. */
export interface Candidate {
  readonly scopes: readonly BreakerScope[];
  readonly inputs: Inputs;
}

export type Refusal =
  /** It would fail as before: refused until one of the breaker's inputs changes, or a person resets it. */
  | { readonly until: "change"; readonly breaker: Breaker }
  /** A provider failed again and again: a cheap probe goes first, and not before `notBefore`. */
  | { readonly until: "probe"; readonly breaker: Breaker; readonly notBefore: string | undefined };

/**
 * Whether a try is refused, and until what; null: it may go ahead. `now` is only read where somebody's probe is under way: no
 * refusal that waits for a change ever ends by the clock.
 */
export function decideRefusal(registry: Registry, candidate: Candidate, now: Date): Refusal | null {
  const open = candidate.scopes
    .flatMap((scope) => registry.inScope(scope))
    .filter(({ openedAt, inputs }) => openedAt !== undefined && matches(inputs, candidate.inputs));
  const lasting = open.find(({ decidedBy }) => decidedBy !== "provider");
  if (lasting) return { until: "change", breaker: lasting };
  const [breaker] = open;
  if (!breaker) return null;
  return { until: "probe", breaker, notBefore: probingUntil(breaker, now) ?? breaker.notBefore };
}

/** Until when another one's probe is waited for; undefined where there is none, or its time is over. */
export const probingUntil = ({ probing }: Breaker, now: Date): string | undefined =>
  probing && Date.parse(probing.until) > now.getTime() ? probing.until : undefined;

/** Whether anything is remembered of the candidate's scopes: if not, its inputs need not be known. */
export const isKnown = (registry: Registry, scopes: readonly BreakerScope[]): boolean =>
  scopes.some((scope) => registry.inScope(scope).length > 0);
