import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it, test } from "vitest";
import { isTestPath } from "../../domain/paths.ts";
import { assessTampering } from "./assess.ts";
import type { Allowance, TamperFile } from "./model.ts";
import { tamperRules } from "./rules.ts";

type Texts = ReadonlyMap<string, string>;
const change = (before: Texts, after: Texts): TamperFile[] =>
  [...new Set([...before.keys(), ...after.keys()])].map((path) => {
    const [oldText, newText] = [before.get(path) ?? null, after.get(path) ?? null];
    const status = oldText === null ? "added" : newText === null ? "deleted" : "modified";
    return { path, status, oldText, newText, isTest: isTestPath(path) };
  });
const assess = (
  before: Texts,
  after: Texts,
  owned: readonly string[] = [],
  allow: readonly Allowance[] = [],
) => assessTampering(change(before, after), { owned: picomatch([...owned]), reports, allow });
const reports = ["junit.xml", "reports/lcov.info"];
const one = (path: string, text: string): Texts => new Map([[path, text]]);

interface Case {
  readonly title: string;
  readonly tampered: string | null;
  readonly owned: string[];
  readonly before: Map<string, string>;
  readonly after: Map<string, string>;
}

const folder = join(import.meta.dirname, "../../../test/fixtures/tamper");
/** `=== honest: title` or `=== tampered severity: title`, then `owned GLOB`, then `--- before PATH` with its text. */
function readCases(rule: string): Case[] {
  const parts = readFileSync(join(folder, `${rule}.txt`), "utf8").split(/^=== /m);
  return parts.slice(1).map((part) => {
    const [head = "", ...sides] = part.split(/^--- /m);
    const [, kind, severity, title = ""] = /^(honest|tampered)(?: (\w+))?: (.*)/.exec(head) ?? [];
    const found: Case = {
      title,
      tampered: kind === "tampered" ? (severity ?? "") : null,
      owned: [...head.matchAll(/^owned (.+)$/gm)].map(([, glob = ""]) => glob),
      before: new Map(),
      after: new Map(),
    };
    for (const side of sides) {
      const [, when, path = "", text = ""] = /^(before|after) (\S+)\n([^]*)$/.exec(side) ?? [];
      found[when === "before" ? "before" : "after"].set(path, text);
    }
    return found;
  });
}
const rules = readdirSync(folder).map((name) => name.replace(".txt", ""));
const cases = rules.flatMap((rule) => readCases(rule).map((one) => ({ rule, ...one })));

test("every rule has cases that it alone tells, and honest ones", () => {
  expect(rules.sort()).toEqual(tamperRules.map(({ id }) => id).sort());
  for (const rule of rules) {
    const mine = cases.filter((one) => one.rule === rule);
    expect(
      mine.some(({ tampered }) => tampered === null),
      rule,
    ).toBe(true);
    if (rule !== "not-judged")
      expect(
        mine.some(({ tampered }) => tampered !== null),
        rule,
      ).toBe(true);
  }
});

describe.each(rules)("%s", (rule) => {
  const mine = cases.filter((one) => one.rule === rule);
  it.each(mine.filter(({ tampered }) => tampered !== null))("tells $title", async (given) => {
    const found = await assess(given.before, given.after, given.owned);
    expect([...new Set(found.map((one) => `${one.severity} ${one.rule}`))]).toEqual([
      `${given.tampered} ${rule}`,
    ]);
  });
  it.each(mine.filter(({ tampered }) => tampered === null))("lets pass $title", async (given) => {
    expect(await assess(given.before, given.after, given.owned)).toEqual([]);
  });
});

const skipped = [
  one("a.test.ts", 'it("adds", () => { expect(add(1, 2)).toBe(3); });'),
  one("a.test.ts", '\nit.skip("adds", () => { expect(add(1, 2)).toBe(3); });'),
] as const;

describe("a finding", () => {
  it("has a place and says what was done", async () => {
    expect(await assess(...skipped)).toEqual([
      {
        rule: "test-skipped",
        severity: "block",
        path: "a.test.ts",
        line: 2,
        message: 'one test skipped (it.skip): "adds"',
      },
    ]);
  });

  it("that the plan allows stays, with the plan's reason", async () => {
    const allow = [{ rule: "test-skipped", paths: ["**/*.test.ts"], reason: "needs a license" }];
    expect(await assess(...skipped, [], allow)).toMatchObject([
      { rule: "test-skipped", allowed: "needs a license" },
    ]);
  });

  it.each([
    ["of another rule", { rule: "test-focused", reason: "x" }],
    ["for other paths", { rule: "test-skipped", paths: ["src/**"], reason: "x" }],
  ])("is not allowed by a word %s", async (_, allow) => {
    expect((await assess(...skipped, [], [allow]))[0]).not.toHaveProperty("allowed");
  });
});

describe("a hostile text", () => {
  it("of more than a megabyte is told of, and not judged", async () => {
    const large = `it("adds", () => { expect(1).toBe(f()); });\n${"//\n".repeat(400_000)}`;
    expect(await assess(one("a.test.ts", large), one("a.test.ts", ""))).toMatchObject([
      { rule: "not-judged", severity: "note" },
    ]);
  });

  it.each([
    ["a.test.ts", "[".repeat(60_000)],
    ["a.test.ts", `${"[".repeat(60_000)}${"]".repeat(60_000)}`],
    ["a.test.js", "a=>".repeat(60_000)],
    ["a.test.js", `x = ${"void ".repeat(150_000)}0`],
    ["a.test.tsx", "<a>".repeat(60_000)],
    ["test_a.py", `x = ${"(".repeat(60_000)}1${")".repeat(60_000)}`],
    ["package.json", `{"jest":${"[".repeat(60_000)}`],
    [".github/workflows/a.yml", "[".repeat(60_000)],
    [
      ".github/workflows/a.yml",
      `${Array.from({ length: 40 }, (_, at) => `a${at}: &a${at} [${at ? `*a${at - 1},*a${at - 1}` : "x"}]`).join("\n")}`,
    ],
    ["scripts/a.sh", "(".repeat(60_000)],
    ["pyproject.toml", `a = ${"[".repeat(60_000)}\n`],
  ])("nested without end in %s does not end the process", async (path, text) => {
    for (const { rule } of await assess(one(path, "x"), one(path, text))) expect(rule).toBe("ci-edited");
  });
});

const scripts = cases.filter(({ before, after }) =>
  [...before.keys(), ...after.keys()].every((path) => /\.(?:[jt]sx?|mjs|py)$/.test(path)),
);
const sides = scripts.flatMap(({ before, after }) => [before, after]).filter((side) => side.size > 0);
/** Blank lines before statements that stand alone on a line, and comments after them. */
function reformat(path: string, text: string, seeds: readonly number[]): string {
  const isPython = path.endsWith(".py");
  return text
    .split("\n")
    .map((line, at) => {
      if (line.startsWith("#") || !/[;:)}]$/.test(line)) return line;
      const seed = seeds[at % seeds.length] ?? 0;
      const gap = isPython ? "" : "\n".repeat(seed % 3);
      return `${gap}${line}${seed % 2 ? (isPython ? "  # so it is" : " // so it is") : ""}${seed > 4 && !isPython ? "\n\n" : ""}`;
    })
    .join("\n");
}

describe("by law", () => {
  it("what is the same, or only laid out anew, is no sign of anything", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sides),
        fc.array(fc.nat(8), { minLength: 1 }),
        async (side, seeds) => {
          const again = new Map([...side].map(([path, text]) => [path, reformat(path, text, seeds)]));
          expect(await assess(side, again)).toEqual([]);
          expect(await assess(again, side)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("a test more is never a sign more", async () => {
    const more = (path: string, at: number) =>
      path.endsWith(".py")
        ? `\n\ndef test_one_more_${at}():\n    assert more(${at}) == ${at + 1}\n`
        : `\ntest("one more, ${at}", () => { expect(more(${at})).toBe(${at + 1}); });\n`;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...scripts), fc.nat(1000), async ({ before, after, owned }, at) => {
        const grown = new Map(
          [...after].map(([path, text]) => [path, isTestPath(path) ? text + more(path, at) : text]),
        );
        const worst = (found: Awaited<ReturnType<typeof assess>>) =>
          found.map(({ rule, path }) => `${rule} ${path}`);
        const known = worst(await assess(before, after, owned));
        expect(known).toEqual(expect.arrayContaining(worst(await assess(before, grown, owned))));
      }),
      { numRuns: 60 },
    );
  });
});
