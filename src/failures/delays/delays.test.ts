import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headersIn, normaliseHeaders } from "./headers.ts";
import { readDelay } from "./read-delay.ts";

const now = new Date("2026-11-02T12:00:00.000Z");
const longestMs = 31 * 86_400_000;
const delayOf = (headers: Record<string, unknown>, over: { detailsMs?: number; message?: string } = {}) =>
  readDelay({ headers: normaliseHeaders(headers), message: "", limited: true, ...over }, now, longestMs);
const seconds = (count: number) => count * 1000;
const rfc9110 = "RFC 9110, 10.2.3";
const anthropicDocs = "Anthropic's API documentation: rate limits, response headers";
const openaiDocs = "OpenAI's documentation: rate limits in headers";
const azureSdk = "Azure's SDK for JavaScript: throttlingRetryStrategy";
const draft = "IETF draft-ietf-httpapi-ratelimit-headers";

/** What an answer says, and how long that is; each with where the form is from. */
const cases: readonly (readonly [source: string, headers: Record<string, unknown>, ms: number])[] = [
  [rfc9110, { "Retry-After": "120" }, seconds(120)],
  [rfc9110, { "retry-after": 7 }, seconds(7)],
  [rfc9110, { "retry-after": "Mon, 02 Nov 2026 12:01:30 GMT" }, seconds(90)],
  [`${rfc9110}, RFC 850 dates`, { "retry-after": "Monday, 02-Nov-26 12:01:30 GMT" }, seconds(90)],
  [`${rfc9110}, asctime dates`, { "retry-after": "Mon Nov  2 12:01:30 2026" }, seconds(90)],
  [`${rfc9110}, a date that is past`, { "retry-after": "Mon, 02 Nov 2026 11:00:00 GMT" }, 0],
  [`${rfc9110}, with fractions as Groq sends them`, { "retry-after": "1.5" }, 1500],
  [
    "their clock is 50 s behind ours",
    { "retry-after": "Mon, 02 Nov 2026 12:00:00 GMT", date: "Mon, 02 Nov 2026 11:59:10 GMT" },
    seconds(50),
  ],
  [
    "their clock is an hour before ours",
    { "retry-after": "Mon, 02 Nov 2026 13:00:20 GMT", Date: "Mon, 02 Nov 2026 13:00:00 GMT" },
    seconds(20),
  ],
  [
    "a span is the same by any clock",
    { "retry-after": "20", date: "Mon, 02 Nov 2026 13:00:00 GMT" },
    seconds(20),
  ],
  ["OpenAI's SDKs", { "retry-after-ms": "1234.2", "retry-after": "2" }, 1235],
  [azureSdk, { "x-ms-retry-after-ms": "2500", "retry-after": "3" }, 2500],
  [azureSdk, { "retry-after-ms": "30000" }, seconds(30)],
  ["AWS's SDKs", { "x-amz-retry-after": "1500" }, 1500],
  [
    "anthropics/anthropic-sdk-typescript#357, a real answer",
    {
      "anthropic-ratelimit-requests-limit": "5",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": "2024-03-26T20:00:00Z",
      "anthropic-ratelimit-tokens-limit": "25000",
      "anthropic-ratelimit-tokens-remaining": "16000",
      "anthropic-ratelimit-tokens-reset": "2024-03-26T20:30:00Z",
      date: "Tue, 26 Mar 2024 19:59:59 GMT",
    },
    seconds(1),
  ],
  [
    `${anthropicDocs}: of two that are used up the later`,
    {
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-02T12:00:40Z",
      "anthropic-ratelimit-output-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-02T12:00:55Z",
    },
    seconds(55),
  ],
  [
    `${anthropicDocs}: retry-after goes first`,
    {
      "retry-after": "11",
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-tokens-reset": "2026-11-02T12:00:55Z",
    },
    seconds(11),
  ],
  [
    "router-for-me/CLIProxyAPI#3148: a subscription's five hours",
    {
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": String(now.getTime() / 1000 + 16_200),
    },
    seconds(16_200),
  ],
  [
    openaiDocs,
    {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "6m0s",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-tokens": "20ms",
    },
    seconds(360),
  ],
  [
    `${openaiDocs}: neither is used up, and the request was larger than what is left`,
    {
      "x-ratelimit-limit-requests": "5000",
      "x-ratelimit-remaining-requests": "4999",
      "x-ratelimit-reset-requests": "12ms",
      "x-ratelimit-limit-tokens": "30000",
      "x-ratelimit-remaining-tokens": "900",
      "x-ratelimit-reset-tokens": "58.2s",
    },
    58_200,
  ],
  [openaiDocs, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1s" }, seconds(1)],
  ["Go's durations", { "x-ratelimit-reset-requests": "1h2m3.5s" }, 3_723_500],
  ["Azure", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "17" }, seconds(17)],
  [
    "OpenRouter, in milliseconds since 1970 (Gitlawb/openclaude#936)",
    {
      "X-RateLimit-Limit": "50",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(now.getTime() + 43_200_000),
    },
    seconds(43_200),
  ],
  ["many APIs, in seconds since 1970", { "x-ratelimit-reset": now.getTime() / 1000 + 30 }, seconds(30)],
  [draft, { ratelimit: '"default";r=0;t=30', "ratelimit-policy": '"default";q=100;w=60' }, seconds(30)],
  [`${draft}: two policies`, { ratelimit: '"burst";r=0;t=2, "day";r=0;t=3600' }, seconds(3600)],
  [
    `${draft}: no time, so the policy's window`,
    { ratelimit: '"default";r=0', "ratelimit-policy": '"default";q=100;w=60' },
    seconds(60),
  ],
  [`${draft}-07`, { ratelimit: "limit=100, remaining=0, reset=50" }, seconds(50)],
  [`${draft}-03`, { "ratelimit-remaining": "0", "ratelimit-reset": "9" }, seconds(9)],
];

describe("when to come back by an answer's headers, as given by", () => {
  test.each(cases)("%s: %j", (_, headers, ms) => {
    expect(delayOf(headers).ms).toBe(ms);
  });

  test("the body's details where there is no such header, and by the message where there is neither", () => {
    expect(delayOf({}, { detailsMs: 34_000, message: "retry in 5s" }).ms).toBe(34_000);
    expect(delayOf({}, { message: "Please try again in 6m0s." }).ms).toBe(360_000);
    expect(delayOf({ "retry-after": "2" }, { detailsMs: 34_000 }).ms).toBe(2000);
    expect(delayOf({})).toEqual({});
  });
});

test("windows that headers tell of matter only where the refusal is one of too much use", () => {
  const headers = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1h0m0s" };
  expect(readDelay({ headers, message: "", limited: false }, now, longestMs)).toEqual({});
});

describe("what is not believed is passed over, and it is said why:", () => {
  test.each([
    [{ "retry-after": "-5" }, "retry-after: -5 is not believed: it is negative"],
    [{ "retry-after": "NaN" }, "retry-after: NaN is not believed: it is no time"],
    [{ "retry-after": "soon" }, "retry-after: soon is not believed: it is no time"],
    [{ "retry-after": "" }, "retry-after:  is not believed: it is no time"],
    [{ "retry-after": "1e9" }, "retry-after: 1e9 is not believed: it is no time"],
    [
      { "retry-after": "999999999999" },
      "retry-after: 999999999999 is not believed: it is further away than limits.provider_wait_hours",
    ],
    [
      { "retry-after": "Fri, 31 Dec 2099 23:59:59 GMT" },
      "retry-after: Fri, 31 Dec 2099 23:59:59 GMT is not believed: it is further away than limits.provider_wait_hours",
    ],
    [
      { "anthropic-ratelimit-unified-reset": "tomorrow" },
      "anthropic-ratelimit-unified-reset: tomorrow is not believed: it is no time",
    ],
  ])("%j", (headers, because) => {
    expect(delayOf(headers)).toEqual({ because });
  });

  test("the next that tells something holds", () => {
    expect(delayOf({ "retry-after-ms": "-1", "retry-after": "3" })).toEqual({
      ms: 3000,
      because: "retry-after-ms: -1 is not believed: it is negative; retry-after: 3",
    });
  });
});

test("a delay is never negative and never longer than is believed, whatever the answer holds", () => {
  const names = fc.constantFrom(
    ...new Set(cases.flatMap(([, headers]) => Object.keys(headers))),
    "ratelimit-policy",
  );
  const values = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('"a";r=0;t=-4', "9".repeat(400), "6m0s", "1h".repeat(100), "limit=,reset="),
  );
  fc.assert(
    fc.property(
      fc.dictionary(names, values),
      fc.option(fc.double(), { nil: undefined }),
      fc.integer({ min: 1, max: longestMs }),
      (headers, detailsMs, most) => {
        const { ms } = readDelay(
          { headers: normaliseHeaders(headers), detailsMs, message: "", limited: true },
          now,
          most,
        );
        if (ms === undefined) return;
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(Math.ceil(most));
        expect(Number.isInteger(ms)).toBe(true);
      },
    ),
  );
});

describe("headers that a program printed", () => {
  test.each([
    ["API Error: 429 {} (retry-after: 5)", { "retry-after": "5" }],
    [
      "  headers: {\n    'retry-after': '7',\n    date: 'Tue, 26 Mar 2024 19:59:59 GMT',\n",
      { "retry-after": "7", date: "Tue, 26 Mar 2024 19:59:59 GMT" },
    ],
    ['{"Retry-After":"9","X-RateLimit-Reset":"12"}', { "retry-after": "9", "x-ratelimit-reset": "12" }],
    [
      "Headers([('date', 'Mon, 26 May 2025 05:00:04 GMT'), ('x-ratelimit-reset-tokens', '9ms')])",
      { date: "Mon, 26 May 2025 05:00:04 GMT", "x-ratelimit-reset-tokens": "9ms" },
    ],
    [
      "< HTTP/2 429\n< retry-after: Mon, 02 Nov 2026 12:01:30 GMT\n",
      { "retry-after": "Mon, 02 Nov 2026 12:01:30 GMT" },
    ],
    ["the word update: 5 and no-retry-after: 6", {}],
  ])("%j", (text, headers) => {
    expect(headersIn(text)).toEqual(headers);
  });
});
