import { type FailureKind, factsOf } from "../../domain/failure.ts";
import type { ProviderError } from "../../domain/observation.ts";
import { headersIn, normaliseHeaders } from "../delays/headers.ts";
import { type Delay, type DelayFacts, readDelay } from "../delays/read-delay.ts";
import { providerKindOfErrno, providerKindOfStatus } from "./codes.ts";
import { readBody } from "./provider-body.ts";
import { providerRules } from "./provider-rules.ts";

/** Sent again, the same request gets the same answer, whatever the body says. */
const neverTransient: readonly number[] = [400, 401, 403, 404, 409, 413, 422];

/** Longer messages say nothing more of the kind. */
const longestMessage = 4000;

export interface ProviderVerdict {
  readonly kind: FailureKind;
  readonly provider?: string;
  /** When it is worth asking again, as far as the provider said; of failures that pass by themselves. */
  readonly delay?: Delay;
}

/** When a provider's words were heard, and the longest wait of it that is believed. */
export interface Heard {
  readonly now: Date;
  readonly longestWaitMs: number;
}

/**
 * The kind of a provider's error: by its code, else by the HTTP status; undefined where neither is known. `printed` is what a
 * program printed around it, read for headers alone.
 */
export function classifyProvider(
  error: ProviderError,
  heard: Heard,
  printed = "",
): ProviderVerdict | undefined {
  const body = readBody(error.body);
  const status = error.status ?? body.status;
  const codes = [...(error.code === undefined ? [] : [error.code]), ...body.codes].map(plainCode);
  const message = (error.message ?? body.message ?? "").slice(0, longestMessage);
  const headers = { ...headersIn(printed), ...body.headers, ...normaliseHeaders(error.headers) };
  const told = kindOf(codes, [message, ...body.quotas].join("\n"), status);
  if (told === undefined) return undefined;
  // What a subscription grants in hours or days is used up: a rate limit by its code alone.
  const spent = told === "rate-limited" && headers["anthropic-ratelimit-unified-status"] === "rejected";
  const kind = spent ? "quota-exhausted" : told;
  const provider = error.provider ?? body.provider;
  const facts = { headers, detailsMs: body.retryAfterMs, message };
  const delay = delayOf(kind, facts, heard);
  return { kind, ...(provider === undefined ? {} : { provider }), ...(delay ? { delay } : {}) };
}

/** When it is worth asking again after a failure of that kind; undefined where that is no matter of time, or not told. */
export function delayOf(
  kind: FailureKind,
  facts: Omit<DelayFacts, "limited">,
  { now, longestWaitMs }: Heard,
): Delay | undefined {
  const { class: failureClass } = factsOf(kind);
  if (failureClass !== "transient" && failureClass !== "resource") return undefined;
  const limited = kind === "rate-limited" || kind === "quota-exhausted";
  const delay = readDelay({ ...facts, limited }, now, longestWaitMs);
  return delay.because === undefined ? undefined : delay;
}

function kindOf(codes: readonly string[], says: string, status: number | undefined): FailureKind | undefined {
  const rule = providerRules.find(
    (one) =>
      (one.codes === undefined || one.codes.some((code) => codes.includes(code))) &&
      (one.says === undefined || one.says.test(says)),
  );
  const byStatus = providerKindOfStatus(status);
  // Some send an `errno` as the code: `ECONNRESET`.
  const byCode = rule?.kind ?? codes.map(providerKindOfErrno).find((kind) => kind !== undefined);
  if (byCode === undefined || rule?.vague) return byStatus ?? byCode;
  if (status !== undefined && neverTransient.includes(status) && factsOf(byCode).class === "transient")
    return byStatus;
  return byCode;
}

/** `com.amazon.coral.service#ThrottlingException:http://…` is `ThrottlingException`. */
const plainCode = (code: string): string => code.replace(/^.*#/, "").replace(/:.*$/, "").slice(0, 100);
