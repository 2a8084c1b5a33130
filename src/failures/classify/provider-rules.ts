import type { FailureKind } from "../../domain/failure.ts";
import type { ProviderError } from "../../domain/observation.ts";

/** What providers call a failure. The first rule that fits holds; `docs/spec.md` says why in this order. */
export interface ProviderRule {
  /** Any of these codes; without them, any code. */
  readonly codes?: readonly string[];
  /** What the message or the violated quota must say besides. */
  readonly says?: RegExp;
  readonly kind: FailureKind;
  /** The code stands for many things: an HTTP status says more. */
  readonly vague?: true;
  /** What a provider sends of this sort. */
  readonly example: ProviderError;
}

const limitCodes = [
  "rate_limit_error",
  "rate_limit_exceeded",
  "rateLimitExceeded",
  "RateLimitReached",
  "RATE_LIMIT_EXCEEDED",
  "RESOURCE_EXHAUSTED",
  "ThrottlingException",
  "TooManyRequestsException",
  "throttling_error",
  "too_many_requests",
  "slow_down",
];
const rejectionCodes = [
  "invalid_request_error",
  "INVALID_ARGUMENT",
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "ValidationException",
  "ConflictException",
  "conflict_error",
  "unsupported_parameter",
  "missing_required_parameter",
  "invalid_value",
  "BadRequest",
];

export const providerRules: readonly ProviderRule[] = [
  {
    says: /credit balance is too low|billing (?:is not active|hard limit)|check your billing details on|requires? billing to be enabled|insufficient (?:credits|balance)|requires more credits/i,
    kind: "billing-refused",
    example: {
      status: 400,
      code: "invalid_request_error",
      message:
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    },
  },
  {
    codes: ["billing_error", "billing_hard_limit_reached", "billing_not_active", "BILLING_DISABLED"],
    kind: "billing-refused",
    example: {
      status: 402,
      code: "billing_error",
      message: "There's an issue with your billing or payment information.",
    },
  },
  {
    says: /^You have reached your specified (?:workspace )?API usage limits|spend(?:ing)? limit/i,
    kind: "quota-exhausted",
    example: {
      status: 400,
      code: "invalid_request_error",
      message:
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    },
  },
  {
    codes: [
      "insufficient_quota",
      "usage_limit_reached",
      "quota_exceeded",
      "enforced_spend_limit_reached",
      "ServiceQuotaExceededException",
    ],
    kind: "quota-exhausted",
    example: {
      status: 429,
      code: "insufficient_quota",
      message: "You exceeded your current quota, please check your plan and billing details.",
    },
  },
  {
    codes: limitCodes,
    says: /per ?minute|per-min(?:ute)?|per ?second/i,
    kind: "rate-limited",
    example: {
      status: 429,
      code: "RESOURCE_EXHAUSTED",
      message:
        "You exceeded your current quota, please check your plan and billing details. GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    },
  },
  {
    codes: limitCodes,
    says: /per[ -]?day|per[ -]?month|exceeded your current quota/i,
    kind: "quota-exhausted",
    example: {
      status: 429,
      code: "ThrottlingException",
      message: "Too many tokens per day, please wait before trying again.",
    },
  },
  {
    codes: ["rate_limit_exceeded", "tokens"],
    says: /^Request too large for/,
    kind: "request-too-large",
    example: {
      status: 429,
      code: "rate_limit_exceeded",
      message: "Request too large for gpt-4o on tokens: Limit 30000, Requested 30601.",
    },
  },
  {
    codes: ["context_length_exceeded", "string_above_max_length"],
    kind: "context-too-long",
    example: {
      status: 400,
      code: "context_length_exceeded",
      message: "This model's maximum context length is 128000 tokens.",
    },
  },
  {
    codes: rejectionCodes,
    says: /prompt is too long|input is too long|maximum context length|exceeds? (?:the )?(?:maximum|model's|context)|token count .{0,40}exceeds/i,
    kind: "context-too-long",
    example: {
      status: 400,
      code: "invalid_request_error",
      message: "prompt is too long: 215732 tokens > 200000 maximum",
    },
  },
  {
    codes: [
      "authentication_error",
      "invalid_api_key",
      "API_KEY_INVALID",
      "UNAUTHENTICATED",
      "token_expired",
      "UnrecognizedClientException",
      "ExpiredTokenException",
      "InvalidSignatureException",
      "IncompleteSignatureException",
      "MissingAuthenticationTokenException",
      "Unauthorized",
    ],
    kind: "provider-key-refused",
    example: { status: 401, code: "authentication_error", message: "invalid x-api-key" },
  },
  {
    says: /^API key not valid|invalid subscription key|^Incorrect API key/i,
    kind: "provider-key-refused",
    example: {
      status: 400,
      code: "INVALID_ARGUMENT",
      message: "API key not valid. Please pass a valid API key.",
    },
  },
  {
    codes: [
      "permission_error",
      "PERMISSION_DENIED",
      "AccessDeniedException",
      "PermissionDenied",
      "unsupported_country_region_territory",
      "account_deactivated",
    ],
    kind: "provider-access-denied",
    example: {
      status: 403,
      code: "AccessDeniedException",
      message: "You don't have access to the model with the specified model ID.",
    },
  },
  {
    codes: rejectionCodes,
    says: /location is not supported/i,
    kind: "provider-access-denied",
    example: {
      status: 400,
      code: "FAILED_PRECONDITION",
      message: "User location is not supported for the API use.",
    },
  },
  {
    codes: [
      "not_found_error",
      "model_not_found",
      "NOT_FOUND",
      "ResourceNotFoundException",
      "DeploymentNotFound",
    ],
    kind: "model-not-found",
    example: { status: 404, code: "not_found_error", message: "model: claude-none" },
  },
  {
    codes: rejectionCodes,
    says: /model identifier is invalid|on-demand throughput isn.t supported/i,
    kind: "model-not-found",
    example: {
      status: 400,
      code: "ValidationException",
      message: "The provided model identifier is invalid.",
    },
  },
  {
    codes: ["request_too_large"],
    kind: "request-too-large",
    example: {
      status: 413,
      code: "request_too_large",
      message: "Request exceeds the maximum allowed number of bytes.",
    },
  },
  {
    codes: [
      "content_filter",
      "content_filtered",
      "content_policy_violation",
      "ResponsibleAIPolicyViolation",
      "guardrail_intervened",
      "invalid_prompt",
      "refusal",
      "SAFETY",
      "RECITATION",
      "PROHIBITED_CONTENT",
      "BLOCKLIST",
      "SPII",
    ],
    kind: "output-refused",
    example: {
      status: 400,
      code: "content_filter",
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    },
  },
  {
    codes: ["max_tokens", "MAX_TOKENS", "length", "max_output_tokens", "model_context_window_exceeded"],
    kind: "output-truncated",
    example: { status: 200, code: "max_tokens" },
  },
  {
    codes: [
      "MALFORMED_FUNCTION_CALL",
      "UNEXPECTED_TOOL_CALL",
      "malformed_model_output",
      "malformed_tool_use",
    ],
    kind: "output-malformed",
    example: { status: 200, code: "MALFORMED_FUNCTION_CALL" },
  },
  {
    codes: limitCodes,
    kind: "rate-limited",
    example: {
      status: 429,
      code: "rate_limit_error",
      message: "This request would exceed your account's rate limit. Please try again later.",
    },
  },
  {
    codes: ["overloaded_error", "engine_overloaded", "ModelNotReadyException", "server_is_overloaded"],
    kind: "provider-overloaded",
    example: { status: 529, code: "overloaded_error", message: "Overloaded" },
  },
  {
    codes: ["UNAVAILABLE", "server_error", "api_error", "ServiceUnavailableException"],
    says: /overloaded/i,
    kind: "provider-overloaded",
    example: {
      status: 503,
      code: "UNAVAILABLE",
      message: "The model is overloaded. Please try again later.",
    },
  },
  {
    codes: ["timeout_error", "DEADLINE_EXCEEDED", "ModelTimeoutException", "request_timeout"],
    kind: "provider-timeout",
    example: { status: 504, code: "DEADLINE_EXCEEDED", message: "Deadline expired before operation." },
  },
  {
    codes: ["ModelStreamErrorException"],
    kind: "stream-interrupted",
    example: {
      status: 424,
      code: "ModelStreamErrorException",
      message: "An error occurred while streaming.",
    },
  },
  {
    codes: [
      "api_error",
      "server_error",
      "internal_error",
      "internal_server_error",
      "INTERNAL",
      "UNAVAILABLE",
      "InternalServerException",
      "InternalServerError",
      "ServiceUnavailableException",
      "ModelErrorException",
    ],
    kind: "provider-unavailable",
    example: { status: 500, code: "api_error", message: "Internal server error" },
  },
  {
    codes: rejectionCodes,
    kind: "request-rejected",
    vague: true,
    example: { status: 422, code: "invalid_request_error", message: "messages: at least one is required" },
  },
];
