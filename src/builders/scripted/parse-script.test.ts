import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseScript } from "./parse-script.ts";
import { stepNames } from "./script-schema.ts";

const problemsOf = (text: string) => {
  const script = parseScript(text);
  return script.ok ? [] : script.error;
};

describe("parseScript", () => {
  test("fills in what was left out", () => {
    expect(parseScript("attempts:\n  - claim: done\n")).toEqual({
      ok: true,
      value: { attempts: [{ steps: [], claim: "done", exit: 0 }], repeat_last: false },
    });
  });

  test.each([
    ["an unknown step", "attempts:\n  - steps:\n      - wrte: { path: a, content: b }\n", 3, "wrte"],
    ["two steps in one", "attempts:\n  - steps:\n      - say: a\n        exit: 1\n", 3, "exactly one of"],
    ["no step in a step", "attempts:\n  - steps:\n      - if_prompt_contains: a\n", 3, "exactly one of"],
    ["a missing field", "attempts:\n  - steps:\n      - say: a\n      - write: { path: a }\n", 4, "content"],
    ["a wrong mode", "attempts:\n  - steps:\n      - chmod: { path: a, mode: 999 }\n", 3, "octal"],
    ["negative tokens", "attempts:\n  - claim: x\n    tokens: -1\n", 3, "tokens"],
    ["an unknown field", "attempts:\n  - claim: x\nretries: 1\n", 1, "retries"],
    ["no attempts", "{}", 1, "attempts"],
    ["nothing", "", 1, "expected object"],
    ["broken YAML", "attempts:\n  - steps: [\n", 3, ""],
    ["a key given twice", "attempts:\n  - claim: a\n    claim: b\n", 3, "unique"],
  ])("says where %s is", (_, text, line, message) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  test("refuses aliases that multiply, endless nesting and a text beyond measure", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let i = 0; i < 8; i += 1) {
      const [name, last] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${last}`).join(",")}]`);
    }
    expect(problemsOf(bomb.join("\n"))).toHaveLength(1);
    expect(problemsOf("[".repeat(20_000))).not.toHaveLength(0);
    expect(problemsOf("x".repeat(11_000_000))).toHaveLength(1);
  });

  test("never throws", () => {
    const word = fc.constantFrom(
      "attempts",
      "steps",
      "run",
      ":",
      "- ",
      "\n",
      "  ",
      "{",
      "]",
      "&a",
      "*a",
      "!!x",
      "|",
      "'",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word).map((words) => words.join("")),
    );
    fc.assert(fc.property(text, (script) => void parseScript(script)));
  });
});

describe("docs/scripted-builder.md", () => {
  const doc = readFileSync(join(import.meta.dirname, "../../../docs/scripted-builder.md"), "utf8");
  const rows = [...doc.matchAll(/^\| `(\w+)` \| (.*?) \| /gm)].map(([, name, examples]) => ({
    name,
    examples: [...(examples ?? "").matchAll(/`([^`]+)`/g)].map(([, example]) => example ?? ""),
  }));

  test("lists every step that there is, and no other", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...stepNames].sort());
  });

  test("shows only examples that are right", () => {
    for (const { name, examples } of rows) {
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(Object.keys(parse(example))).toEqual([name]);
        expect(problemsOf(`attempts:\n  - steps:\n      - ${example}\n`)).toEqual([]);
      }
    }
    for (const [, script] of doc.matchAll(/```yaml\n([^]*?)```/g))
      expect(problemsOf(script ?? "")).toEqual([]);
  });
});
