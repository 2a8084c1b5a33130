import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/harness/temp.ts";
import { createTest } from "../../../test/harness/test-reports.ts";
import type { Argv } from "../../domain/plan.ts";
import { rerunCommand, whyNoRerun } from "./rerun.ts";

const hostile = [
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned; '",
  '"; touch pwned; "',
  "a\ntouch pwned\n",
  "\\'\\\"; touch pwned #",
  "${PWD} $HOME * ? [a-z] ~ !! %s",
  "&& touch pwned || | > pwned < /dev/null",
  "EOF\ntouch pwned\nEOF",
  "{file} {id}",
  " blanks  inside ",
  "größer 📦 \x1b[31m",
];
/** Prints its arguments one by one, whatever is in them. */
const print = `printf '%s\\0' `;

function run(template: Argv, name: string, file = "a.test.ts"): string[] {
  const cwd = temporaryFolder();
  const argv = rerunCommand(template, createTest(name, "failed", file));
  if (argv === null) throw new Error(`not named: ${name}`);
  const [program, ...words] = argv;
  const output = execFileSync(program, words, { cwd, encoding: "utf8" });
  expect(readdirSync(cwd)).toEqual([]);
  return output.split("\0").slice(0, -1);
}

describe("a template whose words are the arguments", () => {
  it.each(hostile)("has the name in one word: %j", (name) => {
    expect(run(["printf", "%s\\0", "-t={name}", "{file}", "{id}", "{name}."], name)).toEqual([
      `-t=${name}`,
      "a.test.ts",
      `a.test.ts::${name}`,
      `${name}.`,
    ]);
  });

  it("has suites in the id as pytest writes them", () => {
    const test = { ...createTest("test_b", "failed", "tests/test_a.py"), suite: ["TestA"] };
    expect(rerunCommand(["pytest", "{id}"], test)).toEqual(["pytest", "tests/test_a.py::TestA::test_b"]);
  });
});

describe("a template that is the text of a shell", () => {
  const places: readonly (readonly [string, (name: string) => string[]])[] = [
    [`${print} {name}`, (name) => [name]],
    [`${print} "{name}"`, (name) => [name]],
    [`${print} "a {name} b" x`, (name) => [`a ${name} b`, "x"]],
    [`${print} --name={name} {file}`, (name) => [`--name=${name}`, "a.test.ts"]],
    [`(${print} {name}) # of {name}`, (name) => [name]],
    [`f() { ${print} {name} "$1"; }; f 1 # it's`, (name) => [name, "1"]],
    [`cat <<EOF >/dev/null\n{name}\nEOF\n${print} x`, () => ["x"]],
  ];
  it.each(hostile)("never has the name read as shell: %j", (name) => {
    for (const [text, words] of places) expect(run(["sh", "-c", text], name), text).toEqual(words(name));
  });

  it("never has any name read as shell", () => {
    const part = fc.constantFrom("'", '"', "\\", "$(touch pwned)", "`", "\n", ";", "#", "{name}", " ");
    const name = fc
      .array(fc.oneof(part, fc.string({ unit: "grapheme" })), { minLength: 1 })
      .map((all) => all.join(""));
    const usable = name.filter((text) => !text.includes("\0") && !text.startsWith("-") && text.length < 500);
    fc.assert(
      fc.property(usable, fc.constantFrom(...places), (text, [template, words]) => {
        expect(run(["sh", "-c", template], text)).toEqual(words(text));
      }),
      { numRuns: 40 },
    );
  });

  it("is found behind other programs too", () => {
    expect(run(["env", "X=1", "/bin/sh", "-ec", `${print} {name}`], "$(touch pwned)")).toEqual([
      "$(touch pwned)",
    ]);
  });
});

describe("a test that no command can name", () => {
  it.each([
    ["there is no template", undefined, "a"],
    ["a name that would be an option", ["x", "-t", "{name}"], "--eval"],
    ["a name that would be an option of a shell's command", ["sh", "-c", "x -t {name}"], "--eval"],
    ["a name that would be one in quotes", ["sh", "-c", 'x -t "{name}"'], "--eval"],
    ["a name that no argument can hold", ["x", "-t", "{name}"], "a\0b"],
    ["a name that was cut", ["x", "-t", "{name}"], "n".repeat(500)],
    ["a placeholder in single quotes", ["sh", "-c", "x -t '{name}'"], "a"],
    ["a placeholder in a command substitution", ["sh", "-c", 'x "$(y "{name}")"'], "a"],
    ["a text that is no word", ["npx", "-c", "vitest run {file}"], "a"],
    ["a template without placeholder", ["npx", "vitest"], "a"],
    ["the program", ["{file}"], "a"],
  ] as const)("has none: %s", (_, template, name) => {
    expect(rerunCommand(template as Argv | undefined, createTest(name))).toBeNull();
  });

  it("has none where it needs the file, and the report does not tell", () => {
    const test = createTest("a", "failed", null);
    expect(rerunCommand(["x", "{file}"], test)).toBeNull();
    expect(rerunCommand(["x", "{id}"], test)).toBeNull();
    expect(rerunCommand(["x", "{name}"], test)).toEqual(["x", "a"]);
  });

  it("is no option by its file's name", () => {
    expect(rerunCommand(["x", "{file}"], createTest("a", "failed", "-x.ts"))).toEqual(["x", "./-x.ts"]);
  });
});

it("says why a template is none", () => {
  expect(whyNoRerun(["sh", "-c", "x -t '{name}'"])).toContain("without quotes");
  expect(whyNoRerun(["npx", "vitest"])).toContain("none of {file}, {name} and {id}");
  expect(whyNoRerun(["npx", "vitest", "run", "{file}", "-t", "{name}"])).toBeNull();
});
