import { type FailureKind, factsOf, type Problem } from "../../domain/failure.ts";
import type { ProviderError } from "../../domain/observation.ts";
import { providerKindOfErrno, providerKindOfStatus } from "./codes.ts";
import { readBody } from "./provider-body.ts";
import { providerRules } from "./provider-rules.ts";
import { readRetry } from "./retry-time.ts";

/** Sent again, the same request gets the same answer, whatever the body says. */
const neverTransient: readonly number[] = [400, 401, 403, 404, 409, 413, 422];

/** Longer messages say nothing more of the kind. */
const longestMessage = 4000;

export interface ProviderVerdict extends Pick<Problem, "retryAt" | "retryAfterMs"> {
  readonly kind: FailureKind;
  readonly provider?: string;
}

/** The kind of a provider's error: by its code, else by the HTTP status; undefined where neither is known. */
export function classifyProvider(error: ProviderError, now: Date): ProviderVerdict | undefined {
  const body = readBody(error.body);
  const status = error.status ?? body.status;
  const codes = [...(error.code === undefined ? [] : [error.code]), ...body.codes].map(plainCode);
  const message = (error.message ?? body.message ?? "").slice(0, longestMessage);
  const kind = kindOf(codes, [message, ...body.quotas].join("\n"), status);
  if (kind === undefined) return undefined;
  const provider = error.provider ?? body.provider;
  const { class: failureClass } = factsOf(kind);
  const waits = failureClass === "transient" || failureClass === "resource";
  return {
    kind,
    ...(provider === undefined ? {} : { provider }),
    ...(waits ? readRetry(error.retryAfterMs ?? body.retryAfterMs, message, now) : {}),
  };
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
