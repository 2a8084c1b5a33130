import { describe, expect, test } from "vitest";
import type { FailureKind } from "../../domain/failure.ts";
import { classify } from "./classify.ts";
import { providerPhrases } from "./provider-phrases.ts";

const now = new Date("2026-11-02T12:00:00.000Z");
const died = (output: string) =>
  classify(
    { kind: "builder-failed", origin: "builder", message: "it failed", evidence: [], exitCode: 1, output },
    now,
    { providerWaitMs: 31 * 86_400_000, transientMaxMs: 900_000 },
  );

describe("a builder that printed a provider's own words died of it:", () => {
  test.each(providerPhrases.map(({ example, kind }) => [example, kind] as const))("%s", (line, kind) => {
    expect(died(`working\n${line}\n`)).toMatchObject({ kind, origin: "provider" });
  });

  /** Real lines and dumps, by where they were seen. */
  const seen: readonly (readonly [where: string, output: string, kind: FailureKind, ms?: number])[] = [
    [
      "google-gemini/gemini-cli#1848",
      `✕ [API Error: [{
    "error": {
      "code": 429,
      "message": "Resource has been exhausted (e.g. check quota).",
      "errors": [
        { "message": "Resource has been exhausted (e.g. check quota).", "reason": "rateLimitExceeded" }
      ],
      "status": "RESOURCE_EXHAUSTED"
    }
  }
  ]]
  Please wait and try again later. To increase your limits, upgrade to a plan with higher limits`,
      "rate-limited",
    ],
    [
      "google-gemini/gemini-cli#6962, with a delay",
      `✕ [API Error: {"error":{"message":"{\\n  \\"error\\": {\\n    \\"code\\": 429,\\n    \\"message\\": \\"You exceeded your current quota, 
  please check your plan and billing details.\\",\\n    \\"status\\": \\"RESOURCE_EXHAUSTED\\",\\n    \\"details\\": [\\n {\\n
         \\"violations\\": [ {\\n
  \\"quotaId\\": 
  \\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\\"\\n } ] }, {\\n \\"retryDelay\\": \\"34s\\"\\n } ]\\n }\\n}","code":429,"status":"Too Many Requests"}}]`,
      "rate-limited",
      34_000,
    ],
    [
      "anthropics/claude-code#69036",
      "API Error: The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()",
      "stream-interrupted",
    ],
    [
      "anthropics/claude-code#80825",
      "API Error: Connection closed mid-response. The response above may be incomplete.",
      "stream-interrupted",
    ],
    ["a reset that Claude Code shows", "API Error: read ECONNRESET", "stream-interrupted"],
    [
      "a name that is not resolved",
      "API Error: getaddrinfo ENOTFOUND api.anthropic.com",
      "provider-unavailable",
    ],
    [
      "anthropics/claude-code#77",
      "API Error (429 Too many tokens, please wait before trying again.)",
      "rate-limited",
    ],
    [
      "anthropics/claude-code#1466, AWS's command line",
      "An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 2): Too many tokens, please wait before trying again.",
      "rate-limited",
    ],
    [
      "anthropics/claude-code#1466, no throughput",
      "botocore.errorfactory.ValidationException: An error occurred (ValidationException) when calling the InvokeModel operation: Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
      "model-not-found",
    ],
    [
      "Gitlawb/openclaude#43",
      `API Error: OpenAI API error 402: {"error":{"message":"Insufficient credits. This account never purchased credits.","code":402}}`,
      "billing-refused",
    ],
    [
      "Gitlawb/openclaude#1305",
      ` API Error: 402 {"error":{"message":"Insufficient credits. This account never purchased credits.","type":"upstream_error","code":"402"}}`.trim(),
      "billing-refused",
    ],
    [
      "jasonacox/TinyLLM#17",
      `litellm.RateLimitError: AzureException RateLimitError - Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds. Please contact Azure support service if you would like to further increase the default rate limit.'}}`,
      "quota-exhausted",
      86_400_000,
    ],
    [
      "dyad-sh/dyad#1849",
      "litellm.RateLimitError: AzureException RateLimitError - Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds.",
      "rate-limited",
      60_000,
    ],
    [
      "vercel/ai#2637",
      "AI_RetryError: Failed after 3 attempts. Last error: Rate limit reached for gpt-4o-mini in organization org-x on tokens per min (TPM): Limit 200000, Used 199821, Requested 2295. Please try again in 634ms.",
      "rate-limited",
      634,
    ],
    [
      "OpenAI's daily limit",
      "RateLimitError: 429 Rate limit reached for gpt-4o in organization org-x on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
      "quota-exhausted",
      432_000,
    ],
    [
      "open-assistant-org/open-assistant#80",
      "APIStatusError: Error code: 402 - {'error': {'message': 'Insufficient credits. Add more using https://openrouter.ai/settings/credits', 'code': 402}}",
      "billing-refused",
    ],
    [
      "Node's dump of a library's error, with its headers",
      `RateLimitError: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your account's rate limit. Please try again later."}}
    at generate (/app/node_modules/@anthropic-ai/sdk/core/error.js:63:20) {
  status: 429,
  headers: {
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-11-02T12:05:00Z',
    date: 'Mon, 02 Nov 2026 12:04:00 GMT'
  }
}

Node.js v24.1.0`,
      "rate-limited",
      60_000,
    ],
  ];
  test.each(seen)("%s", (_, output, kind, ms) => {
    const problem = died(`working\n${output}\n`);
    expect(problem).toMatchObject({ kind, origin: "provider" });
    expect(problem.retryAfterMs).toBe(ms);
  });

  test("and says what of the provider's times it does not believe", () => {
    const problem = died('API Error: 429 {"type":"error"} (retry-after: 99999999999)');
    expect(problem).not.toHaveProperty("retryAt");
    expect(problem.evidence).toContainEqual({
      label: "when to come back",
      detail: expect.stringMatching(/^retry-after: 99999999999 is not believed/),
    });
  });
});

test("a rate limit that ends later than any back-off is a quota, whoever tells it", () => {
  const tellBy = (retryAfterMs: number) =>
    classify({ kind: "rate-limited", message: "slow down", evidence: [], retryAfterMs }, now, {
      providerWaitMs: 86_400_000,
      transientMaxMs: 900_000,
    });
  expect(tellBy(900_000)).toMatchObject({ kind: "rate-limited", retryAt: "2026-11-02T12:15:00.000Z" });
  expect(tellBy(18_000_000)).toMatchObject({
    kind: "quota-exhausted",
    retryAt: "2026-11-02T17:00:00.000Z",
  });
  expect(tellBy(86_400_001)).not.toHaveProperty("retryAt");
  expect(tellBy(86_400_001).kind).toBe("rate-limited");
});

describe("a builder is not excused by", () => {
  test.each([
    ["prose", "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM)"],
    ["a phrase that is not the message", "Error: expected 'Rate limit is exceeded. Try again in 3 seconds.'"],
    ["code", '  throw new RateLimitError("You exceeded your current quota, please check your plan")'],
    ["an app's own error", "RateLimitError: 429 slow down"],
    ["an app's own key", "AuthenticationError: 401 no such user"],
    ["an app's own throttle", "ThrottlingException: Rate exceeded"],
    ["a diff", "+Error: The model is overloaded. Please try again later."],
    ["the answer that a line quotes", 'Error: said {"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}'],
  ])("%s", (_, line) => {
    expect(died(`${line}\n`).kind).toBe("builder-failed");
  });
});
