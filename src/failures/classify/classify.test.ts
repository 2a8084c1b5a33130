import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FailureKind,
  factsOf,
  failureAreas,
  failureKinds,
  failureOrigins,
} from "../../domain/failure.ts";
import type { Observation } from "../../domain/observation.ts";
import { classify, observationOf } from "./classify.ts";
import { providerRules } from "./provider-rules.ts";
import { ruleFor } from "./text.ts";
import { textRules } from "./text-rules.ts";

const now = new Date("2026-11-02T12:00:00.000Z");
const seen = (over: Partial<Observation> = {}): Observation => ({
  kind: "unclassified",
  message: "it failed",
  evidence: [],
  ...over,
});
const kindOf = (over: Partial<Observation>) => classify(seen(over), now).kind;
const builderDied = (output: string, over: Partial<Observation> = {}) =>
  classify(seen({ kind: "builder-failed", origin: "builder", exitCode: 1, output, ...over }), now);

describe("where facts disagree, the first in this order tells the kind:", () => {
  const facts = [
    ["a code of the provider", { providerError: { code: "overloaded_error" } }, "provider-overloaded"],
    ["an HTTP status", { status: 429 }, "rate-limited"],
    ["a signal", { signal: "SIGSEGV" }, "program-crashed"],
    ["an errno", { errno: "ENOSPC" }, "disk-full"],
    ["git's porcelain code", { porcelain: "UU" }, "merge-conflict"],
    ["a report", { tests: { total: 0, failed: 0, notLoaded: 0 } }, "tests-not-found"],
    ["text", { output: "Credit balance is too low", exitCode: 1 }, "billing-refused"],
  ] as const satisfies readonly (readonly [string, Partial<Observation>, FailureKind])[];

  test.each(facts.map(([name], index) => [name, index] as const))("%s", (_, index) => {
    const all = facts.slice(index).map(([, fact]) => fact);
    const over = Object.assign({}, ...all.toReversed()) as Partial<Observation>;
    expect(kindOf({ ...over, origin: "provider" })).toBe(facts[index]?.[2]);
  });

  test.each([
    ["store", "store-failed"],
    ["api", "own-api-failed"],
    ["plan", "plan-refused"],
  ] as const)("first of all the origin %s", (origin, kind) => {
    const all = Object.assign({}, ...facts.map(([, fact]) => fact)) as Partial<Observation>;
    expect(kindOf({ ...all, origin })).toBe(kind);
  });

  test("and where none says anything, the observer's own kind stands", () => {
    expect(kindOf({ kind: "builder-failed", origin: "builder", exitCode: 1, output: "gave up" })).toBe(
      "builder-failed",
    );
    expect(factsOf(kindOf({ providerError: { message: "no" } })).class).toBe("unknown");
  });
});

test("a builder that was killed failed by itself, unless the kernel ended a program for want of memory", () => {
  const killed = { kind: "builder-failed", origin: "builder" } as const;
  for (const fact of [{ signal: "SIGKILL" }, { signal: "SIGTERM" }, { exitCode: 137, output: "Killed" }]) {
    expect(kindOf({ ...killed, ...fact })).toBe("builder-failed");
    expect(kindOf({ ...killed, ...fact, memoryKill: true })).toBe("program-killed");
    expect(kindOf({ ...fact, origin: "tool" })).toBe("program-killed");
  }
  expect(kindOf({ ...killed, signal: "SIGSEGV" })).toBe("program-crashed");
});

test("our own store and API are internal and never transient, whatever they answered", () => {
  const anything = fc.record(
    {
      status: fc.integer({ min: 100, max: 599 }),
      errno: fc.constantFrom("ECONNRESET", "SQLITE_BUSY", "SQLITE_CORRUPT", "store-unreadable"),
      providerError: fc.record({ code: fc.constantFrom("rate_limit_error", "insufficient_quota") }),
      output: fc.constantFrom("Credit balance is too low", "Error: read ECONNRESET"),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anything, fc.constantFrom("store", "api"), (over, origin) => {
      expect(factsOf(kindOf({ ...(over as Partial<Observation>), origin })).class).toBe("internal");
    }),
  );
  expect(kindOf({ origin: "store", errno: "SQLITE_CORRUPT" })).toBe("store-damaged");
});

describe("a provider's error", () => {
  test.each(providerRules.map((rule) => [rule.example.code ?? "", rule.kind, rule] as const))(
    "%s is %s by its own rule",
    (_, kind, { example }) => {
      expect(kindOf({ origin: "provider", providerError: example })).toBe(kind);
      const { status, ...unknownStatus } = example;
      if (status !== 422) expect(kindOf({ origin: "provider", providerError: unknownStatus })).toBe(kind);
    },
  );

  const codes = providerRules.flatMap((rule) => rule.codes ?? []);
  const messages = fc.oneof(
    fc.string(),
    fc.constantFrom(...providerRules.map(({ example }) => example.message ?? "")),
  );

  test("never counts as transient with a status that says the request is at fault", () => {
    const status = fc.constantFrom(400, 401, 403, 404, 409, 413, 422);
    fc.assert(
      fc.property(status, fc.option(fc.constantFrom(...codes)), messages, (rejected, code, message) => {
        const providerError = { status: rejected, message, ...(code === null ? {} : { code }) };
        expect(factsOf(kindOf({ origin: "provider", providerError })).class).not.toBe("transient");
      }),
    );
  });

  test.each([408, 429, 500, 502, 503, 504, 520, 529, 599])("with status %d alone is transient", (status) => {
    expect(factsOf(kindOf({ origin: "provider", providerError: { status } })).class).toBe("transient");
  });

  test.each(["ETIMEDOUT", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ENOTFOUND"])(
    "%s is transient",
    (errno) => {
      expect(factsOf(kindOf({ origin: "provider", errno })).class).toBe("transient");
      expect(factsOf(kindOf({ origin: "provider", providerError: { code: errno } })).class).toBe("transient");
      expect(factsOf(kindOf({ origin: "app", errno })).class).not.toBe("transient");
    },
  );

  test("that names a code which says little goes by its status", () => {
    const code = "invalid_request_error";
    expect(kindOf({ providerError: { code, status: 401 } })).toBe("provider-key-refused");
    expect(kindOf({ providerError: { code, status: 413 } })).toBe("request-too-large");
  });
});

describe("the rule of text", () => {
  test.each(textRules.map((rule) => [rule.name, rule.kind, rule] as const))(
    "%s tells %s",
    (_, kind, rule) => {
      const from = rule.from[0] ?? "tool";
      expect(ruleFor(rule.example, from)?.name).toBe(rule.name);
      expect(kindOf({ origin: from, output: `first\n${rule.example}\n`, exitCode: 1 })).toBe(kind);
    },
  );

  test.each(textRules.map((rule) => [rule.name, rule] as const))(
    "%s fits no line that only quotes it",
    (_, rule) => {
      for (const quoting of [
        `+ ${rule.example}`,
        `   ${rule.example}`,
        `const text = "${rule.example}";`,
        `// ${rule.example}`,
      ])
        for (const from of rule.from)
          expect(classify(seen({ origin: from, output: quoting, exitCode: 1 }), now).kind).toBe(
            "unclassified",
          );
    },
  );

  test("makes of a builder's words only what waits, costs, or refuses, never a success or a better attempt", () => {
    for (const rule of textRules.filter(({ from }) => from.includes("builder")))
      expect(["transient", "resource", "environment", "builder"]).toContain(factsOf(rule.kind).class);
  });
});

describe("a builder that exits non-zero", () => {
  const dumped = "    at next (/w/cli.js:1:2)\n  status: 429,\n".repeat(10);
  const anthropic =
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011CZAZL"}';
  const gemini = String.raw`{"error":{"message":"{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Resource has been exhausted (e.g. check quota).\",\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n","code":429,"status":"Too Many Requests"}}`;
  test.each([
    [`API Error: 529 ${anthropic}`, "provider-overloaded"],
    [`API Error (529 ${anthropic})`, "provider-overloaded"],
    ["API Error: 529 Overloaded. This is a server-side issue, usually temporary", "provider-overloaded"],
    [
      'API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
      "provider-key-refused",
    ],
    [
      'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}',
      "billing-refused",
    ],
    [
      `Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your account's rate limit. Please try again later."}}`,
      "rate-limited",
    ],
    [`[API Error: got status: 429 Too Many Requests. ${gemini}]`, "rate-limited"],
    [`ApiError: ${gemini}`, "rate-limited"],
    [
      "ERROR: exceeded retry limit, last status: 429 Too Many Requests, request id: 9c84b52ce87fbe62-SJC",
      "rate-limited",
    ],
    [
      'Codex error: {"type":"error","error":{"type":"usage_limit_reached","message":"The usage limit has been reached"},"status_code":429}',
      "quota-exhausted",
    ],
    [
      `openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}`,
      "quota-exhausted",
    ],
    [
      `openai.RateLimitError: Error code: 429 - {'error': {'message': 'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 30601.', 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}`,
      "request-too-large",
    ],
    [
      `litellm.RateLimitError: AzureException RateLimitError - Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit. Please retry after 86400 seconds.'}}`,
      "rate-limited",
    ],
    [
      "google.api_core.exceptions.ResourceExhausted: 429 Resource has been exhausted (e.g. check quota).",
      "rate-limited",
    ],
    [
      "botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): Too many requests, please wait before trying again.",
      "rate-limited",
    ],
    [
      "botocore.exceptions.ClientError: An error occurred (ThrottlingException) when calling the Converse operation: Too many tokens per day, please wait before trying again.",
      "quota-exhausted",
    ],
    [
      "anthropic.BadRequestError: Error code: 400 - {'type': 'error', 'error': {'type': 'invalid_request_error', 'message': 'prompt is too long: 215732 tokens > 200000 maximum'}}",
      "context-too-long",
    ],
  ] as const)("with %s died of its provider", (line, kind) => {
    const failure = builderDied(`working\n${line}\n`);
    expect(failure).toMatchObject({ kind, origin: "provider" });
    expect(builderDied(`\u001b[31m${line}\u001b[0m\n${dumped}}\n\nNode.js v24.1.0\n`).kind).toBe(kind);
  });

  test.each([
    ["Claude AI usage limit reached|1762092000", 7_200_000],
    ["You've hit your limit · resets 3pm (Europe/London)", 3 * 3_600_000],
    ["You've hit your limit · resets Nov 5 at 9pm (America/New_York)", 3 * 86_400_000 + 14 * 3_600_000],
    ["ERROR: You've hit your usage limit. Upgrade to Pro or try again in 1 day 2 hours.", 26 * 3_600_000],
    [
      "ERROR: stream disconnected before completion: Rate limit is exceeded. Try again in 11 seconds.",
      11_000,
    ],
    [
      `openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o on requests per day (RPD). Please try again in 6m0.5s.', 'code': 'rate_limit_exceeded'}}`,
      360_500,
    ],
    [
      `API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."}}`,
      28 * 86_400_000 + 43_200_000,
    ],
  ])("with %s comes back then", (line, retryAfterMs) => {
    const failure = classify(
      seen({ origin: "builder", exitCode: 1, output: line }),
      line.includes("1762092000") ? new Date(1_762_084_800_000) : now,
    );
    expect(failure.retryAfterMs).toBe(retryAfterMs);
    expect(["transient", "resource"]).toContain(factsOf(failure.kind).class);
  });

  test.each([
    ["code", '+  throw new Error("API Error: 529 overloaded_error");'],
    ["a test's name", "✗ retries when it hits API Error: 529 (3 ms)"],
    ["an assertion", "AssertionError: expected 'rate_limit_error' to be 'API Error: 429'"],
    ["a plain error", "Error: 429 Too Many Requests"],
    ["prose", "The provider answered 429 and insufficient_quota, so I stopped."],
    ["an error of the app's own", "NotFoundError: 404 no such note"],
  ])("is not excused by %s", (_, line) => {
    expect(builderDied(`${line}\n`).kind).toBe("builder-failed");
  });

  test("is not excused by what it printed before its end, nor when it exits with 0", () => {
    const line = "API Error: 529 Overloaded.";
    const later = Array.from({ length: 4 }, (__, index) => `went on ${index}`).join("\n");
    expect(builderDied(`${line}\n${later}\n`).kind).toBe("builder-failed");
    expect(builderDied(`${line}\n`, { exitCode: 0 }).kind).toBe("builder-failed");
    expect(builderDied(`${line}\n`).kind).toBe("provider-overloaded");
  });
});

test("a setup command's output tells what it failed of; a check's tells what kind of check it was", () => {
  const failed = (kind: FailureKind, detail: string) =>
    classify(observationOf({ kind, message: "it failed", evidence: [{ label: "output", detail }] }), now)
      .kind;
  expect(failed("setup-failed", "npm error code ERESOLVE\nnpm error ERESOLVE could not resolve")).toBe(
    "dependency-conflict",
  );
  expect(failed("check-failed", "src/a.ts(1,2): error TS2304: Cannot find name 'x'.")).toBe("types-failed");
  expect(failed("check-failed", "tar: x: Cannot write: No space left on device")).toBe("check-failed");
  expect(failed("tests-failed", "src/a.ts(1,2): error TS2304: Cannot find name 'x'.")).toBe("tests-failed");
});

test("what it was classified by is evidence, and what was known stays", () => {
  const failure = builderDied("API Error: 529 Overloaded.", {
    evidence: [{ label: "log", detail: "build.log" }],
  });
  expect(failure.evidence).toEqual([
    { label: "log", detail: "build.log" },
    { label: "classified by", detail: "it printed: API Error: 529 Overloaded." },
  ]);
});

test("every area has a kind, and every kind that only classifying can give has an example", () => {
  expect(new Set(Object.values(failureKinds).map(({ area }) => area))).toEqual(new Set(failureAreas));
  const given = new Set<FailureKind>([
    ...providerRules.map(({ kind }) => kind),
    ...textRules.map(({ kind }) => kind),
    ...["SIGKILL", "SIGSEGV"].map((signal) => kindOf({ signal })),
    ...["EMFILE"].map((errno) => kindOf({ errno })),
    ...failureOrigins.map((origin) => kindOf({ origin })),
    kindOf({ origin: "store", errno: "SQLITE_NOTADB" }),
  ]);
  const classified = Object.keys(failureKinds).slice(Object.keys(failureKinds).indexOf("patch-rejected"));
  expect(classified.length).toBeGreaterThan(30);
  const missing = classified.filter((kind) => !given.has(kind as FailureKind));
  expect(missing.filter((kind) => !observedElsewhere.includes(kind))).toEqual([]);
});

/** Kinds that somebody else gives: the gate, the executor, a builder. */
const observedElsewhere: readonly string[] = [
  "source-broken",
  "check-failed",
  "acceptance-failed",
  "check-inconclusive",
  "setup-failed",
  "tests-failed",
  "tests-inconclusive",
  "coverage-low",
  "memory-exceeded",
  "processes-exceeded",
  "workspace-failed",
  "builder-not-started",
  "tokens-exhausted",
  "time-exhausted",
  "interrupted-twice",
  "orchestrator-error",
];

test("hostile text is read in bounded time", () => {
  for (const text of [
    "API Error: 529 ",
    "npm error code ",
    "'message': '",
    "a.ts(1,2): error ",
    "{",
    "\u001b[",
    "0 m ",
  ])
    builderDied(text.repeat(Math.ceil(1_000_000 / text.length)));
});
