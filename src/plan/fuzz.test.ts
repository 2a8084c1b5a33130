import fc from "fast-check";
import { expect, it } from "vitest";
import { plainFacts, plainRepository } from "../../test/harness/plan-facts.ts";
import { planWith } from "../../test/harness/plan-text.ts";
import { showFinding } from "./findings.ts";
import { type LintRules, lintPlan } from "./lint.ts";
import { parsePlan } from "./parse.ts";

const repository = { ...plainRepository, refs: ["main"], paths: new Set(["readme.md"]) };
const facts = { ...plainFacts, repository };
const rules: LintRules = {
  assessPath: () => ({ verdict: "allowed" }),
  findBuilder: (name) => (name === "claude" ? { argv: ["claude"], reportsUsage: true } : undefined),
  builderNames: ["claude"],
  opensOwn: () => false,
};

/** What holds for any input at all: an answer, with a place in the file for all that is wrong. */
function expectAnswer(input: string | Uint8Array): void {
  const parsed = parsePlan(input, {
    file: "plan.yaml",
    defaults: { setup: [], carry: [], checks: [], builder: null, attempts: 3, minutes: 60, tokens: null },
    maxBytes: 100_000,
  });
  const findings = lintPlan(parsed, facts, rules);
  const lines = Buffer.from(input)
    .toString("utf8")
    .split(/\r\n|\r|\n/).length;
  for (const finding of findings) {
    expect(finding.line).toBeGreaterThanOrEqual(1);
    expect(finding.line).toBeLessThanOrEqual(lines);
    expect(finding.column).toBeGreaterThanOrEqual(1);
    expect(showFinding(finding)).toMatch(/^plan\.yaml:\d+:\d+: (error|warning): /);
    expect(finding.message).not.toMatch(/[\p{Cc}]|undefined|\[object/u);
  }
  if (parsed.plan === null) expect(findings.some(({ severity }) => severity === "error")).toBe(true);
}

const whole = planWith({});

it("answers any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectAnswer), { numRuns: 150 });
});

it("answers any text of YAML's own signs", () => {
  const sign = fc.constantFrom(
    ..."-?:,[]{}#&*!|>'\"%@`~\t\r\n \\/0aé\u2028\ufeff",
    "- ",
    ": ",
    "\n  ",
    "<<: ",
    "&a ",
    "*a",
    "!!str ",
    "version: 1\n",
    "tiers:",
  );
  const text = fc.array(sign, { maxLength: 60 }).map((signs) => signs.join(""));
  fc.assert(fc.property(text, expectAnswer), { numRuns: 150 });
});

it("answers a sound plan with any of its values exchanged, left out, doubled or moved", () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(-1, 0, 1e308, -0, 2 ** 53, "", "../x", "\0", "__proto__", [], {}, [[]], "a".repeat(5000)),
  );
  fc.assert(
    fc.property(fc.nat(), fc.nat(3), value, (place, how, other) => {
      const document: unknown = JSON.parse(whole);
      mutate(document, place, how, other);
      expectAnswer(JSON.stringify(document, null, 1));
    }),
    { numRuns: 150 },
  );
});

it("answers the text of a sound plan with any piece cut out or put in", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(30), fc.string({ unit: "binary", maxLength: 5 }), (at, length, piece) => {
      const start = at % whole.length;
      expectAnswer(whole.slice(0, start) + piece + whole.slice(start + length));
    }),
    { numRuns: 150 },
  );
});

/** Changes one place of the document; which one follows from the number. */
function mutate(root: unknown, place: number, how: number, other: unknown): void {
  const places: { readonly parent: Record<string, unknown>; readonly key: string }[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ parent: value as Record<string, unknown>, key });
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(root);
  const { parent, key } = places[place % places.length]!;
  if (how === 0) parent[key] = other;
  else if (how === 1) delete parent[key];
  else if (how === 2) parent[`${key}x`] = parent[key];
  else parent[key] = [parent[key], other];
}
