import type { Headers } from "./headers.ts";
import { dateIn, durationIn, numberIn } from "./times.ts";

/** One of the budgets of a provider: so many requests or tokens in a while. */
export interface Window {
  /** The header that tells when it is renewed. */
  readonly name: string;
  readonly value: string;
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Milliseconds until it is renewed; NaN where the header is no time. */
  readonly resetMs: number;
}

/** `resetMs` counts from `serverNow` where a header gives an instant. */
export function readWindows(headers: Headers, serverNow: number): Window[] {
  const untilInstant = (value: string) => {
    const at = dateIn(value);
    return at === undefined ? Number.NaN : at - serverNow;
  };
  const spanned = (value: string) =>
    durationIn(value) ?? secondsOrEpoch(value, serverNow) ?? untilInstant(value);
  const windowOf = (name: string, limit: string, remaining: string, resetMs: (value: string) => number) => {
    const value = headers[name];
    if (value === undefined) return [];
    const count = (header: string) => numberIn(headers[header] ?? "");
    return [
      { name, value, limit: count(limit), remaining: count(remaining), resetMs: resetMs(value) },
    ] satisfies Window[];
  };
  const anthropic = ["requests", "tokens", "input-tokens", "output-tokens"].flatMap((of) => {
    const header = (end: string) => `anthropic-ratelimit-${of}-${end}`;
    return windowOf(header("reset"), header("limit"), header("remaining"), spanned);
  });
  const openai = ["-requests", "-tokens", ""].flatMap((of) => {
    const header = (what: string) => `x-ratelimit-${what}${of}`;
    return windowOf(header("reset"), header("limit"), header("remaining"), spanned);
  });
  const early = windowOf("ratelimit-reset", "ratelimit-limit", "ratelimit-remaining", spanned);
  return [...anthropic, ...openai, ...early, ...draftWindows(headers)];
}

/** Few seconds are a span, many an instant in seconds, and very many one in milliseconds. */
function secondsOrEpoch(value: string, serverNow: number): number | undefined {
  const number = numberIn(value);
  if (number === undefined) return undefined;
  if (number >= 1e11) return number - serverNow;
  return number >= 1e9 ? number * 1000 - serverNow : number * 1000;
}

/**
 * `RateLimit: "default";r=0;t=30` with `RateLimit-Policy: "default";q=100;w=60`, and as an earlier draft had it,
 * `RateLimit: limit=100, remaining=0, reset=50`. Without a time the policy's whole window counts.
 */
function draftWindows(headers: Headers): Window[] {
  const value = headers["ratelimit"];
  if (value === undefined) return [];
  const field = (item: string, names: string) =>
    numberIn(new RegExp(String.raw`(?:^|[;, ])(?:${names})=([^;, ]{1,20})`).exec(item)?.[1] ?? "");
  const policies = itemsOf(headers["ratelimit-policy"] ?? "");
  const items = /^limit=|[, ]reset=/.test(value) ? [value] : itemsOf(value);
  return items.map((item, index) => {
    const policy = policies.find((one) => one.split(";")[0] === item.split(";")[0]) ?? policies[index] ?? "";
    const seconds = field(item, "t|reset") ?? field(policy, "w");
    return {
      name: "ratelimit",
      value: item,
      limit: field(item, "limit") ?? field(policy, "q"),
      remaining: field(item, "r|remaining"),
      resetMs: seconds === undefined ? Number.NaN : seconds * 1000,
    };
  });
}

const itemsOf = (value: string): string[] =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** The window that a refusal is about: the last to be renewed of those that are used up, else the one with the least left. */
export function windowAtFault(windows: readonly Window[]): Window | undefined {
  const timed = windows.filter(({ resetMs }) => Number.isFinite(resetMs));
  const spent = timed.filter(({ remaining }) => remaining === undefined || remaining <= 0);
  const latest = spent.toSorted((a, b) => b.resetMs - a.resetMs)[0];
  if (latest) return latest;
  const share = ({ limit, remaining = 0 }: Window) =>
    limit === undefined ? 1 : remaining / Math.max(1, limit);
  return timed.toSorted((a, b) => share(a) - share(b) || b.resetMs - a.resetMs)[0];
}
