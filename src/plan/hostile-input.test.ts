import { describe, expect, it } from "vitest";
import { assessGlob } from "./deliverable-path.ts";
import { parsePlan } from "./parse.ts";

const head = "version: 1\nrun: { id: p, goal: g }\n";
const defaults = {
  setup: [],
  carry: [],
  checks: [],
  builder: null,
  attempts: 3,
  minutes: 60,
  tokens: null,
} as const;
const parse = (content: string | Uint8Array) =>
  parsePlan(content, { file: "plan.yaml", defaults, maxBytes: 2_000_000 });

const names = [..."abcdefghi"];
const bomb = names
  .map((name, index) => `${name}: &${name} [${Array(9).fill(index === 0 ? "x" : `*${names[index - 1]}`)}]\n`)
  .join("");

describe("a plan is refused, with its place and without a throw, when it is", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["nothing at all", "", "1:1 missing-field: The plan is empty."],
    ["a byte order mark alone", "\ufeff", "1:1 missing-field: The plan is empty."],
    ["comments alone", "# nothing\n", "1:1 missing-field: The plan is empty."],
    ["a list", "- a\n", "1:1 invalid-value: This cannot be this list: expected a mapping."],
    ["a number", "42\n", "1:1 invalid-value: This cannot be `42`: expected a mapping."],
    ["cut off in the middle", "version: 1\nrun: {id: [p\n", "3:1 plan-syntax: Flow map"],
    ["indented with tabs", "version: 1\nrun:\n\tid: p\n", "3:1 plan-syntax: Tabs are not allowed"],
    ["two documents", "version: 1\n---\nversion: 1\n", "2:1 plan-syntax: A second document begins here"],
    ["aliases that multiply", bomb, " plan-syntax: It holds too many values, or aliases that multiply."],
    ["an alias that holds itself", "a: &a [*a]\n", "1:8 plan-syntax: It is nested too deeply, or an alias"],
    ["an alias to nothing", `${head}tiers: *nobody\n`, "3:8 plan-syntax: The alias `nobody` names no anchor"],
    ["lists nested without end", `a: ${"- ".repeat(50_000)}x`, "1:"],
    ["flow nested without end", `a: ${"[".repeat(20_000)}`, "1:"],
    ["mappings nested by indentation", deep(1500), ":"],
    ["a key of a megabyte", `${"k".repeat(1_000_000)}: 1\n`, "1:1 plan-syntax: The : indicator"],
    ["a key that is a mapping", "? {a: 1}\n: b\n", "1:3 plan-syntax: A key must be text."],
    ["a merge key", `${head}tiers: &t []\n<<: *t\n`, "4:1 unknown-key: The key `<<` is not known here."],
    ["a key twice", `${head}tiers: []\nrun: {}\n`, "4:1 duplicate-key: The key `run` occurs twice."],
    [
      "a tag that would run code",
      `${head}tiers: !!js/function "function () { throw 1 }"\n`,
      "3:8 plan-syntax: Unresolved tag: tag:yaml.org,2002:js/function.",
    ],
    ["a binary tag", `${head}tiers: !!binary aGVsbG8=\n`, "3:8 plan-syntax: Unresolved tag"],
    ["another version of YAML", `%YAML 9.9\n---\n${head}`, "1:7 plan-syntax: Unsupported YAML version 9.9."],
    ["a key of the prototype", `${head}tiers: []\n__proto__: {}\n`, "4:1 unknown-key: The key `__proto__`"],
    ["UTF-16", Buffer.from(`\ufeff${head}`, "utf16le"), "1:1 plan-not-text: The plan is UTF-16"],
    ["UTF-16 without a mark", Buffer.from(head, "utf16le"), "1:2 plan-not-text: The plan holds a NUL"],
    ["text with a NUL character", `${head}tiers: "a\0b"\n`, "3:10 plan-not-text: The plan holds a NUL"],
    ["Latin-1", Buffer.from(`${head}tiers: ä`, "latin1"), "3:8 plan-not-text: The plan is not UTF-8 text."],
    ["a program", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 0]), "1:6 plan-not-text: The plan holds a NUL"],
    ["too large", " ".repeat(2_000_001), "1:1 plan-too-large: The plan has 2000001 bytes"],
    ["nothing but punctuation", `[${",".repeat(1_900_000)}`, "1:1 plan-syntax: It holds too many parts."],
    ["nothing but quotation marks", '"'.repeat(1_900_000), "1:1 plan-syntax: It holds too many parts."],
    ["more phases than are read", phases(5001), "3:1 plan-too-large: The plan has 5001 phases"],
  ])("%s", (_, content, expected) => {
    const { findings, plan, file } = parse(content);
    const shown = findings.map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);
    expect(shown.find((one) => one.includes(expected)) ?? shown).toContain(expected);
    expect(plan).toBe(null);
    expect(findings.every((finding) => finding.file === file)).toBe(true);
  });
});

function deep(levels: number): string {
  return Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
}

function phases(count: number): string {
  return `${head}tiers:\n- id: t\n  phases: [${Array(count).fill("1").join(", ")}]\n`;
}

it("shows no more than twenty faults of syntax, whatever there is", () => {
  expect(parse("? [a]\n: b\n".repeat(1000)).findings).toHaveLength(20);
  expect(parse("k: 1\n".repeat(1000)).findings.length).toBeLessThan(30);
});

it("reads what editors leave: a byte order mark, carriage returns, no last line end", () => {
  const text = `\ufeff${head}checks: { there: "true" }\ntiers: [{ id: t, phases: [{ id: p, description: d, category: docs, deliverables: [a], builder: b }] }]`;
  expect(parse(text.replaceAll("\n", "\r\n"))).toMatchObject({ findings: [], plan: { id: "p" } });
});

it.each([
  ["**/a/**/b/**", "more than 2 `**`"],
  ["*a*a*a*a", "more than 3 stars in one name"],
  ["+(a|aa)+(a)", "parentheses"],
  ["app/(group)/page.tsx", "write `[(]`"],
  ["{a,aa}+b", "a plus after a bracket"],
  ["[a]+", "a plus after a bracket"],
  ["{a,b}{a,b}{a,b}{a,b}{a,b}", "more than 4 braces"],
])("takes %s for no pattern: matching it could take for ever", (glob, why) => {
  expect(assessGlob(glob)).toContain(why);
});

it.each(["src/**/*.test.ts", "**/*.{ts,tsx}", "c++/*.h", "app/[(]group[)]/[[]id].tsx", "a/[*][*]/b"])(
  "takes %s for a pattern",
  (glob) => expect(assessGlob(glob)).toBe(null),
);
