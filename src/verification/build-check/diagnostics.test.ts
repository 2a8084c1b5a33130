import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTree } from "../../../test/harness/temp.ts";
import { parseDiagnostics } from "./diagnostics.ts";

const root = "/work/space";
/** Each as `path:line:column severity rule: message`. */
const read = (output: string, folder = "", at = root): string[] =>
  parseDiagnostics(output, { root: at, folder }).diagnostics.map(
    ({ path, line, column, severity, rule, message }) =>
      `${path}:${line ?? "-"}:${column ?? "-"} ${severity} ${rule ?? "-"}: ${message}`,
  );

const recorded: readonly (readonly [tool: string, output: string, expected: readonly string[]])[] = [
  [
    "ESLint, stylish, started by npm",
    `
> app@1.0.0 lint
> eslint .

/work/space/bad.js
  2:1  error  Parsing error: Unexpected token

/work/space/c.js
  2:1  error    'foo' is not defined                 no-undef
  3:7  warning  Expected '===' and instead saw '=='  eqeqeq

✖ 3 problems (2 errors, 1 warning)
npm error code 1
`,
    [
      "bad.js:2:1 error -: Parsing error: Unexpected token",
      "c.js:2:1 error no-undef: 'foo' is not defined",
      "c.js:3:7 warning eqeqeq: Expected '===' and instead saw '=='",
    ],
  ],
  [
    "ESLint, JSON, behind npm's lines",
    `\n> app@1.0.0 lint\n> eslint -f json .\n\n${JSON.stringify([
      {
        filePath: "/work/space/c.js",
        messages: [
          { ruleId: "no-undef", severity: 2, message: "'foo' is not defined.", line: 2, column: 1 },
          { ruleId: null, severity: 1, message: "File ignored", line: 0, column: 0 },
        ],
      },
    ])}\nnpm error code 1\n`,
    ["c.js:2:1 error no-undef: 'foo' is not defined.", "c.js:-:- warning -: File ignored"],
  ],
  [
    "ESLint, compact",
    "/work/space/c.js: line 2, col 1, Error - 'foo' is not defined. (no-undef)\n",
    ["c.js:2:1 error no-undef: 'foo' is not defined."],
  ],
  [
    "ruff, full",
    "F401 [*] `os` imported but unused\n --> p.py:1:8\n  |\n1 | import os, sys\n  |        ^^\nhelp: Remove unused import\n\nF821 Undefined name `l`\n --> p.py:6:5\n  |\n\nFound 2 errors.\n",
    ["p.py:1:8 error F401: `os` imported but unused", "p.py:6:5 error F821: Undefined name `l`"],
  ],
  [
    "ruff, concise and grouped",
    "p.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n\nq.py:\n  4:5  F821 Undefined name `x`\n",
    ["p.py:1:8 error F401: `os` imported but unused", "q.py:4:5 error F821: Undefined name `x`"],
  ],
  [
    "ruff, JSON and a line each",
    '{"code":"F401","filename":"/work/space/p.py","location":{"column":8,"row":1},"message":"unused","severity":"error"}\n{"code":"E501","filename":"/work/space/p.py","location":{"column":89,"row":2},"message":"long"}\n',
    ["p.py:1:8 error F401: unused", "p.py:2:89 error E501: long"],
  ],
  [
    "flake8 and Pylint's form",
    "./p.py:1:10: E401 multiple imports on one line\np.py:2: [C0114] Missing docstring\n",
    ["p.py:1:10 error E401: multiple imports on one line", "p.py:2:- error C0114: Missing docstring"],
  ],
  [
    "mypy",
    'p.py:3: error: Incompatible return value type (got "int", expected "str")  [return-value]\np.py:3: note: See x\np.py:4:5: error: Name "u" is not defined  [name-defined]\nFound 2 errors in 1 file (checked 1 source file)\n',
    [
      'p.py:3:- error return-value: Incompatible return value type (got "int", expected "str")',
      'p.py:4:5 error name-defined: Name "u" is not defined',
    ],
  ],
  [
    "mypy, JSON",
    '{"file": "p.py", "line": 3, "column": 11, "message": "Incompatible", "hint": null, "code": "return-value", "severity": "error"}\n',
    ["p.py:3:12 error return-value: Incompatible"],
  ],
  [
    "pyright",
    '/work/space/p.py\n  /work/space/p.py:3:12 - error: Type "int" is not assignable to return type "str"\n    "int" is not assignable to "str" (reportReturnType)\n  /work/space/p.py:4:5 - error: "u" is not defined (reportUndefinedVariable)\n2 errors, 0 warnings, 0 informations\n',
    [
      'p.py:3:12 error -: Type "int" is not assignable to return type "str"',
      'p.py:4:5 error reportUndefinedVariable: "u" is not defined (reportUndefinedVariable)',
    ],
  ],
  [
    "pyright, JSON, which counts from 0",
    `${JSON.stringify({ generalDiagnostics: [{ file: "/work/space/p.py", severity: "error", message: "No", range: { start: { line: 2, character: 11 } }, rule: "reportX" }] }, null, 4)}\n`,
    ["p.py:3:12 error reportX: No"],
  ],
  [
    "go build and go vet",
    '# m\n./main.go:5:2: imported and not used: "os"\n# m\nvet: ./main.go:10:14: undeclared name: x\nsub/a.go:6:2: fmt.Printf format %d has arg "x" of wrong type string\n',
    [
      'main.go:5:2 error -: imported and not used: "os"',
      "main.go:10:14 error -: undeclared name: x",
      'sub/a.go:6:2 error -: fmt.Printf format %d has arg "x" of wrong type string',
    ],
  ],
  [
    "cargo",
    'warning: unused variable: `z`\n --> src/main.rs:1:2\n  |\nerror[E0308]: mismatched types\n --> src/main.rs:2:18\n  |\n2 |     let x: i32 = "a";\n  |            ---   ^^^ expected `i32`, found `&str`\n\nerror: linking failed\n\nSome errors have detailed explanations: E0308.\nerror: could not compile `r` (bin "r") due to 1 previous error\n',
    [
      "src/main.rs:1:2 warning -: unused variable: `z`",
      "src/main.rs:2:18 error E0308: mismatched types",
      ":-:- error -: linking failed",
    ],
  ],
  [
    "rustc, short",
    "src/main.rs:3:5: error[E0425]: cannot find function `foo` in this scope: not found\n",
    ["src/main.rs:3:5 error E0425: cannot find function `foo` in this scope: not found"],
  ],
  [
    "cargo, JSON",
    '   Compiling r v0.1.0\n{"reason":"compiler-artifact","features":[]}\n{"reason":"compiler-message","message":{"level":"error","message":"mismatched types","code":{"code":"E0308"},"spans":[{"file_name":"src/x.rs","line_start":9,"column_start":9,"is_primary":false},{"file_name":"src/main.rs","line_start":2,"column_start":18,"is_primary":true}]}}\n{"reason":"build-finished","success":false}\n',
    ["src/main.rs:2:18 error E0308: mismatched types"],
  ],
  [
    "gcc",
    "g.c: In function ‘main’:\ng.c:1:27: error: ‘x’ undeclared (first use in this function)\n    1 | int main(){\ng.c:1:27: note: each undeclared identifier is reported only once\ng.c:1:17: warning: unused variable ‘y’ [-Wunused-variable]\nh.c:1:10: fatal error: nope.h: No such file or directory\n",
    [
      "g.c:1:27 error -: ‘x’ undeclared (first use in this function)",
      "g.c:1:17 warning -Wunused-variable: unused variable ‘y’",
      "h.c:1:10 error -: nope.h: No such file or directory",
    ],
  ],
  ["javac", "src/A.java:3: error: ';' expected\n", ["src/A.java:3:- error -: ';' expected"]],
  [
    "esbuild",
    '✘ [ERROR] Could not resolve "./nope"\n\n    src/a.ts:1:7:\n      1 │ import "./nope"\n',
    ['src/a.ts:1:7 error -: Could not resolve "./nope"'],
  ],
  [
    "python -m compileall",
    "*** Error compiling 'pkg/a.py'...\n  File \"pkg/a.py\", line 3\n    def f(:\n          ^\nSyntaxError: invalid syntax\n",
    ["pkg/a.py:3:- error SyntaxError: invalid syntax"],
  ],
  [
    "Prettier and Black",
    "[warn] src/a.ts\n[error] src/b.ts: SyntaxError: '}' expected. (1:5)\nwould reformat pkg/a.py\n",
    [
      "src/a.ts:-:- warning -: ",
      "src/b.ts:-:- error -: SyntaxError: '}' expected. (1:5)",
      "pkg/a.py:-:- error -: would reformat",
    ],
  ],
  [
    "GitHub's annotations",
    "::error title=lint/a,file=/work/space/src/a.ts,line=3,endLine=3,col=1::Unexpected debugger.\n::warning file=src/a.ts,line=5,col=9,title=eslint(eqeqeq)::src/a.ts:5:9: Expected ===\n",
    ["src/a.ts:3:1 error lint/a: Unexpected debugger.", "src/a.ts:5:9 warning eslint(eqeqeq): Expected ==="],
  ],
  [
    "SARIF",
    JSON.stringify({
      version: "2.1.0",
      runs: [
        {
          results: [
            {
              ruleId: "js/x",
              level: "error",
              message: { text: "No" },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "file:///work/space/src/a%20b.ts" },
                    region: { startLine: 3, startColumn: 1 },
                  },
                },
              ],
            },
            { ruleId: "js/y", level: "note", message: { text: "note" }, locations: [] },
          ],
        },
      ],
    }),
    ["src/a b.ts:3:1 error js/x: No"],
  ],
  [
    "checkstyle, and what follows it",
    '<?xml version="1.0"?>\n<checkstyle version="4.3"><file name="src/a.ts"><error line="1" column="10" severity="error" message="&apos;x&apos; &lt; y" source="no-x" /><error line="2" severity="warning" message="w" source="s"/></file></checkstyle>\nlint failed\n',
    ["src/a.ts:1:10 error no-x: 'x' < y", "src/a.ts:2:- warning s: w"],
  ],
  [
    "golangci-lint",
    '{"Issues":[{"FromLinter":"errcheck","Text":"unchecked","Severity":"","Pos":{"Filename":"a.go","Line":3,"Column":4}}]}\n',
    ["a.go:3:4 error errcheck: unchecked"],
  ],
  [
    "MSBuild",
    "src\\A.cs(3,4): error CS1002: ; expected [/work/space/a.csproj]\n",
    ["src/A.cs:3:4 error CS1002: ; expected [a.csproj]"],
  ],
  [
    "tsc, of no file",
    "error TS18003: No inputs were found.\n",
    [":-:- error TS18003: No inputs were found."],
  ],
];

describe("parseDiagnostics reads what was recorded of", () => {
  it.each(recorded)("%s", (_tool, output, expected) => {
    expect(read(output)).toEqual(expected);
  });
});

describe("parseDiagnostics reads what is printed here and now by", () => {
  const bin = join(import.meta.dirname, "../../../node_modules/.bin");
  const source =
    'import { missing } from "./b.ts";\nconst unused: number = "x";\ndebugger;\nif (unused == 1) f();\n';
  const tools = {
    tsc: ["tsc", "-p", ".", "--pretty", "false"],
    "tsc, pretty": ["tsc", "-p", ".", "--pretty", "true"],
    oxlint: ["oxlint", "-D", "no-unused-vars", "src"],
    "oxlint, unix": ["oxlint", "-f", "unix", "-D", "no-unused-vars", "src"],
    "oxlint, json": ["oxlint", "-f", "json", "-D", "no-unused-vars", "src"],
    biome: ["biome", "lint", "src"],
    "biome, json": ["biome", "lint", "--reporter=json", "src"],
    "biome, sarif": ["biome", "lint", "--reporter=sarif", "src"],
  };
  let folder: string;
  const outputs = new Map<string, string>();
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-diagnostics-")));
    writeTree(folder, {
      "src/a.ts": source,
      "src/b.ts": "export const there = 1;\n",
      "tsconfig.json":
        '{"compilerOptions":{"strict":true,"noEmit":true,"allowImportingTsExtensions":true,"module":"nodenext","types":[]},"include":["src"]}',
    });
    const run = (argv: string[]) =>
      new Promise<string>((done) => {
        execFile(join(bin, argv[0] ?? ""), argv.slice(1), { cwd: folder }, (_, stdout, stderr) =>
          done(stdout + stderr),
        );
      });
    for (const [name, argv] of Object.entries(tools)) outputs.set(name, await run(argv));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const types = [
    "src/a.ts:1:10 error TS2305: Module '\"./b.ts\"' has no exported member 'missing'.",
    "src/a.ts:2:7 error TS2322: Type 'string' is not assignable to type 'number'.",
    "src/a.ts:4:18 error TS2304: Cannot find name 'f'.",
  ];
  const oxlint = [
    "src/a.ts:1:10 error eslint(no-unused-vars): Identifier 'missing' is imported but never used.",
    "src/a.ts:3:1 warning eslint(no-debugger): `debugger` statement is not allowed",
  ];
  const biome = [
    "src/a.ts:1:8 warning lint/correctness/noUnusedImports: This import is unused.",
    "src/a.ts:3:1 error lint/suspicious/noDebugger: This is an unexpected use of the debugger statement.",
    "src/a.ts:4:12 error lint/suspicious/noDoubleEquals: Using == may be unsafe if you are relying on type coercion.",
  ];
  it.each([
    ["tsc", types],
    ["tsc, pretty", types],
    ["oxlint", oxlint],
    ["oxlint, unix", oxlint],
    ["oxlint, json", oxlint],
    ["biome", biome],
    ["biome, json", biome],
    ["biome, sarif", biome],
  ])("%s", (name, expected) => {
    expect(read(outputs.get(name) ?? "", "", folder)).toEqual(expected);
  });
});

describe("parseDiagnostics", () => {
  it("takes paths from the folder in which the command ran", () => {
    expect(read("src/a.ts(1,2): error TS1: x\n/work/space/web/b.ts(3,4): error TS2: y\n", "web")).toEqual([
      "web/src/a.ts:1:2 error TS1: x",
      "web/b.ts:3:4 error TS2: y",
    ]);
  });
  it("takes the workspace out of messages, so that they are the same in every other", () => {
    expect(read("a.ts(1,2): error TS1: see /work/space/src/b.ts\n")).toEqual([
      "a.ts:1:2 error TS1: see src/b.ts",
    ]);
  });
  it("reads colours, carriage returns and repetitions as if they were not there", () => {
    const line = "\u001b[96ma.ts\u001b[0m:1:2 - \u001b[91merror\u001b[0m\u001b[90m TS1: \u001b[0mx\r\n";
    expect(read(line + line)).toEqual(["a.ts:1:2 error TS1: x"]);
  });
  it.each([
    "12:30:45: message\n",
    "    at run (/work/space/src/a.ts:10:5)\n",
    "http://localhost:3000: error: refused\n",
    "Tests: 1 failed, 2 passed\n",
    "✖ 3 problems (2 errors, 1 warning)\nFound 2 errors.\n",
    "lint ━━━━━━━\n\n  × Some errors were emitted while running checks.\n",
    '{"name":"x","messages":1}\n',
    "[1, 2, null]\n",
    "[not json\n",
    "error: aborting due to 2 previous errors\n",
    "",
  ])("sees no place in %j", (output) => {
    expect(read(output)).toEqual([]);
  });
  it("tells when its reading, or the tool, stopped before the end", () => {
    const isWhole = (output: string) => parseDiagnostics(output, { root }).isWhole;
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `a.ts(${index + 1},1): error TS1: x\n`).join("");
    expect(isWhole(lines(10))).toBe(true);
    expect(isWhole(lines(6000))).toBe(false);
    expect(isWhole("x".repeat(4_000_001))).toBe(false);
    expect(isWhole("./a.go:1:2: x\ntoo many errors\n")).toBe(false);
    expect(isWhole("Diagnostics not shown: 12.\n")).toBe(false);
  });
  it("takes any text, and bounds what it makes of it", () => {
    const piece = fc.constantFrom(
      "a.ts",
      ":1",
      ":2: ",
      "error",
      " - ",
      "(1,2)",
      "[",
      "]",
      "{",
      "}",
      '"',
      "\n",
      "━━━",
      " --> ",
      "× ",
      "<checkstyle",
      ">",
      "  1:2  ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" })), { maxLength: 60 }), (pieces) => {
        for (const { path, line, column, message } of parseDiagnostics(pieces.join(""), { root })
          .diagnostics) {
          expect(path.length + message.length).toBeLessThan(3000);
          expect(line === null || line >= 1).toBe(true);
          expect(column === null || column >= 1).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
  it("lets no name in a report reach the prototypes", () => {
    read('[{"__proto__":{"polluted":1},"filePath":"__proto__","messages":[{"message":"x","severity":2}]}]\n');
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
