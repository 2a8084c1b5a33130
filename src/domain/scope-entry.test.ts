import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseScopeEntry } from "./scope-entry.ts";

const plain = { change: "any", mustContain: [], prose: "" };

describe("one entry of a scope", () => {
  it.each([
    ["src/search/tokenizer.ts", "src/search/tokenizer.ts"],
    ["./src//a.py", "src/a.py"],
    ["`src/a.py`", "src/a.py"],
    ["README.md", "README.md"],
    ["Makefile", "Makefile"],
    [".gitignore", ".gitignore"],
    ["src/autopack", "src/autopack"],
    ["docs/User guide.md", "docs/User guide.md"],
  ])("that is nothing but a path is one: %s", (text, path) => {
    expect(parseScopeEntry(text)).toEqual({ kind: "path", path });
  });

  it.each([
    ["tests/test_a.py with comprehensive tests", "tests/test_a.py", "any"],
    ["docs/GUIDE.md (user-facing documentation)", "docs/GUIDE.md", "any"],
    ["src/a.py modifications (structured errors)", "src/a.py", "modify"],
    ["src/a.py (updated)", "src/a.py", "modify"],
    ["src/a.py - extended with limits", "src/a.py", "modify"],
    ["Extended src/gate.py with enforcement methods", "src/gate.py", "modify"],
    ["src/a.py (new)", "src/a.py", "create"],
    ["Delete src/old.py", "src/old.py", "delete"],
    ["docs/a.md (how to update a server)", "docs/a.md", "any"],
    ["Documentation in docs/DONE.md", "docs/DONE.md", "any"],
    ["src/a.py: the parser", "src/a.py", "any"],
  ])("keeps the words around a path apart from it: %s", (text, path, change) => {
    expect(parseScopeEntry(text)).toMatchObject({ kind: "path-with-prose", path, change });
  });

  it.each([
    ["src/a.py with ScopeRefiner class", ["ScopeRefiner"]],
    ["src/a.py with Reader and Writer classes", ["Reader", "Writer"]],
    ["src/a.py with class Parser", ["Parser"]],
    ["src/a.ts with function parseQuery and its tests", ["parseQuery"]],
    ["src/a.ts with a function named tokenize", ["tokenize"]],
    ["src/a.ts with `tokenize()` function", ["tokenize"]],
    ["src/a.ts with render() method", ["render"]],
    ["requirements.txt updated with pytest-json-report", ["pytest-json-report"]],
    ["docs/a.md updated with examples", []],
    ["src/a.py with a helper class", []],
    ["src/a.py with the class hierarchy", []],
    ["src/a.py with function calls", []],
    ["src/a.py with a function for parsing", []],
    ["src/a.py with React function components", []],
  ])("must contain only what its words name exactly: %s", (text, mustContain) => {
    expect(parseScopeEntry(text)).toMatchObject({ kind: "path-with-prose", mustContain });
  });

  it("is a directory where it ends in a slash, with the count that it asks for", () => {
    expect(parseScopeEntry("tests/unit/ (100+ unit tests across all modules)")).toEqual({
      kind: "directory",
      path: "tests/unit",
      change: "any",
      mustContain: [],
      minimum: { count: 100, of: "unit tests" },
      prose: "(100+ unit tests across all modules)",
    });
    expect(parseScopeEntry("tests/unit/ with at least 15 tests")).toMatchObject({
      minimum: { count: 15, of: "tests" },
    });
    expect(parseScopeEntry("tests/perf/ (performance benchmarks)")).not.toHaveProperty("minimum");
    expect(parseScopeEntry("src/api/")).toEqual({ kind: "directory", path: "src/api", ...plain });
  });

  it("takes a count of a file's contents, but no share of something for one", () => {
    expect(parseScopeEntry("tests/test_a.py with 5+ integration tests")).toMatchObject({
      minimum: { count: 5, of: "integration tests" },
    });
    expect(parseScopeEntry("tests/test_a.py (≥80% coverage)")).not.toHaveProperty("minimum");
    expect(parseScopeEntry("docs/a.md (3 detailed sessions)")).not.toHaveProperty("minimum");
  });

  it("is a glob where it holds wild characters", () => {
    expect(parseScopeEntry("migrations/*_add_users.py migration")).toEqual({
      kind: "glob",
      glob: "migrations/*_add_users.py",
      ...plain,
      prose: "migration",
    });
  });

  it.each([
    "Integration with ManifestGenerator",
    "Approval endpoint in main.py",
    "Documentation in BUILD-126 completion doc",
    "Improved error messages throughout codebase",
    "CLI output formatting improvements",
    "Support for input/output and either/or",
    "Update the README",
    "https://example.com/a/b.md",
    "../outside.ts",
    "/etc/passwd",
    "C:\\work\\a.ts",
    "Documentation",
  ])("is never turned into a path where it is prose: %s", (text) => {
    expect(parseScopeEntry(text)).toEqual({ kind: "prose", text });
  });

  it("is an object with its path, words and criteria", () => {
    const entry = {
      path: "docs/a.md",
      description: " Results ",
      acceptance: "- Shows numbers\n- Names the machine\n",
      owner: "x",
    };
    expect(parseScopeEntry(entry)).toEqual({
      kind: "object",
      target: { kind: "path", path: "docs/a.md" },
      description: "Results",
      acceptance: ["Shows numbers", "Names the machine"],
      unread: ["owner"],
    });
    expect(parseScopeEntry({ file: "src/a.ts", action: "modify", must_contain: ["limit"] })).toMatchObject({
      target: { kind: "path-with-prose", path: "src/a.ts", change: "modify", mustContain: ["limit"] },
      unread: [],
    });
  });

  it("is a list where it is one, cut into sections or not", () => {
    expect(parseScopeEntry(["a/b.ts", ["c/d.ts"]])).toEqual({
      kind: "list",
      entries: [
        { entry: { kind: "path", path: "a/b.ts" } },
        { entry: { kind: "list", entries: [{ entry: { kind: "path", path: "c/d.ts" } }] } },
      ],
    });
    expect(parseScopeEntry({ code: ["a/b.ts"], docs: "c.md" })).toEqual({
      kind: "list",
      entries: [
        { section: "code", entry: { kind: "path", path: "a/b.ts" } },
        { section: "docs", entry: { kind: "path", path: "c.md" } },
      ],
    });
    expect(parseScopeEntry({ code: ["a/b.ts"], count: 3 })).toMatchObject({
      entries: [{ section: "code" }, { section: "count", entry: { kind: "unreadable" } }],
    });
  });

  it.each([
    "src/a.ts, src/b.ts",
    '["src/a.ts", "src/b.ts"]',
    "src/a.ts\nsrc/b.ts",
    "- src/a.ts\n- [x] src/b.ts",
    "1. `src/a.ts`\r\n2. `src/b.ts`",
  ])("is a list inside a string: %j", (text) => {
    expect(parseScopeEntry(text)).toEqual({
      kind: "list-in-string",
      lead: "",
      entries: [{ entry: { kind: "path", path: "src/a.ts" } }, { entry: { kind: "path", path: "src/b.ts" } }],
    });
  });

  it("reads a list inside a string from its heading on, and keeps its sections", () => {
    const text =
      "Shows that it works:\n- no path at a/b.ts here\n\n**Deliverables:**\n\nCODE:\n- src/a.ts\nTESTS:\n- 5 runs";
    expect(parseScopeEntry(text)).toEqual({
      kind: "list-in-string",
      lead: "Shows that it works:\n- no path at a/b.ts here",
      entries: [
        { section: "code", entry: { kind: "path", path: "src/a.ts" } },
        { section: "tests", entry: { kind: "prose", text: "5 runs" } },
      ],
    });
  });

  it("keeps several lines without any path together as prose", () => {
    expect(parseScopeEntry("Goals:\n- be fast\n- be right").kind).toBe("prose");
  });

  it.each([[null], [undefined], [7], [true], [""], ["  "], [{}], [{ count: 1 }], ["x".repeat(100_001)]])(
    "is unreadable where it is no entry: %j",
    (entry) => {
      expect(parseScopeEntry(entry).kind).toBe("unreadable");
    },
  );

  it("stops at depth, and never throws, whatever the value", () => {
    let deep: unknown = "a/b.ts";
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(JSON.stringify(parseScopeEntry(deep))).toContain("nested too deeply");
    fc.assert(fc.property(fc.anything(), (value) => typeof parseScopeEntry(value).kind === "string"));
  });

  it("gives back in git's form every path that it takes from a text", () => {
    const text = fc
      .array(
        fc.constantFrom(
          "src",
          "a.ts",
          "..",
          ".",
          "/",
          "\\",
          " ",
          "with",
          "Foo",
          "class",
          "(",
          "*",
          ":",
          "`",
          "é",
        ),
        {
          maxLength: 12,
        },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (raw) => {
        const entry = parseScopeEntry(raw);
        if (!("path" in entry)) return;
        expect(entry.path).not.toMatch(/^\/|\\|\/$|(?:^|\/)\.{1,2}(?:\/|$)|\/\//);
        expect(entry.path).not.toBe("");
      }),
    );
  });

  it("takes time in proportion to the length of a hostile text", () => {
    for (const part of [
      "a ",
      "1+ ",
      "A and ",
      "function ",
      "../",
      "`",
      "a/b.c ",
      "class A ",
      "- \n",
      "at least ",
    ])
      expect(parseScopeEntry(`src/a.ts ${part.repeat(90_000 / part.length)}`).kind).toBeDefined();
  });
});
