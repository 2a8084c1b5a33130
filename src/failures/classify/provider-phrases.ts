import type { FailureKind } from "../../domain/failure.ts";

/** A sentence by which a provider is known, whichever library or agent prints it. */
export interface ProviderPhrase {
  /** Anchored: it stands where the message begins. */
  readonly says: RegExp;
  /** What the provider calls it in its answers: `provider-rules.ts` says the kind. */
  readonly code: string;
  readonly kind: FailureKind;
  /** A real line that ends with it. */
  readonly example: string;
}

/** The first that fits holds. The line's whole text is read for when to come back, and by the rules for what it says besides. */
export const providerPhrases: readonly ProviderPhrase[] = [
  {
    says: /^(?:Your )?[Cc]redit balance is too low/,
    code: "billing_error",
    kind: "billing-refused",
    example: "anthropic.BadRequestError: Your credit balance is too low to access the Anthropic API.",
  },
  {
    says: /^(?:This request requires more credits, or fewer max_tokens|Insufficient credits\.)/,
    code: "billing_error",
    kind: "billing-refused",
    example:
      "✖ OpenAI API Streaming Error: 402 This request requires more credits, or fewer max_tokens. You requested up to 225702 tokens, but can only afford 92985.",
  },
  {
    says: /^You exceeded your current quota, please check your plan and billing details/,
    code: "insufficient_quota",
    kind: "quota-exhausted",
    example:
      "RateLimitError: 429 You exceeded your current quota, please check your plan and billing details.",
  },
  {
    says: /^You have exhausted your (?:daily quota|capacity|quota) on this model/,
    code: "quota_exceeded",
    kind: "quota-exhausted",
    example:
      "[API Error: You have exhausted your capacity on this model. Your quota will reset after 2h30m55s.]",
  },
  {
    says: /^Rate limit (?:reached|exceeded) for \S{1,100} (?:in organization|on (?:tokens|requests))/,
    code: "rate_limit_exceeded",
    kind: "rate-limited",
    example:
      "AI_RetryError: Failed after 3 attempts. Last error: Rate limit reached for gpt-4o-mini in organization org-x on tokens per min (TPM): Limit 200000, Used 199821, Requested 2295. Please try again in 634ms.",
  },
  {
    says: /^Rate limit exceeded: (?:free-models-per-day|limit_rpd)/,
    code: "quota_exceeded",
    kind: "quota-exhausted",
    example:
      "Error: 429 Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
  },
  {
    says: /^Rate limit exceeded: (?:free-models-per-min|limit_rpm)/,
    code: "rate_limit_exceeded",
    kind: "rate-limited",
    example: "AI_APICallError: Rate limit exceeded: free-models-per-min.",
  },
  {
    says: /^Rate limit is exceeded\. Try again in /,
    code: "rate_limit_exceeded",
    kind: "rate-limited",
    example: "Error: Rate limit is exceeded. Try again in 30 seconds.",
  },
  {
    says: /^(?:This request would exceed your (?:account|organization)'s (?:\w{1,20} )?rate limit|Number of (?:request|concurrent|input|output) \w{1,20} has exceeded your )/,
    code: "rate_limit_error",
    kind: "rate-limited",
    example:
      "AI_RetryError: Failed after 3 attempts. Last error: This request would exceed your organization's rate limit of 40,000 input tokens per minute.",
  },
  {
    says: /^(?:Requests to the \S{1,100} Operation under Azure OpenAI API|Your requests to \S{1,100} for \S{1,100}) .{0,200}exceeded (?:the )?(?:token|call) rate limit/,
    code: "RateLimitReached",
    kind: "rate-limited",
    example:
      "litellm.RateLimitError: AzureException RateLimitError - Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds.",
  },
  {
    says: /^Resource (?:has been exhausted \(e\.g\. check quota\)|exhausted\. Please try again later)/,
    code: "RESOURCE_EXHAUSTED",
    kind: "rate-limited",
    example: "[API Error: Resource has been exhausted (e.g. check quota).]",
  },
  {
    says: /^Quota exceeded for (?:quota metric|metric: )/,
    code: "RESOURCE_EXHAUSTED",
    kind: "rate-limited",
    example:
      "google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request limit per minute for a region'",
  },
  {
    says: /^Too many (?:tokens|requests|connections)(?: per day)?, please wait before trying again/,
    code: "ThrottlingException",
    kind: "rate-limited",
    example: "ThrottlingException: Too many tokens, please wait before trying again.",
  },
  {
    says: /^(?:The model is overloaded\. Please try again later|(?:That|The) (?:model|engine) is currently overloaded|The system is currently experiencing high demand)/,
    code: "overloaded_error",
    kind: "provider-overloaded",
    example: "[API Error: The model is overloaded. Please try again later.]",
  },
  {
    says: /^(?:The server had an error (?:while )?processing your request|An internal error has occurred\. Please retry|Internal server error$)/,
    code: "server_error",
    kind: "provider-unavailable",
    example:
      "InternalServerError: 500 The server had an error while processing your request. Sorry about that!",
  },
  {
    says: /^(?:Incorrect API key provided: |invalid x-api-key|API key not valid\. Please pass a valid API key|API key expired\. Please renew|No auth credentials found|Access denied due to invalid subscription key|The security token included in the request is (?:invalid|expired))/,
    code: "authentication_error",
    kind: "provider-key-refused",
    example:
      "AuthenticationError: 401 Incorrect API key provided: sk-x. You can find your API key at https://platform.openai.com/account/api-keys.",
  },
  {
    says: /^You don't have access to the model with the specified model ID/,
    code: "AccessDeniedException",
    kind: "provider-access-denied",
    example: "AccessDeniedException: You don't have access to the model with the specified model ID.",
  },
  {
    says: /^(?:The model `[^`]{1,100}` does not exist|The provided model identifier is invalid|Invocation of model ID \S{1,200} with on-demand throughput isn.t supported|The API deployment for this resource does not exist|models\/\S{1,100} is not found for API version|No endpoints found for \S)/,
    code: "model_not_found",
    kind: "model-not-found",
    example: "ValidationException: The provided model identifier is invalid.",
  },
  {
    says: /^(?:prompt is too long: \d|Input is too long for requested model|This (?:model's maximum|endpoint's maximum) context length is \d|The input token count \(?\d{1,12}\)? exceeds the maximum number of tokens|Your input exceeds the context window)/i,
    code: "context_length_exceeded",
    kind: "context-too-long",
    example: "BadRequestError: 400 This model's maximum context length is 128000 tokens.",
  },
];

const shown = String.raw`(?:[✕✖■●] )?\[?`;
const named = String.raw`(?:(?:API Error|ERROR|Stream error|OpenAI API (?:Streaming )?[Ee]rror|(?:\w{1,40}\.){0,3}\w{0,60}(?:Error|Exception|ResourceExhausted)):? )`;
const wrapped = String.raw`(?:Failed after \d{1,3} attempts\. Last error: |\w{1,40}Exception (?:\w{1,40}Error )?- )?`;
/**
 * How agents and libraries begin a line that ends with a provider's own words, and the HTTP status where that stands
 * before them.
 */
export const beforePhrase: RegExp = new RegExp(
  String.raw`^${shown}${named}{1,3}${wrapped}(?:\(?(\d{3})[):]? )?`,
);
