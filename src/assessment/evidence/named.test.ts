import { describe, expect, test } from "vitest";
import { holds, namesIn, stemOf } from "./named.ts";

const nothing = { identifiers: [], modules: [], files: [] };

describe("what a text names exactly", () => {
  test.each<[string, Partial<ReturnType<typeof namesIn>>]>([
    ["Add the `ScopeRefiner` to it", { identifiers: ["ScopeRefiner"] }],
    ["Add `Parser` and `parse_query`", { identifiers: ["Parser", "parse_query"] }],
    ["Call `parse()` first", { identifiers: ["parse"] }],
    ["Use `Parser.read_all(path)`", { identifiers: ["read_all"] }],
    ["with ImportGraphAnalyzer class", { identifiers: ["ImportGraphAnalyzer"] }],
    ["a class named refine_scope", { identifiers: ["refine_scope"] }],
    ["async def fetch_all and fn read_line", { identifiers: ["fetch_all", "read_line"] }],
    ["It does `from a.b_c import Reader, Writer`", { modules: ["b_c"], identifiers: ["Reader", "Writer"] }],
    ["It does `import a.b`", { modules: ["b"] }],
    ['import { x } from "./search/index.ts"', { modules: ["search"] }],
    ["as in docs/guide.md, and `src/other.py`.", { files: ["src/other.py", "docs/guide.md"] }],
  ])("%s", (text, names) => expect(namesIn(text, "src/search.py")).toEqual({ ...nothing, ...names }));

  test.each([
    "Extract class and function signatures",
    "an ORM class, a Convenience function, the main class",
    "Write the function that the class calls",
    "Return `None`, `null`, `true` or `TODO`",
    "Use `pass` or `make test` and `--flag`",
    "data from CSV import dialogs",
    "Edit `utils.py` in src/search.py, e.g. v1.2 or 3.5",
    "define what is to be done",
    "https://example.com/a/b.html",
    "",
  ])("no name is in: %s", (text) => expect(namesIn(text, "src/search.py")).toEqual(nothing));
});

test("a name is held as a word of its own, any other text as it stands", () => {
  expect(holds("class ScopeRefinerFactory: ScopeRefiner()", "ScopeRefiner")).toBe(true);
  expect(holds("class ScopeRefinerFactory: pass", "ScopeRefiner")).toBe(false);
  expect(holds("my$parse(parsed)", "parse")).toBe(false);
  expect(holds("pytest-json-report==1.5", "pytest-json-report")).toBe(true);
});

test.each([
  ["src/search/query.test.ts", "query"],
  ["src/search/index.ts", "search"],
  ["pkg/__init__.py", "pkg"],
  ["index.js", "index"],
  [".eslintrc.json", ".eslintrc"],
  ["Makefile", "Makefile"],
])("other code knows %s as %s", (path, stem) => expect(stemOf(path)).toBe(stem));
