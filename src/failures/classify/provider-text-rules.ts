import type { TextRule } from "./text-rules.ts";

const builder = ["builder", "provider"] as const;

/** How builders begin the line on which they tell that a provider failed. */
const sdk = String.raw`(?:(?:anthropic|openai|litellm|google\.genai\.errors|google\.api_core\.exceptions)\.(?:\w{1,40}\.){0,3})`;

/** What builders print last when their provider fails: well-known agents and the providers' own libraries. */
export const providerTextRules: readonly TextRule[] = [
  {
    name: "claude-limit",
    from: builder,
    line: /^(?:Claude(?: AI)? usage limit reached(?:\||\.|$)|(?:5-hour|Weekly|Opus weekly) limit reached [∙·] resets |You've hit your (?:\w{1,20} )?limit [∙·] resets )/,
    kind: "quota-exhausted",
    example: "Claude AI usage limit reached|1793620800",
  },
  {
    name: "codex-limit",
    from: builder,
    line: /^(?:ERROR: |■ )?(?:You've hit your usage limit\b|The usage limit has been reached\b)/,
    kind: "quota-exhausted",
    example: "ERROR: You've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours.",
  },
  {
    name: "credit-balance",
    from: builder,
    line: /^(?:API Error: |Error: )?(?:Your credit balance is too low|Credit balance is too low)/,
    kind: "billing-refused",
    example: "Credit balance is too low",
  },
  {
    name: "quota",
    from: builder,
    line: new RegExp(
      `^(?:ERROR: |Error: |${sdk}RateLimitError: )(?:429 )?(?:You exceeded your current quota, please check|Quota exceeded\\b)`,
    ),
    kind: "quota-exhausted",
    example: "ERROR: Quota exceeded. Check your plan and billing details.",
  },
  {
    name: "login",
    from: builder,
    line: /^(?:API Error: |ERROR: )?(?:Invalid API key · |OAuth token (?:has )?(?:expired|revoked)\b.{0,80}(?:Please run \/login|$))/,
    kind: "provider-key-refused",
    example: "Invalid API key · Please run /login",
  },
  {
    name: "interrupted-by-limit",
    from: builder,
    line: /^(?:ERROR: |■ )?(?:stream error: )?stream disconnected before completion: Rate limit (?:is exceeded|reached)/,
    kind: "rate-limited",
    example: "ERROR: stream disconnected before completion: Rate limit is exceeded. Try again in 11 seconds.",
  },
  {
    name: "interrupted",
    from: builder,
    line: new RegExp(
      `^(?:ERROR: |■ )?(?:(?:stream error: )?stream disconnected before completion\\b|API Error: (?:Connection (?:closed|reset)|terminated|The socket connection was closed unexpectedly|(?:[Tt]he )?[Ss]tream (?:ended|closed|idle timeout|was interrupted))|(?:TypeError: terminated|Error: socket hang up|Error: read ECONNRESET|Error: aborted|Error \\[ERR_STREAM_PREMATURE_CLOSE\\]: Premature close|(?:httpx|httpcore)\\.RemoteProtocolError: .{0,200}))`,
    ),
    kind: "stream-interrupted",
    example: "ERROR: stream disconnected before completion: idle timeout waiting for SSE",
  },
  {
    name: "timed-out",
    from: builder,
    line: new RegExp(
      `^(?:API Error: Request timed out|(?:${sdk})?API(?:Connection)?Time(?:d)?[oO]ut(?:Error)?: |${sdk}Timeout: |(?:httpx|httpcore)\\.ReadTimeout\\b)`,
    ),
    kind: "provider-timeout",
    example: "openai.APITimeoutError: Request timed out.",
  },
  {
    name: "unreachable",
    from: builder,
    line: new RegExp(
      `^(?:API Error: (?:Connection error|fetch failed|Unable to connect to API)|(?:${sdk})?APIConnectionError: |\\w{0,20}Error: (?:connect ECONNREFUSED|connect ETIMEDOUT|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)) (?:api\\.anthropic\\.com|api\\.openai\\.com|generativelanguage\\.googleapis\\.com|[\\w-]{1,80}\\.openai\\.azure\\.com|bedrock-runtime\\.[\\w-]{1,40}\\.amazonaws\\.com))`,
    ),
    kind: "provider-unavailable",
    example: "APIConnectionError: Connection error.",
  },
];
