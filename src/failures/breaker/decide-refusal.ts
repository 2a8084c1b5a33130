import type { BreakerScope, Inputs, Try } from "../../domain/breaker.ts";
import { matches } from "./inputs.ts";
import type { Limit } from "./limits.ts";
import type { Breaker, Registry } from "./registry.ts";
import { hasTurn, heldUntil } from "./turns.ts";

/** Something that is about to be tried: all the scopes it is in, and all that its outcome may depend on. */
export interface Candidate {
  readonly scopes: readonly BreakerScope[];
  readonly inputs: Inputs;
  /** With which providers' accounts, by whom; left out: no limit of a provider concerns it. */
  readonly uses?: { readonly accounts: readonly string[]; readonly tried: Try };
}

export type Refusal =
  /** It would fail as before: refused until one of the breaker's inputs changes, or a person resets it. */
  | { readonly until: "change"; readonly breaker: Breaker }
  /** A provider failed again and again: a cheap probe goes first, and not before `notBefore`. */
  | { readonly until: "probe"; readonly breaker: Breaker; readonly notBefore: string | undefined }
  /** The provider asked everybody with its account to wait, or another one began just now. */
  | { readonly until: "time"; readonly limit: Limit; readonly notBefore: string }
  /** That is over: it takes its turn, and then begins. */
  | { readonly until: "turn"; readonly limit: Limit };

/**
 * Whether a try is refused, and until what; null: it may go ahead. First what only a change ends, then the probe of a provider,
 * which waits for the provider's limits as well, then the limits. No refusal that waits for a change ever ends by the clock.
 */
export function decideRefusal(registry: Registry, candidate: Candidate, now: Date): Refusal | null {
  const open = candidate.scopes
    .flatMap((scope) => registry.inScope(scope))
    .filter(({ openedAt, inputs }) => openedAt !== undefined && matches(inputs, candidate.inputs));
  const lasting = open.find(({ decidedBy }) => decidedBy !== "provider");
  if (lasting) return { until: "change", breaker: lasting };
  const limited = limitOn(registry, candidate, now);
  const [breaker] = open;
  if (!breaker) return limited;
  const held = limited?.until === "time" ? limited.notBefore : undefined;
  const own = probingUntil(breaker, now) ?? breaker.notBefore;
  return { until: "probe", breaker, notBefore: held !== undefined && held > (own ?? "") ? held : own };
}

function limitOn({ limits }: Registry, { uses }: Candidate, now: Date): Refusal | null {
  if (!uses) return null;
  const known = uses.accounts.flatMap((account) => limits.of(account) ?? []);
  const [latest] = known
    .flatMap((limit) => {
      const notBefore = heldUntil(limit, uses.tried, now);
      return notBefore === undefined ? [] : [{ until: "time" as const, limit, notBefore }];
    })
    .toSorted((a, b) => (a.notBefore < b.notBefore ? 1 : -1));
  if (latest) return latest;
  const next = known.find((limit) => !hasTurn(limit, uses.tried));
  return next ? { until: "turn", limit: next } : null;
}

/** Until when another one's probe is waited for; undefined where there is none, or its time is over. */
export const probingUntil = ({ probing }: Breaker, now: Date): string | undefined =>
  probing && Date.parse(probing.until) > now.getTime() ? probing.until : undefined;

/** Whether anything is remembered of the candidate's scopes: if not, its inputs need not be known. */
export const isKnown = (registry: Registry, scopes: readonly BreakerScope[]): boolean =>
  scopes.some((scope) => registry.inScope(scope).length > 0);
