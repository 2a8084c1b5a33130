import { z } from "zod";
import type { Problem } from "../domain/failure.ts";

/** Longer claims are cut: a claim is for people to compare, not to store work in. */
const longestClaim = 4000;
const longestWaitSeconds = 31 * 86_400;

const count = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const tokensSchema = z
  .union([count, z.strictObject({ input: count, output: count })])
  .describe("Tokens used: a number, or { input, output }.");

export const retryAfterSchema = z
  .number()
  .nonnegative()
  .max(longestWaitSeconds)
  .describe("Seconds until the provider takes requests again.");

const shortText = z.string().min(1).max(200);

export const providerErrorSchema = z
  .strictObject({
    provider: shortText
      .optional()
      .describe("`anthropic`, `openai`, `gemini`, `azure`, `bedrock` or another name."),
    status: z.number().int().min(100).max(599).optional().describe("The HTTP status."),
    code: shortText.optional().describe("What the provider calls it, such as `overloaded_error`."),
    message: z.string().max(100_000).optional().describe("What the provider says."),
    retry_after: z
      .union([z.number(), z.string().max(100)])
      .optional()
      .describe("As `headers` with `retry-after`: seconds, or a date (HTTP, ISO 8601)."),
    headers: z
      .record(z.string().max(100), z.union([z.string().max(1000), z.number()]))
      .refine((headers) => Object.keys(headers).length <= 200, { error: "it has at most 200 headers" })
      .optional()
      .describe("The answer's headers, whichever are known, `date` among them: they tell when to come back."),
  })
  .refine(
    ({ status, code, message }) => status !== undefined || code !== undefined || message !== undefined,
    {
      error: "it has a status, a code or a message",
    },
  )
  .describe("The provider's error because of which the builder gave up.");

/** A whole number of tokens, rounded up; null when nothing was reported, since unknown is not zero. */
export function tokensOf(reported: z.infer<typeof tokensSchema> | null | undefined): number | null {
  if (reported === null || reported === undefined) return null;
  return Math.ceil(typeof reported === "number" ? reported : reported.input + reported.output);
}

/** More decisions, and longer ones, are cut: they are read again by every later attempt. */
const mostDecisions = 20;
const longestDecision = 500;

export const decisionsSchema = z
  .array(z.string())
  .describe("What was decided and is worth keeping for later attempts, newest last. Claims, too.");

/** Bounded: of too many, the last are kept. */
export const cutDecisions = (decisions: readonly string[]): string[] =>
  decisions
    .map((decision) => decision.trim().slice(0, longestDecision))
    .filter((decision) => decision !== "")
    .slice(-mostDecisions);

export const cutClaim = (claim: string): string => claim.slice(0, longestClaim);

/** When to come back, as the provider said it at `now`. */
export const retryAfter = (
  now: Date,
  seconds: number,
): Required<Pick<Problem, "retryAt" | "retryAfterMs">> => ({
  retryAt: new Date(now.getTime() + seconds * 1000).toISOString(),
  retryAfterMs: seconds * 1000,
});
