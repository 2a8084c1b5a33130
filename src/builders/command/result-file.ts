import { z } from "zod";
import { redact } from "../../domain/redact.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { readPlainFile } from "../../platform/plain-file.ts";
import {
  cutClaim,
  cutDecisions,
  decisionsSchema,
  providerErrorSchema,
  retryAfterSchema,
  tokensOf,
  tokensSchema,
} from "../reported.ts";

const largestResult = 1024 * 1024;

/** What a builder's program may leave in $AUTOPACK_RESULT. */
const resultSchema = z.strictObject({
  tokens: tokensSchema.nullish(),
  claim: z.string().nullish().describe("What the builder says it did. Compared, never believed."),
  decisions: decisionsSchema.nullish(),
  failure: z
    .strictObject({
      kind: z.enum(["rate-limited", "provider-unavailable"]),
      message: z.string(),
      retry_after_seconds: retryAfterSchema.optional(),
    })
    .nullish()
    .describe("A limit of the provider, so that the phase waits instead of failing."),
  error: providerErrorSchema.nullish(),
});

export interface ReportedResult {
  readonly tokens: number | null;
  readonly claim: string | null;
  readonly decisions: readonly string[];
  readonly failure?: {
    readonly kind: "rate-limited" | "provider-unavailable";
    readonly message: string;
    readonly retryAfterSeconds?: number;
  };
  /** The provider's error because of which the builder gave up; a claim, and one against itself. */
  readonly error?: z.infer<typeof providerErrorSchema>;
}

export const nothingReported: ReportedResult = { tokens: null, claim: null, decisions: [] };

/** No file means that nothing was reported. The error says in one clause what is wrong with the file. */
export async function readResultFile(
  path: string,
  secrets: readonly string[],
): Promise<Result<ReportedResult, string>> {
  const file = await readPlainFile(path, largestResult);
  if (!file.ok) return err(`it ${file.error}`);
  const data = file.value;
  if (data === null) return ok(nothingReported);
  const json = parseJson(data.toString("utf8"));
  if (!json.ok) return json;
  const parsed = resultSchema.safeParse(json.value);
  if (!parsed.success) return err(z.prettifyError(parsed.error).slice(0, 1000));
  const { tokens, claim, decisions, failure, error } = parsed.data;
  return ok({
    tokens: tokensOf(tokens),
    claim: claim === null || claim === undefined ? null : cutClaim(redact(claim, secrets)),
    decisions: cutDecisions((decisions ?? []).map((decision) => redact(decision, secrets))),
    ...(failure ? { failure: reportedFailure(failure, secrets) } : {}),
    ...(error ? { error: reportedError(error, secrets) } : {}),
  });
}

function reportedFailure(
  failure: NonNullable<z.infer<typeof resultSchema>["failure"]>,
  secrets: readonly string[],
): NonNullable<ReportedResult["failure"]> {
  const { kind, message, retry_after_seconds: seconds } = failure;
  const shown = redact(message, secrets).slice(0, 1000);
  return { kind, message: shown, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
}

function reportedError(
  error: NonNullable<ReportedResult["error"]>,
  secrets: readonly string[],
): NonNullable<ReportedResult["error"]> {
  const hidden = (text: string | undefined) =>
    text === undefined ? undefined : redact(text, secrets).slice(0, 1000);
  const [provider, code, message] = [error.provider, error.code, error.message].map(hidden);
  return {
    ...error,
    ...(provider === undefined ? {} : { provider }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  };
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err("it is not JSON");
  }
}
