import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openKeyStart, redact } from "./redact.ts";

const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----";

describe("redact", () => {
  test.each([
    ["key sk-abcdefghijklmnopqrstuvwx used", "key [redacted] used"],
    ["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"],
    ["github_pat_11AAAAAAA0abcdefghijklmnop", "[redacted]"],
    ["id AKIAIOSFODNN7EXAMPLE.", "id [redacted]."],
    ["xoxb-123456789012-abcdefghij", "[redacted]"],
    ["AIzaSyA1234567890abcdefghijklmnopqrstuv", "[redacted]"],
    ["Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [redacted]"],
    ["git clone https://me:hunter22@example.org/x.git", "git clone https://[redacted]@example.org/x.git"],
    ["postgres://:hunter22@db/x", "postgres://[redacted]@db/x"],
    ["PASSWORD=correcthorse next", "PASSWORD=[redacted] next"],
    ['{"access_token": "abcdefghijkl", "n": 1}', '{"access_token": "[redacted]", "n": 1}'],
    [`before ${pem} after`, "before [redacted] after"],
  ])("hides the secret in %j", (text, shown) => {
    expect(redact(text, [])).toBe(shown);
  });

  test.each([
    "task-management-system-component-list",
    "token=short",
    "Unexpected token: something",
    "see https://example.org:8080/a@b",
    "the disk-usage-of-the-whole-machine",
  ])("leaves %j as it is", (text) => {
    expect(redact(text, [])).toBe(text);
  });

  test("hides the values given, line by line, and not the short ones", () => {
    expect(redact("a=s3cr3t!! b=1", ["s3cr3t!!", "1"])).toBe("a=[redacted] b=1");
    expect(redact("x second-line y", ["first-line\nsecond-line"])).toBe("x [redacted] y");
    expect(redact(`<${"k".repeat(3000)}>`, ["k".repeat(3000)])).not.toContain("k");
  });

  test("hides what follows the begin of a private key without an end", () => {
    expect(redact("-----BEGIN PRIVATE KEY-----\nMIIE", [])).toBe("[redacted]");
    expect(openKeyStart("ab\n-----BEGIN PRIVATE KEY-----\nMIIE")).toBe(3);
    expect(openKeyStart(pem)).toBe(-1);
    expect(openKeyStart("nothing")).toBe(-1);
  });

  const fragment = fc.constantFrom(
    "sk-",
    "ghp_",
    "AKIAIOSFODNN7EXAMPLE",
    "xoxb-",
    "Bearer ",
    "password=",
    '"token": "',
    "://",
    "user",
    ":",
    "@",
    ",",
    "abcdefghijklmnopqrst",
    "0123456789abcdef",
    "[redacted]",
    "redacted",
    "[",
    "secretvalue",
    "eyJabcdefghijkl.",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    " ",
    "\n",
    ".",
    "-",
    "_",
    "!",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join("")),
  );
  const secrets = fc.array(fc.oneof(fragment, fc.string()), { maxLength: 4 });

  test("redacting twice is redacting once, and the text grows at most by the marks", () => {
    fc.assert(
      fc.property(text, secrets, (raw, values) => {
        const once = redact(raw, values);
        expect(redact(once, values)).toBe(once);
        expect(once.length).toBeLessThanOrEqual(raw.length * 10);
      }),
      { numRuns: 3000 },
    );
  });

  test("no value given is left outside the marks", () => {
    fc.assert(
      fc.property(text, secrets, (raw, values) => {
        const shown = redact(raw, values).split("[redacted]");
        for (const value of values.flatMap((v) => v.split(/[\r\n]+/)))
          if (value.trim().length >= 6) expect(shown.some((part) => part.includes(value))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    "a",
    "sk-",
    "eyJa",
    "password",
    "password=",
    "://",
    ":",
    "//a:",
    "-----BEGIN PRIVATE KEY-----",
    "token ",
  ])("ends on a line of a million characters of %j", (unit) => {
    const line = unit.repeat(Math.ceil(1_000_000 / unit.length));
    expect(redact(line, ["another secret"]).length).toBeLessThanOrEqual(line.length * 2);
  });
});
