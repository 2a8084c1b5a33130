import type { BreakerEvent, BreakerEventData, Try } from "../../domain/breaker.ts";
import type { Remembered } from "./registry.ts";

/** A provider refused an account until a time. What comes after that, comes one by one. */
export interface Limit extends Omit<BreakerEventData["provider-limited"], keyof Try> {
  readonly by: Try;
  /** Who began last since it ended. */
  readonly turn?: { readonly by: Try; readonly from: string; readonly until: string };
}

/** What the runs of a repository know of providers' limits, by account. */
export interface Limits {
  all(): Limit[];
  of(account: string): Limit | undefined;
  /** Whether a try was told of. */
  holds(tried: Try): boolean;
}

type LimitEvent = Extract<BreakerEvent, { type: "provider-limited" | "turn-taken" | "provider-served" }>;
const limitEventTypes: readonly string[] = ["provider-limited", "turn-taken", "provider-served"];
export const isLimitEvent = (event: Remembered): event is LimitEvent & { readonly at: string } =>
  limitEventTypes.includes(event.type);

/** The fold: what the registry does with events that concern limits. */
export interface FoldedLimits extends Limits {
  apply(event: LimitEvent & { readonly at: string }): void;
  /** A person says that it is over. */
  forget(fingerprint: string): void;
}

export function foldLimits(): FoldedLimits {
  const limits = new Map<string, Limit>();
  const told = new Set<string>();
  return {
    all: () => [...limits.values()],
    of: (account) => limits.get(account),
    holds: (tried) => told.has(keyOf(tried)),
    forget(fingerprint) {
      for (const limit of limits.values())
        if (limit.fingerprint === fingerprint) limits.delete(limit.account);
    },
    apply(event) {
      const { account, runId, phaseId, attempt } = event.data;
      const by = { runId, phaseId, attempt };
      const known = limits.get(account);
      switch (event.type) {
        case "provider-limited": {
          told.add(keyOf(by));
          const { runId: _, phaseId: __, attempt: ___, ...limit } = event.data;
          // Told of an earlier time than another was: the later one holds.
          const until = known && known.until > limit.until ? known.until : limit.until;
          limits.set(account, { ...limit, until, by });
          return;
        }
        case "turn-taken":
          if (known) limits.set(account, { ...known, turn: { by, from: event.at, until: event.data.until } });
          return;
        case "provider-served":
          if (!known?.turn || !isSameTry(known.turn.by, by)) return;
          // In its own turn it makes room for the next; later, nobody wanted to begin any more.
          if (event.at < known.turn.until)
            limits.set(account, { ...known, turn: { ...known.turn, until: event.at } });
          else limits.delete(account);
      }
    },
  };
}

export const isSameTry = (one: Try, other: Try): boolean => keyOf(one) === keyOf(other);
const keyOf = ({ runId, phaseId, attempt }: Try): string => `${runId} ${phaseId} ${attempt}`;
