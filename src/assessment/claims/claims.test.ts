import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phaseRecord, runRecord } from "../../../test/harness/made-records.ts";
import { type ClaimSource, findClaims } from "./match-claims.ts";
import { readClaims } from "./read-claims.ts";

const read = (text: string, name = "docs/BUILD-129.md") =>
  readClaims(text, name).map(({ says, rule, line }) => `${line} ${says} ${rule}`);

describe("what a line claims", () => {
  test.each([
    ["Status: COMPLETE", ["1 done status-line"]],
    ["**Status**: ✅ Complete (all tests pass)", ["1 done status-line"]],
    ["- **Status:** IMPLEMENTED", ["1 done status-line"]],
    ["Status: In progress", ["1 not-done status-line"]],
    ["Status: ❌ Failed", ["1 not-done status-line"]],
    ["Status: Not complete", ["1 not-done status-line"]],
    ["Status: complete when the tests pass", []],
    ["Status: 200", []],
    ["## Phase 2: Scope reduction ✅", ["1 done heading"]],
    ["## Validation completed", ["1 done heading"]],
    ["## Migration is not complete", ["1 not-done heading"]],
    ["## Incomplete", ["1 not-done heading"]],
    ["## What must be complete", []],
    ["- [x] `src/a.py`", ["1 done ticked-path"]],
    ["- ✅ `src/deep/b.py` holds the parser", ["1 done ticked-path"]],
    ["- [ ] `src/a.py`", ["1 not-done ticked-path"]],
    ["- ✅ `estimate` is faster", []],
    ["All 5/5 deliverables complete", ["1 done n-of-m"]],
    ["3 of 7 phases complete", ["1 not-done n-of-m"]],
    ["0/0 complete", []],
    ["We are done, everything works, success!", []],
    ["The build is complete.", []],
  ])("%j", (line, claims) => {
    expect(read(line)).toEqual(claims);
  });

  test("fenced text is shown, not said", () => {
    expect(read("```\nStatus: complete\n```\nStatus: complete")).toEqual(["4 done status-line"]);
    expect(read("~~~~\nStatus: complete\n```\nStatus: complete\n~~~~")).toEqual([]);
  });

  test("sections named plan, criteria, todo or template say what is to be, with all below them", () => {
    for (const name of ["Plan", "Success criteria", "TODO", "Template"])
      expect(
        read(`# ${name}\nStatus: complete\n## Part\nStatus: complete\n# State\nStatus: complete`),
      ).toEqual(["6 done status-line"]);
  });

  test("a phase with a tick counts only within a section of its build", () => {
    expect(read("# Notes\n- Phase 2 ✅", "docs/notes.md")).toEqual([]);
    expect(read("# BUILD-129\n- Phase 2 ✅", "docs/notes.md")).toEqual(["2 done ticked-phase"]);
    expect(read("# BUILD-129\n# Notes\n- Phase 2 ✅", "docs/notes.md")).toEqual([]);
  });

  test("reads any text in time that grows with its length alone", () => {
    fc.assert(fc.property(fc.string(), (text) => readClaims(text, "x").length >= 0));
    for (const word of ["[ ", "`a/", "1/2 a-", "# ", "status "])
      expect(readClaims(word.repeat(200_000), "x")).toEqual([]);
  });
});

const runs = [
  runRecord("build129-token-fix", [
    phaseRecord("build129-p1-estimator", { ord: 0 }),
    phaseRecord("build129-p2-scope", { ord: 1 }),
  ]),
  runRecord("research-v4", [phaseRecord("gatherers", { ord: 0 }), phaseRecord("phase-1", { ord: 1 })]),
  runRecord("research-v5", [phaseRecord("gatherers", { ord: 0 })]),
];
const about = (text: string, more: Partial<ClaimSource> = {}) => {
  const found = findClaims(
    [{ by: "document", place: "docs/x.md", text, ...more }],
    runs,
    new Set(["src/a.py"]),
  );
  return {
    ...found,
    claims: found.claims.map(({ subject, place }) => `${place} ${JSON.stringify(Object.values(subject))}`),
  };
};

describe("what a claim is about", () => {
  test("the nearest heading that names something of the record", () => {
    expect(about("# research-v4\n## Results\nStatus: complete").claims).toEqual([
      'docs/x.md:3 ["run","research-v4"]',
    ]);
    expect(about("# research-v4\n## build129 p2 scope\nStatus: complete").claims).toEqual([
      'docs/x.md:3 ["phase","build129-token-fix","build129-p2-scope"]',
    ]);
  });

  test("the name of the document where no heading names anything", () => {
    expect(about("Status: complete", { place: "docs/BUILD-129_STATUS.md" }).claims).toEqual([
      'docs/BUILD-129_STATUS.md:1 ["run","build129-token-fix"]',
    ]);
  });

  test("a numbered phase of a build", () => {
    expect(about("# Build 129\n* ✅ Phase 2").claims).toEqual([
      'docs/x.md:2 ["phase","build129-token-fix","build129-p2-scope"]',
    ]);
  });

  test("a path that some phase delivers", () => {
    expect(about("- [x] `./src/a.py`\n- [x] `src/unknown.py`")).toMatchObject({
      claims: ['docs/x.md:1 ["path","src/a.py"]'],
      unmatched: 1,
    });
  });

  test("an id that several runs use, or that is a common word, is nobody's", () => {
    expect(about("# gatherers\nStatus: complete\n# Phase 1\nStatus: complete")).toMatchObject({
      claims: [],
      unmatched: 2,
    });
  });

  test("build 12 is not build 129", () => {
    expect(about("# BUILD-12\nStatus: complete")).toMatchObject({ claims: [], unmatched: 1 });
  });

  test("a commit's first line is its heading", () => {
    const found = about("research-v4 complete\n\nStatus: failed", { by: "commit", place: "abc" });
    expect(found.claims).toEqual(['abc:1 ["run","research-v4"]', 'abc:3 ["run","research-v4"]']);
  });

  test("the same document twice is one", () => {
    const document = { by: "document" as const, place: "a.md", text: "# research-v4\nStatus: complete" };
    const { claims, duplicates } = findClaims(
      [document, { ...document, place: "copy/a.md" }],
      runs,
      new Set(),
    );
    expect([claims.length, duplicates]).toEqual([1, 1]);
  });
});
