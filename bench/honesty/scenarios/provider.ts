import { feature, honest, never, write } from "../repository.ts";
import type { Answer, Cause, Entry, Group, Phase, Scenario } from "../scenario.ts";
import { errorBody } from "../server.ts";

const ok: Answer = { ok: 100 };

/** The first call of the builder meets this answer and says so in its output; the second one works. */
function once(
  name: string,
  about: string,
  answer: Answer,
  cause: Cause | readonly Cause[],
  tells: "text" | "result" = "text",
): Scenario {
  const call = { call: "model", tells } as const;
  return {
    name,
    about,
    provider: { model: [answer, ok] },
    phases: [
      feature("double", {
        builder: [{ acts: [{ say: "Looking at the repository" }, call], cause }, honest("double", call)],
      }),
    ],
  };
}

/** The first call of the builder ends with these lines, as agents and libraries print them; the second one works. */
const prints = (name: string, about: string, lines: readonly string[]): Scenario => ({
  name,
  about,
  phases: [
    feature("double", {
      builder: [
        {
          acts: [{ say: "Looking at the repository" }, ...lines.map((line) => ({ say: line }))],
          exit: 1,
          cause: "transient",
        },
        honest("double"),
      ],
    }),
  ],
});

/** The provider gives the same answer whenever it is asked: nothing but a person can help. */
function always(
  name: string,
  about: string,
  answer: Answer,
  cause: Cause | readonly Cause[],
  more: Partial<Phase> = {},
): Scenario {
  return {
    name,
    about,
    provider: { model: [answer] },
    phases: [
      never(
        "double",
        { acts: [{ call: "model" }], cause },
        { budget: { attempts: 3, minutes: 0.3 }, ...more },
      ),
      feature("triple", { dependsOn: ["double"], done: "no", builder: [honest("triple")] }),
    ],
  };
}

const rateLimit = errorBody(
  "rate_limit_error",
  "This request would exceed your account's rate limit. Please try again later.",
);
const overloaded = errorBody("overloaded_error", "Overloaded");
const credit = errorBody(
  "invalid_request_error",
  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
);
const tooLong = errorBody("invalid_request_error", "prompt is too long: 214096 tokens > 200000 maximum");
const httpDate = new Date(Date.now() + 1000).toUTCString();

/** Phases at once, all of which meet a provider that refuses everybody for a while. */
const crowd = (entry: (name: "double" | "triple" | "square") => readonly Entry[]): Phase[] =>
  (["double", "triple", "square"] as const).map((name) => feature(name, { builder: entry(name) }));

export const provider: Group = {
  name: "provider",
  scenarios: [
    once(
      "rate-limit-told",
      "429 with Retry-After, passed on in the builder's result",
      { status: 429, headers: { "retry-after": "1" }, body: rateLimit },
      "transient",
      "result",
    ),
    once(
      "rate-limit-text",
      "429 with Retry-After, in the output alone",
      { status: 429, headers: { "retry-after": "1" }, body: rateLimit },
      "transient",
    ),
    once(
      "rate-limit-date",
      "429 with a date in Retry-After",
      { status: 429, headers: { "retry-after": httpDate }, body: rateLimit },
      "transient",
    ),
    once(
      "rate-limit-bare",
      "429 without a word on when to come back",
      { status: 429, body: rateLimit },
      "transient",
    ),
    once("overloaded-529", "529, overloaded", { status: 529, body: overloaded }, "transient"),
    once(
      "server-error-500",
      "500, internal server error",
      { status: 500, body: errorBody("api_error", "Internal server error") },
      "transient",
    ),
    once(
      "unavailable-told",
      "503, passed on in the builder's result",
      { status: 503, body: errorBody("api_error", "Service unavailable") },
      "transient",
      "result",
    ),
    once("connection-reset", "The connection is reset", { breaks: "connection" }, "transient"),
    once("stream-interrupted", "The stream ends in its middle", { breaks: "stream" }, "transient"),
    once(
      "no-answer",
      "The provider never answers, and the client gives up",
      { breaks: "silence" },
      "transient",
    ),
    always(
      "key-rejected",
      "401: the key is not valid, whenever it is tried",
      { status: 401, body: errorBody("authentication_error", "invalid x-api-key") },
      ["environment", "deterministic"],
    ),
    always(
      "permission-denied",
      "403: this key may not use this model",
      {
        status: 403,
        body: errorBody(
          "permission_error",
          "Your API key does not have permission to use the specified resource.",
        ),
      },
      ["environment", "deterministic", "policy"],
    ),
    always("prompt-too-long", "400: the prompt is too long, and stays so", { status: 400, body: tooLong }, [
      "deterministic",
      "resource",
    ]),
    always("credit-too-low", "400: the credit balance is too low", { status: 400, body: credit }, "resource"),
    {
      ...always(
        "quota-hours-away",
        "429 that asks to come back in five hours, with minutes left",
        {
          status: 429,
          headers: { "retry-after": "18000" },
          body: errorBody("rate_limit_error", "You have reached your usage limit."),
        },
        ["transient", "resource"],
      ),
      budget: { minutes: 0.3 },
    },
    always(
      "always-overloaded",
      "529 whenever it is tried",
      { status: 529, body: overloaded },
      ["transient", "resource"],
      {
        budget: { attempts: 3, minutes: 0.08 },
      },
    ),
    prints("gemini-overloaded-text", "Gemini CLI shows that the model is overloaded", [
      '✕ [API Error: {"error":{"message":"{\\n  \\"error\\": {\\n    \\"code\\": 503,',
      '    \\"message\\": \\"The model is overloaded. Please try again later.\\",\\n',
      '    \\"status\\": \\"UNAVAILABLE\\"\\n  }\\n}\\n","code":503,"status":"Service Unavailable"}}]',
    ]),
    prints("azure-limit-text", "A library shows Azure's rate limit", [
      "litellm.RateLimitError: AzureException RateLimitError - Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 1 second.",
    ]),
    prints("bedrock-throttled-text", "AWS's command line shows that Bedrock throttles", [
      "An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 2): Too many tokens, please wait before trying again.",
    ]),
    prints("openai-limit-text", "An SDK shows OpenAI's rate limit", [
      "AI_RetryError: Failed after 3 attempts. Last error: Rate limit reached for gpt-4o-mini in organization org-x on tokens per min (TPM): Limit 200000, Used 199821, Requested 2295. Please try again in 634ms.",
    ]),
    prints("openrouter-limit-text", "An agent shows OpenRouter's limit of free models", [
      "Error: 429 Rate limit exceeded: free-models-per-min.",
    ]),
    prints("socket-closed-text", "Claude Code shows that the connection was closed", [
      "API Error: The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()",
    ]),
    {
      name: "stampede-told",
      about: "Three phases at once meet a rate limit that their builders pass on",
      maxParallel: 3,
      provider: { model: [{ busyMs: 1500 }] },
      phases: crowd((name) => [{ ...honest(name, { call: "model", tells: "result" }), cause: "transient" }]),
    },
    {
      name: "stampede-text",
      about: "Three phases at once meet a rate limit that their builders print",
      maxParallel: 3,
      provider: { model: [{ busyMs: 1500 }] },
      phases: crowd((name) => [{ ...honest(name, { call: "model" }), cause: "transient" }]),
    },
  ],
};

const sameError = (acts: Entry["acts"], cause: Cause | readonly Cause[]): Entry => ({
  acts,
  cause,
  claim: "I will try again.",
});

export const repeated: Group = {
  name: "repeated",
  scenarios: [
    {
      name: "same-error-each-time",
      about: "The builder ends with the same error whenever it is called",
      phases: [
        never(
          "double",
          sameError(
            [{ run: "echo \"Error: Cannot find module 'agent-core'\" >&2; exit 1" }],
            ["builder", "environment"],
          ),
          { budget: { attempts: 5 } },
        ),
        feature("triple", { tier: 2 }),
      ],
    },
    {
      name: "same-wrong-work",
      about: "The same wrong work whenever it is called",
      phases: [
        never(
          "double",
          sameError([write("src/double.js", "export const double = (n) => n * 3;\n")], "quality"),
          {
            budget: { attempts: 5 },
            acceptance: [
              `node -e "import('./src/double.js').then(({ double }) => process.exit(double(4) === 8 ? 0 : 1))"`,
            ],
          },
        ),
        feature("triple", { tier: 2 }),
      ],
    },
    {
      name: "setup-always-fails",
      about: "The setup of the plan cannot succeed",
      setup: ["echo 'npm error code ENOTFOUND registry.invalid' >&2; exit 1"],
      phases: [feature("double", { done: "either", cause: "environment", budget: { attempts: 3 } })],
    },
    {
      name: "builder-not-installed",
      about: "The builder's program is not on this machine",
      phases: [
        never(
          "double",
          { acts: [], cause: "environment" },
          { program: "agent-that-is-not-installed --headless", budget: { attempts: 3 } },
        ),
      ],
    },
    {
      name: "check-not-installed",
      about: "The program of a check is not on this machine",
      checks: [{ name: "lint", run: "linter-that-is-not-installed ." }],
      phases: [feature("double", { done: "either", cause: "environment", budget: { attempts: 3 } })],
    },
    {
      name: "dependants-of-failed",
      about: "What depends on a phase that failed cannot be done; the rest can",
      phases: [
        never("double", sameError([], "quality")),
        feature("triple", {
          dependsOn: ["double"],
          done: "no",
          builder: [{ acts: [], claim: "done", cause: "quality" }],
        }),
        feature("square"),
      ],
    },
  ],
};
