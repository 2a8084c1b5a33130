import { describe, expect, it } from "vitest";
import { assessHollow, isEmptiedTest } from "./hollow.ts";

/** Each rule: what it catches, and honest files that look alike. */
const corpus: Record<string, { hollow: [string, string][]; honest: [string, string][] }> = {
  "it is empty": {
    hollow: [
      ["src/a.ts", ""],
      ["data.json", ""],
      ["image.png", ""],
    ],
    honest: [
      ["pkg/__init__.py", ""],
      ["logs/.gitkeep", ""],
      ["pkg/py.typed", ""],
      ["image.png", "\0"],
    ],
  },
  "it holds only white space": {
    hollow: [
      ["src/a.ts", " \n\t\r\n"],
      ["notes.txt", "\ufeff\u200b\n"],
    ],
    honest: [["notes.txt", " . "]],
  },
  "it holds only comments": {
    hollow: [
      ["src/a.ts", "// TODO: implement\n/* later */\n"],
      ["src/a.ts", "/* never closed"],
      ["a.py", "#!/usr/bin/env python3\n# soon\n"],
      ["run.sh", "#!/bin/sh\n"],
      ["run.sh", "#!/bin/sh"],
      ["cli.js", "#!/usr/bin/env node\n"],
      ["a.sql", "-- nothing\n/* yet */"],
      ["a.lua", "--[[ x\ny ]]-- z"],
      ["a.html", "<!-- to come -->"],
      ["a.md", "<!-- to come -->"],
      ["a.yaml", "# a: 1"],
      ["a.php", "<?php\n// soon\n# and\n"],
      ["Dockerfile", "# FROM x"],
    ],
    honest: [
      ["src/a.ts", 'export const a = "// no comment";'],
      ["src/a.ts", "export const glob = 'src/**/*.ts';"],
      ["src/a.ts", "export const at = /\\/*$/;"],
      ["src/a.ts", "// don't\nexport const a = 1;"],
      ["run.sh", "#!/bin/sh\necho $#\n"],
      ["a.css", "#id { color: red }"],
      ["a.py", "x = 1 # one"],
      ["a.md", "# Title\n\nText."],
      ["a.sql", "select '--';"],
      ["a.c", "#include <x.h>"],
      ["a.php", "<?php echo 1;"],
      ["data.csv", "# id,name"],
    ],
  },
  "it holds only a docstring": {
    hollow: [
      ["a.py", '"""Does it all."""\n'],
      ["a.py", "# x\n'''\nLong.\n'''\n"],
      ["a.py", '"short"'],
    ],
    honest: [
      ["a.py", '"""Doc."""\nX = 1\n'],
      ["a.py", '"""A.""" + """B."""'],
      ["a.js", '"use strict"; run()'],
    ],
  },
  "it holds no statement": {
    hollow: [
      ["src/a.ts", "export {};\n"],
      ["src/a.ts", "export { }"],
      ["src/a.ts", "{}"],
      ["src/a.tsx", '"use client";\n'],
      ["a.go", "// x\n;"],
    ],
    honest: [
      ["a.json", "{}"],
      ["a.yaml", "[]"],
      ["a.yml", "{}"],
      ["tsconfig.json", "{}\n"],
      ["src/a.ts", 'export * from "./b.ts";'],
      ["src/a.ts", 'import "./polyfill.ts";\nexport {};'],
      ["src/a.d.ts", "declare global { var x: 1 }\nexport {};"],
      ["src/a.ts", "export const noop = () => {};"],
      ["src/a.ts", "export default {};"],
    ],
  },
  "it holds only a placeholder": {
    hollow: [
      ["a.py", "pass"],
      ["a.py", "# soon\n...\n"],
      ["a.py", "raise NotImplementedError"],
      ["a.py", 'raise NotImplementedError("later")'],
      ["src/a.ts", 'throw new Error("Not implemented");'],
      ["src/a.ts", "throw new Error('TODO: write this')"],
      ["a.rs", "todo!()"],
      ["a.md", "TODO"],
      ["a.md", "# Search\n\nTODO: describe the search.\n"],
      ["a.md", "# Search\n\nComing soon…\n"],
      ["a.txt", "placeholder"],
      ["a.md", "*Work in progress.*"],
    ],
    honest: [
      ["src/a.ts", 'export function a() {\n  if (x) throw new Error("not implemented");\n  return 1;\n}'],
      ["a.md", "# Todo\n\nTodo items are kept in SQLite."],
      ["a.md", "Placeholder texts are shown in grey."],
      ["a.md", "todo 日本語の説明"],
      ["a.md", "# Plan\n\nTODO: this\n\nAnd a paragraph that says something."],
      ["a.txt", "pass"],
      ["a.json", '"TODO"'],
    ],
  },
  "every function in it is a placeholder": {
    hollow: [
      [
        "src/a.ts",
        'export function a(x: number): string {\n  // TODO\n  throw new Error("Not implemented yet");\n}\n',
      ],
      [
        "src/a.ts",
        'import { X } from "./x.ts";\nimport {\n  Y,\n} from "./y.ts";\n\nexport async function a(\n  x: X,\n  y: Y,\n): Promise<X> {\n  throw new Error(`a is not implemented`);\n}\nexport const b = () => { throw new Error("todo") };\n',
      ],
      ["src/a.ts", 'export class A {\n  run() { throw new Error("not implemented"); }\n  stop() {}\n}'],
      [
        "a.py",
        'import os\n\ndef a(x):\n    """Does it."""\n    raise NotImplementedError\n\nasync def b() -> int:\n    pass\n',
      ],
      ["a.py", "class A:\n    def a(self): ...\n"],
      ["a.go", 'package a\n\nimport "fmt"\n\nfunc A(x int) error {\n\tpanic("not implemented")\n}\n'],
      ["a.rs", "pub fn a(x: u8) -> u8 {\n    todo!()\n}\n"],
      ["src/a.js", "export function double(n) {\n  // TODO: implement\n}\n"],
      [
        "src/a.ts",
        "export const a = (x: string) => {\n  // to be implemented\n  return null;\n};\nexport function b() {}\n",
      ],
      ["a.go", "package a\n\nfunc A() error {\n\t// TODO\n\treturn nil\n}\n"],
      ["A.cs", "namespace A { public class B { public int C() { throw new NotImplementedException(); } } }"],
    ],
    honest: [
      ["src/a.ts", 'export function a() { throw new Error("not implemented"); }\nexport const b = 2;'],
      ["src/a.ts", "/** Does nothing. */\nexport function noop() {}\n"],
      ["src/a.ts", "// TODO: measure this\nexport function a() { return compute(); }\n"],
      ["src/a.ts", "export const none = () => {\n  return null;\n};\n"],
      ["src/a.ts", "export abstract class A {\n  abstract run(): void;\n}"],
      ["src/a.ts", "export interface A { run(): void }"],
      ["src/a.ts", 'export function fail(): never {\n  throw new Error("the todo was not found");\n}'],
      ["a.py", "from typing import Protocol\n\nclass A(Protocol):\n    def a(self) -> int: ...\n"],
      [
        "a.py",
        "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def a(self):\n        pass\n",
      ],
      ["errors.py", "class NotFound(Exception):\n    pass\n"],
      ["a.py", "def a():\n    return 1\n\ndef b():\n    raise NotImplementedError\n"],
      ["a.rs", "pub fn a() -> u8 { 1 }\npub fn b() -> u8 { todo!() }"],
    ],
  },
  "a comment stands where code was left out": {
    hollow: [
      ["src/a.ts", "export const a = 1;\n// ... existing code ...\n"],
      ["a.py", "x = 1\n# ... rest of the file unchanged\n"],
      ["src/a.ts", "export const a = 1;\n/* … remaining functions */\n"],
      ["src/a.ts", "class A {\n  // ... (other methods)\n  b() { return 1; }\n}"],
    ],
    honest: [
      ["src/a.ts", "// ...rest is passed on to the child\nexport const a = 1;"],
      ["src/a.ts", "// the rest of the code assumes UTC\nexport const a = 1;"],
      ["src/a.ts", "export const prompt = `\n// ... existing code ...\n`;"],
      ["a.md", "Write:\n\n```\n// ... existing code ...\n```"],
      ["src/a.ts", "// wait ... other callers may come first\nexport const a = 1;"],
    ],
  },
  "it holds only headings": {
    hollow: [["a.md", "# Search\n\n## Usage\n\n## Limits\n"]],
    honest: [
      ["a.md", "# Search\n\nYes."],
      ["a.md", "#search"],
    ],
  },
  "it holds filler text": {
    hollow: [["a.md", "# Search\n\nLorem ipsum dolor sit amet.\n"]],
    honest: [["a.md", "# Filler\n\nPrints lorem ipsum text."]],
  },
};

describe.each(Object.entries(corpus))("hollow because %s", (why, { hollow, honest }) => {
  it.each(hollow)("%s %j", (path, text) => expect(assessHollow(path, text)).toBe(why));
  it.each(honest)("not %s %j", (path, text) => expect(assessHollow(path, text)).toBeNull());
});

describe("hostile texts", () => {
  const long = 1_000_000;
  it.each([
    ["a.ts", "`".padEnd(long, "\\`")],
    ["a.ts", '"\\'.repeat(long / 2)],
    ["a.ts", "=/[".repeat(long / 3)],
    ["a.ts", "/*".repeat(long / 2)],
    ["a.ts", "x".padEnd(long, " ")],
    ["a.ts", `x${" ".repeat(long)}y`],
    ["a.ts", "x".repeat(long)],
    ["a.ts", "function f() { throw new Error(".repeat(49_000 / 31)],
    ["a.ts", "{ ".repeat(24_000)],
    ["a.ts", "()".repeat(24_000)],
    ["a.py", 'def f():\n"""'.repeat(49_000 / 12)],
    ["a.py", `def f():${"\n".repeat(49_000)}`],
    ["a.py", '"""'.padEnd(long, "x")],
    ["a.py", '"""'.repeat(long / 3)],
    ["a.sh", `${"'\"".repeat(long / 2)}`],
    ["a.md", "# ".repeat(long / 2)],
    ["a.md", `TODO${" ".repeat(long)}x`],
    ["a.md", "-".repeat(long)],
    ["a.html", "<!--".repeat(long / 4)],
  ])("%s is judged and does not hang (%#)", (path, text) => {
    const why = assessHollow(path, text);
    expect(why === null || typeof why === "string").toBe(true);
  });
});

describe("a test file was emptied", () => {
  const before = 'import { it } from "vitest";\nit("works", () => expect(1).toBe(1));\n';
  it.each([
    ["src/a.test.ts", before, ""],
    ["src/a.test.ts", before, "// it('works')\n"],
    ["src/a.test.ts", before, "export {};"],
    ["src/a.test.ts", before, 'import { it } from "vitest";\nexport const a = 1;\n'],
    [
      "src/a.test.ts",
      before,
      'import { it } from "vitest";\n// it("works", () => expect(1).toBe(1));\nconst a = 1;',
    ],
    ["test_a.py", "def test_a():\n    assert 1\n", "def helper():\n    return 1\n"],
    ["a_test.go", "package a\nfunc TestA(t *testing.T) {}", "package a\nvar x = 1"],
    ["tests/a.rs", "#[test]\nfn a() { assert!(true) }", "fn a() {}"],
    ["src/ATest.java", "class ATest { @Test void a() { run(); } }", "class ATest { void a() { run(); } }"],
  ])("%s (%#)", (path, was, is) => expect(isEmptiedTest(path, was, is)).toBe(true));

  it.each([
    ["src/a.test.ts", before, 'import { it } from "vitest";\nit("fails", () => {});'],
    ["src/a.test.ts", before, 'const re = /\\/*/;\nit("x", () => {});'],
    ["src/a.test.ts", "", ""],
    ["src/a.test.ts", before, "describe('sqlite', () => suite(createSqlite));"],
    ["test/helper.ts", "export const a = 1;", "export const a = 2;"],
    ["test/data.json", '{"a":1}', "{}"],
    ["tests/__init__.py", "x = 1", ""],
    ["test_a.py", "def test_a():\n    assert 1\n", "class TestA:\n    def test_b(self):\n        check()\n"],
  ])("and not %s (%#)", (path, was, is) => expect(isEmptiedTest(path, was, is)).toBe(false));
});
