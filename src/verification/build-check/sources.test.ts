import { describe, expect, it } from "vitest";
import type { SourceChange } from "./source-change.ts";
import { checkSources } from "./sources.ts";

const added = (path: string, text: string): SourceChange => ({ path, status: "added", text, before: null });
const edited = (path: string, before: string, text: string): SourceChange => ({
  path,
  status: "modified",
  text,
  before,
});

/** Each place as `path:line:column rule`. */
const placesOf = async (changes: readonly SourceChange[]): Promise<string[]> =>
  (await checkSources(changes)).map(({ path, line, column, rule }) => `${path}:${line}:${column} ${rule}`);

/** What was broken in it, the text, and where the fault is told. */
const broken: readonly (readonly [string, string, string, string])[] = [
  ["a bracket left open", "src/a.ts", "export function f(a: number {\n  return a;\n}\n", "1:29"],
  ["a type without a name", "src/b.ts", "const x: = 1;\n", "1:10"],
  ["JSX that is not closed", "src/c.tsx", "export const C = () => <div><p>hi</div>;\n", "1:36"],
  ["an operator too many", "lib/d.js", "let x = = 1;\n", "1:9"],
  ["a string that does not end", "lib/e.cjs", 'const x = "abc;\nmodule.exports = x;\n', "1:11"],
  ["an import that is cut off", "lib/f.mjs", "import { a from './a.js';\n", "1:12"],
  ["a declaration file cut off", "types/g.d.ts", "export declare function g(a: string): \n", "2:1"],
  ["a file cut off", "src/h.mts", "export class H {\n  m(): void {\n    if (true) {\n", "4:1"],
  ["types in plain JavaScript", "lib/i.js", "export function i(a: number) {}\n", "1:20"],
  ["a trailing comma", "package.json", '{\n  "name": "x",\n}\n', "3:1"],
  ["a missing comma", "data/j.json", '{\n  "a": 1\n  "b": 2\n}\n', "3:3"],
  ["a missing comma among comments", "tsconfig.json", '{\n  // types\n  "a": [1,]\n  "b": 2\n}\n', "4:3"],
  ["a mapping inside a value", "ci/k.yaml", "a: b: c\n", "1:4"],
  ["an indentation by a tab", ".github/workflows/l.yml", "on: push\njobs:\n\tbuild: {}\n", "3:1"],
  ["a colon left out", "pkg/m.py", "def f(x)\n    return x\n", "1:1"],
  [
    "a bracket left open",
    "pkg/n.py",
    "x = 1\n\ndef f():\n    return (1,\n\ndef g():\n    return 2\n",
    "4:12",
  ],
  ["a block left out", "pkg/o.py", "def f():\nreturn 1\n", "1:9"],
  ["an indentation too many", "pkg/p.py", "a = 1\n  b = 2\n", "2:3"],
  [
    "an indentation that matches none",
    "pkg/q.py",
    "class A:\n    def f(self):\n        pass\n   def g(self):\n        pass\n",
    "4:4",
  ],
  ["a brace left open", "cmd/r.go", "package main\n\nfunc main() {\n\tif true {\n}\n", "3:13"],
  ["an expression cut off", "cmd/s.go", "package main\n\nfunc main() {\n\tx := (1\n}\n", "5:1"],
  ["a brace left open", "src/t.rs", "fn main() {\n    if true {\n}\n", "1:11"],
  ["a bracket closed by another", "src/u.rs", "fn f(a: i32] -> i32 { a }\n", "1:12"],
  ["a rule left open", "css/v.css", ".a { color: red;\n.b { color: blue; }\n", "1:4"],
];

describe("checkSources finds, with its place,", () => {
  const found = checkSources(broken.map(([, path, text]) => added(path, text)));
  it.each(broken)("%s in %s", async (_what, path, _text, place) => {
    const own = (await found).filter((diagnostic) => diagnostic.path === path);
    expect(own.map(({ line, column, rule, severity }) => `${line}:${column} ${rule} ${severity}`)).toEqual([
      `${place} syntax error`,
    ]);
  });
});

const conflict = "<<<<<<< HEAD\nkeep\n=======\ntake\n>>>>>>> branch\n";

describe("checkSources finds a conflict that was left", () => {
  it("in code, once for each, instead of the syntax error that it is too", async () => {
    const text = `const a = 1;\n${conflict}${conflict}`;
    expect(await placesOf([added("src/a.ts", text), added("pkg/a.py", `x = 1\n${conflict}`)])).toEqual([
      "src/a.ts:2:1 conflict-marker",
      "src/a.ts:7:1 conflict-marker",
      "pkg/a.py:2:1 conflict-marker",
    ]);
  });
  it("in prose, data and languages without a parser, with carriage returns and a common ancestor", async () => {
    const three = "<<<<<<< ours\r\na\r\n||||||| base\r\nb\r\n=======\r\nc\r\n>>>>>>> theirs\r\n";
    expect(
      await placesOf([
        added("README.md", `# Title\n\n${conflict}`),
        added("Makefile", three),
        edited("notes.txt", "a\n", conflict),
        added("a.json", `{\n${conflict}}\n`),
      ]),
    ).toEqual([
      "README.md:3:1 conflict-marker",
      "Makefile:1:1 conflict-marker",
      "notes.txt:1:1 conflict-marker",
      "a.json:2:1 conflict-marker",
    ]);
  });
});

describe("checkSources lets pass what only looks broken:", () => {
  const fine: readonly (readonly [string, SourceChange])[] = [
    [
      "CommonJS that returns at the top",
      added("a.js", "if (process.argv[2]) return;\nmodule.exports = 1;\n"),
    ],
    ["a sloppy script", added("b.js", "with (Math) { var x = 010; }\ndelete x;\n")],
    ["JSX in a .js file", added("c.js", "export const C = () => <div>{'x'}</div>;\n")],
    [
      "Flow's types",
      added("d.js", "// @flow\nimport type { A } from './a';\nexport type B = {| +a: ?A |};\n"),
    ],
    ["await at the top", added("e.mjs", "await import('./x.js');\n")],
    ["a hashbang", added("f.cjs", "#!/usr/bin/env node\nrequire('./x');\n")],
    ["a cast in angle brackets", added("g.ts", "const x = <any>window;\n")],
    ["a generic arrow", added("h.ts", "export const id = <T,>(x: T): T => x;\n")],
    [
      "decorators",
      added("i.ts", "@Injectable()\nexport class A { constructor(private readonly b: B) {} }\n"),
    ],
    ["export =", added("j.cts", "import a = require('./a');\nexport = a;\n")],
    ["Qt's translations", added("k.ts", '<?xml version="1.0"?>\n<TS version="2.1"></TS>\n')],
    ["a byte order mark", added("l.json", '\ufeff{"a": 1}\n')],
    ["comments where they are read", added("tsconfig.build.json", '{ /* x */ "a": [1,], // y\n}\n')],
    ["comments in an editor's settings", added(".vscode/settings.json", '{\n  // x\n  "a": 1,\n}\n')],
    ["a commented file of an unknown tool", added("tool.json", '{\n  // x\n  "a": 1\n}\n')],
    ["a document in each line", added("log.json", '{"a":1}\n{"a":2}\n')],
    ["expressions of a workflow", added("m.yml", "if: ${{ github.event_name == 'push' }}\n")],
    ["a template of Helm", added("chart/n.yaml", "a: {{ .Values.a }}\n{{- if .b }}\nb: 1\n{{- end }}\n")],
    ["several documents and tags", added("o.yaml", "--- !Ref\na: 1\n---\nb: !Sub 'x'\n")],
    ["merge keys", added("p.yaml", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n")],
    ["a match statement", added("q.py", "match x:\n    case [1, *rest] if rest:\n        pass\n")],
    [
      "a comment that is indented as it likes",
      added("r.py", "def f():\n        # far\n    return 1\n  # near\nx = 1\n"),
    ],
    ["statements in one line", added("s.py", "if x: a = 1; b = 2\nclass E(Exception): ...\n")],
    ["a Jinja template", added("templates/t.py", "{% if x %}\nx = {{ y }}\n")],
    ["macros of Rust", added("u.rs", "macro_rules! m { ($a:ident, ~) => { 1 }; }\nother!{ [$] };\n")],
    [
      "hacks of CSS",
      added("v.css", ".a { *zoom: 1; filter: progid:X(a='b'); }\n@media \\0screen { .b { c: d } }\n"),
    ],
    ["a broken file among fixtures", added("test/fixtures/broken/w.js", "let = = 1\n")],
    ["a file that did not parse before", edited("x.js", "let x = = 1;\n", "let y = = 2;\n")],
    ["a file of conflicts that was one before", edited("git.txt", conflict, `${conflict}\nmore\n`)],
    ["an underline", added("y.rst", "Title\n=======\n\n>>>>>>> quoted\n")],
    ["a conflict shown in a fence", added("z.md", `\`\`\`\n${conflict}\`\`\`\n`)],
    ["a conflict in a string", added("a1.test.ts", `const text = \`\n${conflict}\`;\n`)],
    ["a conflict in a docstring", added("a2.py", `"""\n${conflict}"""\n`)],
    ["markers in another order", added("a3.txt", ">>>>>>> a\n=======\n<<<<<<< b\n")],
    ["a file without text", { path: "a4.ts", status: "deleted", text: null, before: "let x = = 1;" }],
    ["an empty file", added("a5.json", "")],
    ["a language that no parser here knows", added("a6.hs", "f x = = y\n")],
  ];
  const found = checkSources(fine.map(([, change]) => change));
  it.each(fine)("%s", async (_what, { path }) => {
    expect((await found).filter((diagnostic) => diagnostic.path === path)).toEqual([]);
  });
});

describe("checkSources holds out against a file made to end its parser", () => {
  const deep = `x = ${"(".repeat(100_000)}1${")".repeat(100_000)};\n`;
  it("and says so, with what it finds in the others", async () => {
    expect(
      await placesOf([added("a.js", "let x = = 1;\n"), added("deep.js", deep), added("b.ts", "let x;\n")]),
    ).toEqual(["a.js:1:9 syntax", "deep.js:null:null syntax"]);
  });
  it("unless it was one before", async () => {
    expect(await placesOf([edited("deep.js", deep, `${deep}// more\n`)])).toEqual([]);
  });
  it("and where a parser gives up, nothing is said", async () => {
    expect(await placesOf([added("a.yaml", `a: ${"[".repeat(20_000)}`)])).toEqual([]);
  });
});
