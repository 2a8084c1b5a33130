import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isTestPath,
  literalPrefix,
  namesGitFolder,
  namesShortly,
  normalisePath,
  pathKey,
  scopesOverlap,
} from "./paths.ts";

const segment = fc.oneof(
  fc.constantFrom(
    "src",
    "SRC",
    ".",
    "..",
    "",
    ".git",
    "a.",
    "b ",
    "...",
    "\uff0e",
    "\u2025",
    "é",
    "e\u0301",
    "\u200b",
  ),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const anyPath = fc.array(segment, { maxLength: 5 }).map((parts) => parts.join("/"));

describe("a normal path", () => {
  it.each([
    ["src/a.ts", "src/a.ts"],
    ["./src//a.ts", "src/a.ts"],
    ["src/./b/../a.ts", "src/a.ts"],
    ["src/", "src"],
    ["a..b/...", "a..b/..."],
    ["été/日本 x", "été/日本 x"],
  ])("of %j is %j", (raw, normal) => expect(normalisePath(raw)).toEqual({ ok: true, value: normal }));

  it.each(["", ".", "./", "a/..", "..", "a/../..", "../a", "/a", "//a", "C:/a", "c:a", "a\\b", "a\0"])(
    "cannot be made of %j",
    (raw) => expect(normalisePath(raw).ok).toBe(false),
  );

  it("stays as it is, leads nowhere else and has no odd segment", () => {
    fc.assert(
      fc.property(anyPath, (raw) => {
        const normal = normalisePath(raw);
        fc.pre(normal.ok);
        expect(normalisePath(normal.value)).toEqual(normal);
        expect(normal.value.split("/").some((part) => ["", ".", ".."].includes(part))).toBe(false);
      }),
    );
  });
});

describe("a path's key", () => {
  it.each([
    ["README.md", "readme.MD"],
    ["caf\u00e9", "cafe\u0301"],
    ["autopack.yaml", "autopack.yaml. ."],
    [".git/x", ".git./x"],
    [".git", ".g\u200cit"],
    [".git", "\uff0egit"],
    ["\ufb01le", "file"],
    ["a/b", "a\\b"],
    ["k", "\u212a"],
    ["a\\b", "a\uff3cb"],
    ["STRASSE", "stra\u00dfe"],
    ["stra\u00dfe", "STRA\u1e9eE"],
    ["i", "\u0131"],
    ["s", "\u017f"],
    ["\u03c3\u03b1\u03c2", "\u03a3\u0391\u03a3"],
    ["ab", "a\u00adb"],
    ["ab", "a\ufe0fb"],
    ["ab", "a\u{e0061}b"],
    ["ab", "a\u180bb"],
    ["x/y", "x::$INDEX_ALLOCATION/y"],
    ["x/y", "x:$I30:$INDEX_ALLOCATION/y::$DATA"],
    ["x", "x.::$DATA. "],
  ])("is the same for %j and %j", (a, b) => expect(pathKey(a)).toBe(pathKey(b)));

  it.each([
    ["a/b", "ab"],
    ["a.b", "ab"],
    [".a", "a"],
    ["..", "."],
    ["a b", "ab"],
    ["e", "é"],
    ["a", "a:b"],
    ["a", "a$b"],
  ])("differs for %j and %j", (a, b) => expect(pathKey(a)).not.toBe(pathKey(b)));

  it("is its own key", () => {
    fc.assert(
      fc.property(anyPath, (path) => pathKey(pathKey(path)) === pathKey(path)),
      { numRuns: 2_000 },
    );
  });
  it("does not depend on case or composition", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (path) => {
        expect(pathKey(path.normalize("NFD"))).toBe(pathKey(path.normalize("NFC")));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme-ascii" }),
        (path) => pathKey(path.toUpperCase()) === pathKey(path),
      ),
    );
  });
});

describe("a spelling of git's own folder", () => {
  it.each([
    ".git",
    "a/.GIT/x",
    ".git. /x",
    "x/.g\u200ci\u00adt",
    "GIT~1",
    "git~4/x",
    ".git:x",
    "\uff0egit",
    ".git::$DATA",
  ])("is %j", (path) => expect(namesGitFolder(path)).toBe(true));
  it.each([".gitignore", "git", ".git-x", "a.git", "git~", "git~x", "x~1", ".g it"])("is not %j", (path) =>
    expect(namesGitFolder(path)).toBe(false),
  );
});

describe("a short name", () => {
  it.each(["GITHUB~1", "autopa~1.yam", "src/ab~12/x", "A~1", "GI7EBA~1", "x~1.", "x~1::$DATA"])(
    "may be %j",
    (path) => expect(namesShortly(path)).toBe(true),
  );
  it.each(["a~b", "~1", "longname~1", "x~1.yaml", "x~0", "notes~2024-draft.md", "file.~1~", "a.b~1"])(
    "is not %j",
    (path) => expect(namesShortly(path)).toBe(false),
  );
});

describe("a test's path", () => {
  it.each([
    "src/a.test.ts",
    "src/a.spec.tsx",
    "a_test.go",
    "pkg/test_a.py",
    "pkg/a_test.py",
    "test/a.ts",
    "tests/deep/a.rs",
    "src/__tests__/a.js",
    "e2e/login.ts",
    "spec/a_spec.rb",
    "src/UserTest.java",
    "src/UserTests.cs",
    "test.mjs",
    "a-test.js",
  ])("is %s", (path) => expect(isTestPath(path)).toBe(true));

  it.each([
    "src/contest.ts",
    "src/latest.ts",
    "src/testing.md",
    "src/attestation.py",
    "protest/a",
    "src/spectrum.rb",
    "src/testimony.go",
  ])("is not %s", (path) => expect(isTestPath(path)).toBe(false));
});

describe("a glob's literal prefix", () => {
  it.each([
    ["src/search/**", "src/search/"],
    ["src/index.ts", "src/index.ts"],
    ["**", ""],
    ["*.ts", ""],
    ["src/se*/x", "src/"],
    ["src/{a,b}", "src/"],
    ["./src/a.ts", "src/a.ts"],
    [".", ""],
    [".//./src/*", "src/"],
    [".github/*", ".github/"],
    ["src/\\[id\\]/x", "src/"],
  ])("of %s is %j", (glob, prefix) => expect(literalPrefix(glob)).toBe(prefix));
});

describe("two scopes", () => {
  it.each([
    [["src/**"], ["src/a.ts"]],
    [["src"], ["src/a.ts"]],
    [["src/a.ts"], ["src/a.ts"]],
    [["**"], ["x"]],
    [["src/a/*"], ["src/a/*"]],
    [["Src/a.ts"], ["src/A.ts"]],
    [["x", "src/"], ["src/deep/*"]],
    [["*.ts"], ["src/a"]],
    [["./src/**"], ["src/a.ts"]],
    [["."], ["src/a.ts"]],
  ])("%j and %j may name one file", (a, b) => {
    expect(scopesOverlap(a, b)).toBe(true);
    expect(scopesOverlap(b, a)).toBe(true);
  });
  it.each([
    [["src/a.ts"], ["src/b.ts"]],
    [["src/a"], ["src/ab"]],
    [["src/a/**"], ["src/b/**"]],
    [[], ["**"]],
  ])("%j and %j name none", (a, b) => {
    expect(scopesOverlap(a, b)).toBe(false);
    expect(scopesOverlap(b, a)).toBe(false);
  });
});
