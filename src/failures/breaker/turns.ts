import type { SeenFailure, Try } from "../../domain/breaker.ts";
import { drawBackOff } from "../delays/jitter.ts";
import { isSameTry, type Limit } from "./limits.ts";
import type { BreakerMemory } from "./memory.ts";

export interface LimitOptions {
  readonly now: () => Date;
  readonly random: () => number;
  /** How far apart those begin who come after a limit. */
  readonly turnMs: number;
  /** The first wait where a provider says no time, and the longest. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** A provider's refusal for too much use, or of another sort with a time. */
export interface Refused {
  readonly account: string;
  readonly fingerprint: string;
  readonly failure: SeenFailure;
  /** ISO 8601; left out: the provider said no time. */
  readonly retryAt?: string;
}

/** Lets everybody with the account wait, once for each try that was refused. The wait is drawn here, and stored. */
export function recordLimit(
  memory: BreakerMemory,
  tried: Try,
  { retryAt, ...refused }: Refused,
  { now, random, firstMs, maxMs }: LimitOptions,
): Promise<boolean> {
  const { runId, phaseId, attempt } = tried;
  return memory.append(({ limits }) => {
    if (limits.holds(tried)) return null;
    const at = now().getTime();
    const previousMs = limits.of(refused.account)?.waitMs;
    const waitMs =
      retryAt === undefined
        ? drawBackOff({ firstMs, maxMs, previousMs, random })
        : Math.max(0, Date.parse(retryAt) - at);
    const until = new Date(at + waitMs).toISOString();
    return { type: "provider-limited", data: { runId, phaseId, attempt, ...refused, until, waitMs } };
  });
}

/** Of all that wait behind a limit, in all processes, one at a time begins. False: it is not this one's turn. */
export function takeTurn(
  memory: BreakerMemory,
  tried: Try,
  account: string,
  { now, turnMs }: Pick<LimitOptions, "now" | "turnMs">,
): Promise<boolean> {
  const { runId, phaseId, attempt } = tried;
  return memory.append(({ limits }) => {
    const limit = limits.of(account);
    const at = now();
    if (!limit || heldUntil(limit, tried, at) !== undefined) return null;
    const until = new Date(at.getTime() + turnMs).toISOString();
    return { type: "turn-taken", data: { runId, phaseId, attempt, account, until } };
  });
}

/**
 * Who took the last turn was served: the next may begin. Where nobody has wanted to for as long as a turn is, the limit is
 * forgotten.
 */
export function recordServed(
  memory: BreakerMemory,
  { runId, phaseId, attempt }: Try,
  account: string,
  now: Date,
): Promise<boolean> {
  const tried = { runId, phaseId, attempt };
  return memory.append(({ limits }) => {
    const turn = limits.of(account)?.turn;
    if (!turn || !isSameTry(turn.by, tried)) return null;
    const [at, until] = [now.getTime(), Date.parse(turn.until)];
    if (at >= until && at < until + (until - Date.parse(turn.from))) return null;
    return { type: "provider-served", data: { ...tried, account } };
  });
}

/** Until when a try waits behind a limit, as far as is known; undefined: it is its turn, or it may take it. */
export function heldUntil(limit: Limit, tried: Try, now: Date): string | undefined {
  const after = (instant: string) => (Date.parse(instant) > now.getTime() ? instant : undefined);
  const { turn } = limit;
  if (turn && isSameTry(turn.by, tried)) return undefined;
  return after(limit.until) ?? (turn && after(turn.until));
}

export const hasTurn = ({ turn }: Limit, tried: Try): boolean =>
  turn !== undefined && isSameTry(turn.by, tried);
