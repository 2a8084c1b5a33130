import type { Headers } from "./headers.ts";
import { messageDelay } from "./message.ts";
import { dateIn, numberIn } from "./times.ts";
import { readWindows, windowAtFault } from "./windows.ts";

/** What a provider answered, as far as it may tell when to come back. */
export interface DelayFacts {
  readonly headers: Headers;
  /** What the answer's body says of it, in milliseconds. */
  readonly detailsMs?: number | undefined;
  readonly message: string;
  /** Whether the refusal is one of too much use: only then do the windows that headers tell of matter. */
  readonly limited: boolean;
}

/** When it is worth asking again. */
export interface Delay {
  /** Left out: not told, or not believed. */
  readonly ms?: number;
  /** What told it, and what was not believed and why; left out: nothing did. */
  readonly because?: string;
}

interface Told {
  readonly by: string;
  readonly ms: number;
}

/**
 * How long to wait by what the provider said: the first of these that is a time and not longer than `longestMs`:
 * `retry-after-ms` and its kin, `retry-after`, the window that is used up, the body's details, the message. What names an
 * instant is counted from the provider's own `date` where that is known: its clock and ours may differ.
 */
export function readDelay(facts: DelayFacts, now: Date, longestMs: number): Delay {
  const told: readonly (Told | undefined)[] = [...toldByHeaders(facts, now), ...toldByBody(facts, now)];
  const refused: string[] = [];
  for (const one of told) {
    if (one === undefined) continue;
    const why = doubtOf(one.ms, longestMs);
    if (why === undefined) return { ms: Math.ceil(one.ms), because: [...refused, one.by].join("; ") };
    refused.push(`${one.by} is not believed: ${why}`);
  }
  return refused.length === 0 ? {} : { because: refused.join("; ") };
}

/** Why a time is not believed; undefined where it is. */
export function doubtOf(ms: number, longestMs: number): string | undefined {
  if (Number.isNaN(ms)) return "it is no time";
  if (ms < 0) return "it is negative";
  return ms > longestMs ? "it is further away than limits.provider_wait_hours" : undefined;
}

function* toldByHeaders({ headers, limited }: DelayFacts, now: Date): Generator<Told | undefined> {
  const serverNow = dateIn(headers["date"] ?? "") ?? now.getTime();
  const header = (name: string, msOf: (value: string) => number): Told | undefined => {
    const value = headers[name];
    return value === undefined ? undefined : { by: `${name}: ${value.slice(0, 80)}`, ms: msOf(value) };
  };
  const milliseconds = (value: string) => numberIn(value) ?? Number.NaN;
  // An instant that is past is a time to come back at, unlike a negative span.
  const until = (at: number) => Math.max(0, at - serverNow);
  yield header("retry-after-ms", milliseconds);
  yield header("x-ms-retry-after-ms", milliseconds);
  yield header("x-amz-retry-after", milliseconds);
  yield header("retry-after", (value) => {
    const seconds = numberIn(value);
    return seconds === undefined ? until(dateIn(value) ?? Number.NaN) : seconds * 1000;
  });
  if (!limited) return;
  // Claude's subscriptions: the window of five hours or seven days that is used up.
  yield header("anthropic-ratelimit-unified-reset", (value) => until((numberIn(value) ?? Number.NaN) * 1000));
  const window = windowAtFault(readWindows(headers, serverNow));
  if (window) yield { by: `${window.name}: ${window.value.slice(0, 80)}`, ms: Math.max(0, window.resetMs) };
}

function* toldByBody({ detailsMs, message }: DelayFacts, now: Date): Generator<Told | undefined> {
  yield detailsMs === undefined ? undefined : { by: "the answer's details", ms: detailsMs };
  const ms = messageDelay(message, now);
  yield ms === undefined ? undefined : { by: "its message", ms };
}
