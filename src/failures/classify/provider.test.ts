import { describe, expect, test } from "vitest";
import { classifyProvider } from "./provider.ts";
import { readBody } from "./provider-body.ts";

const now = new Date("2026-11-02T12:00:00.000Z");
const heard = { now, longestWaitMs: 31 * 86_400_000 };
const kindOf = (status: number | undefined, body: unknown) =>
  classifyProvider({ body, ...(status === undefined ? {} : { status }) }, heard);

const anthropic = (type: string, message: string) => ({
  type: "error",
  error: { type, message },
  request_id: "req_011CSHoEeqs5C35K2UUqR7Fy",
});
const openai = (code: string | null, type: string, message: string) => ({
  error: { message, type, param: null, code },
});
const gemini = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: { code, message, status, details },
});
const quota = (quotaId: string) => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaMetric: "generate_content_free_tier_requests", quotaId }],
});
const retryIn = (retryDelay: string) => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });
const azure = (code: string, message: string, more: object = {}) => ({ error: { code, message, ...more } });
const bedrock = (type: string, message: string) => ({ __type: type, message });
const geminiQuota = "You exceeded your current quota, please check your plan and billing details.";
const azureRate =
  "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 7 seconds.";

describe("the answers of", () => {
  test.each([
    [529, anthropic("overloaded_error", "Overloaded"), "provider-overloaded"],
    [undefined, anthropic("overloaded_error", "Overloaded"), "provider-overloaded"],
    [500, anthropic("api_error", "Internal server error"), "provider-unavailable"],
    [504, anthropic("timeout_error", "Request timed out"), "provider-timeout"],
    [
      429,
      anthropic(
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 40,000 input tokens per minute.",
      ),
      "rate-limited",
    ],
    [
      429,
      {
        ...anthropic("rate_limit_error", "Monthly limit"),
        error: {
          type: "rate_limit_error",
          message: "x",
          details: { error_code: "enforced_spend_limit_reached" },
        },
      },
      "quota-exhausted",
    ],
    [413, anthropic("request_too_large", "Request exceeds the maximum size"), "request-too-large"],
    [404, anthropic("not_found_error", "model: claude-none"), "model-not-found"],
    [403, anthropic("permission_error", "Your API key does not have permission"), "provider-access-denied"],
    [402, anthropic("billing_error", "payment"), "billing-refused"],
    [401, anthropic("authentication_error", "invalid x-api-key"), "provider-key-refused"],
    [400, anthropic("invalid_request_error", "messages.1: roles must alternate"), "request-rejected"],
    [
      400,
      anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      "billing-refused",
    ],
    [
      400,
      anthropic("invalid_request_error", "prompt is too long: 215732 tokens > 200000 maximum"),
      "context-too-long",
    ],
    [200, { type: "message", content: [], stop_reason: "max_tokens" }, "output-truncated"],
    [200, { type: "message", content: [], stop_reason: "refusal" }, "output-refused"],
  ] as const)("Anthropic: %s %j", (status, body, kind) => {
    expect(kindOf(status, body)).toMatchObject({ kind, provider: "anthropic" });
  });

  test.each([
    [
      429,
      openai(
        "rate_limit_exceeded",
        "tokens",
        "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 1.2s.",
      ),
      "rate-limited",
    ],
    [429, openai("insufficient_quota", "insufficient_quota", geminiQuota), "quota-exhausted"],
    [
      429,
      openai("billing_hard_limit_reached", "invalid_request_error", "Billing hard limit has been reached"),
      "billing-refused",
    ],
    [
      401,
      openai("invalid_api_key", "invalid_request_error", "Incorrect API key provided: sk-x"),
      "provider-key-refused",
    ],
    [
      403,
      openai(
        "unsupported_country_region_territory",
        "request_forbidden",
        "Country, region, or territory not supported",
      ),
      "provider-access-denied",
    ],
    [
      404,
      openai("model_not_found", "invalid_request_error", "The model `gpt-9` does not exist"),
      "model-not-found",
    ],
    [
      400,
      openai(
        "context_length_exceeded",
        "invalid_request_error",
        "This model's maximum context length is 128000 tokens.",
      ),
      "context-too-long",
    ],
    [400, openai(null, "invalid_request_error", "Unrecognized request argument"), "request-rejected"],
    [500, openai(null, "server_error", "The server had an error"), "provider-unavailable"],
    [
      503,
      openai(null, "server_error", "The engine is currently overloaded, please try again later"),
      "provider-overloaded",
    ],
    [200, { choices: [{ finish_reason: "length" }] }, "output-truncated"],
    [200, { choices: [{ finish_reason: "content_filter" }] }, "output-refused"],
  ] as const)("OpenAI: %s %j", (status, body, kind) => {
    expect(kindOf(status, body)).toMatchObject({ kind, provider: "openai" });
  });

  test.each([
    [
      429,
      gemini(429, "RESOURCE_EXHAUSTED", geminiQuota, [
        quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"),
        retryIn("34.07s"),
      ]),
      "rate-limited",
    ],
    [
      429,
      gemini(429, "RESOURCE_EXHAUSTED", geminiQuota, [
        quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
      ]),
      "quota-exhausted",
    ],
    [
      undefined,
      [gemini(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.")],
      "rate-limited",
    ],
    [
      400,
      gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
        { reason: "API_KEY_INVALID" },
      ]),
      "provider-key-refused",
    ],
    [
      400,
      gemini(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      ),
      "context-too-long",
    ],
    [
      400,
      gemini(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
      "provider-access-denied",
    ],
    [403, gemini(403, "PERMISSION_DENIED", "denied"), "provider-access-denied"],
    [404, gemini(404, "NOT_FOUND", "models/x is not found"), "model-not-found"],
    [500, gemini(500, "INTERNAL", "An internal error has occurred."), "provider-unavailable"],
    [
      503,
      gemini(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
      "provider-overloaded",
    ],
    [504, gemini(504, "DEADLINE_EXCEEDED", "Deadline expired"), "provider-timeout"],
    [200, { candidates: [{ finishReason: "MALFORMED_FUNCTION_CALL" }] }, "output-malformed"],
    [200, { promptFeedback: { blockReason: "SAFETY" } }, "output-refused"],
  ] as const)("Gemini: %s %j", (status, body, kind) => {
    expect(kindOf(status, body)).toMatchObject({ kind, provider: "gemini" });
  });

  test.each([
    [429, azure("429", azureRate), "rate-limited"],
    [
      404,
      azure("DeploymentNotFound", "The API deployment for this resource does not exist."),
      "model-not-found",
    ],
    [
      401,
      azure("401", "Access denied due to invalid subscription key or wrong API endpoint."),
      "provider-key-refused",
    ],
    [
      400,
      azure("content_filter", "The response was filtered", {
        innererror: { code: "ResponsibleAIPolicyViolation" },
      }),
      "output-refused",
    ],
  ] as const)("Azure: %s %j", (status, body, kind) => {
    expect(kindOf(status, body)?.kind).toBe(kind);
  });

  test.each([
    [
      429,
      bedrock("ThrottlingException", "Too many requests, please wait before trying again."),
      "rate-limited",
    ],
    [
      429,
      bedrock("ThrottlingException", "Too many tokens per day, please wait before trying again."),
      "quota-exhausted",
    ],
    [400, bedrock("com.amazon.coral.service#ServiceQuotaExceededException", "quota"), "quota-exhausted"],
    [400, bedrock("ValidationException", "Input is too long for requested model."), "context-too-long"],
    [400, bedrock("ValidationException", "The provided model identifier is invalid."), "model-not-found"],
    [400, bedrock("ValidationException:http://internal.amazon.com/", "malformed"), "request-rejected"],
    [403, bedrock("AccessDeniedException", "You don't have access"), "provider-access-denied"],
    [403, bedrock("ExpiredTokenException", "The security token is expired"), "provider-key-refused"],
    [408, bedrock("ModelTimeoutException", "timed out"), "provider-timeout"],
    [424, bedrock("ModelStreamErrorException", "stream"), "stream-interrupted"],
    [424, bedrock("ModelErrorException", "model"), "provider-unavailable"],
    [429, bedrock("ModelNotReadyException", "not ready"), "provider-overloaded"],
    [503, bedrock("ServiceUnavailableException", "unavailable"), "provider-unavailable"],
    [200, { output: {}, stopReason: "guardrail_intervened" }, "output-refused"],
  ] as const)("Bedrock: %s %j", (status, body, kind) => {
    expect(kindOf(status, body)).toMatchObject({ kind, provider: "bedrock" });
  });
});

test("an answer says when to come back: in its details, in its message, or asked for by a header", () => {
  const perMinute = gemini(429, "RESOURCE_EXHAUSTED", "x", [retryIn("34.07s")]);
  expect(kindOf(429, perMinute)?.delay?.ms).toBe(34_070);
  expect(kindOf(429, azure("429", azureRate))?.delay?.ms).toBe(7000);
  const both = { status: 429, headers: { "Retry-After": "20" }, message: "retry after 7 seconds" };
  expect(classifyProvider(both, heard)?.delay?.ms).toBe(20_000);
  expect(classifyProvider({ status: 401, headers: both.headers }, heard)).not.toHaveProperty("delay");
});

test("a body of another shape gives nothing", () => {
  for (const body of [
    null,
    3,
    "text",
    [],
    [[]],
    {},
    { error: null },
    { error: "no" },
    { error: { details: 3 } },
  ])
    expect(readBody(body)).toEqual({ codes: [], quotas: [], headers: {} });
  expect(kindOf(undefined, { choices: [{ finish_reason: "stop" }] })).toBeUndefined();
});
