import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageFixture, hitsOf, placeOf, readText } from "../../../test/harness/coverage.ts";
import { countLines } from "./file-lines.ts";
import { type CoverageReport, mergeCoverage, parseGoModule } from "./read-coverage.ts";

const jestPlace = placeOf("src/sum.js", "src/never.js", "src/sum.test.js");
const pythonPlace = placeOf("src/app/__init__.py", "src/app/calc.py", "tests/test_calc.py");
const goPlace = {
  ...placeOf("go.mod", "cli/cli.go", "shapes/shapes.go"),
  modules: new Map([[parseGoModule("module example.com/project\n\ngo 1.19\n") ?? "", ""]]),
};

async function readFixture(name: string, place = jestPlace): Promise<CoverageReport> {
  const read = await readText(coverageFixture(name), place);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}
const totalOf = ({ files }: Pick<CoverageReport, "files">) => countLines(files.values());
const codeOf = async (text: string | Uint8Array, place = placeOf("a.c"), limits = {}) => {
  const read = await readText(text, place, limits);
  return read.ok ? "read" : read.error.code;
};

test.each(["jest.istanbul.json", "jest.lcov", "jest.cobertura.xml"])(
  "%s has the lines of Istanbul's own summary",
  async (name) => {
    const summary = JSON.parse(coverageFixture("jest.summary.json"));
    const { files, unmapped } = await readFixture(name);
    for (const path of ["src/sum.js", "src/never.js"]) {
      const { total, covered } = summary[`/work/project/${path}`].lines;
      expect(totalOf({ files: new Map([[path, files.get(path)!]]) })).toEqual({ total, covered });
    }
    expect(totalOf({ files })).toEqual({ total: 14, covered: 9 });
    expect(hitsOf(files.get("src/sum.js"))).toEqual({
      3: 3,
      4: 1,
      7: 1,
      8: 1,
      10: 0,
      12: 0,
      14: 0,
      23: 1,
      27: 1,
      28: 1,
      29: 2,
      33: 1,
    });
    expect(unmapped).toEqual({ count: 0, names: [] });
  },
);

test("coverage.py's JSON and XML have the total that coverage.py prints, docstrings and excluded lines left out", async () => {
  const { totals } = JSON.parse(coverageFixture("python.coverage.json"));
  const [json, xml] = [
    await readFixture("python.coverage.json", pythonPlace),
    await readFixture("python.cobertura.xml", pythonPlace),
  ];
  expect([json.format, xml.format]).toEqual(["coverage.py", "cobertura"]);
  expect(totalOf(json)).toEqual({ total: totals.num_statements, covered: totals.covered_lines });
  expect(totalOf(xml)).toEqual({ total: 17, covered: 12 });
  // The same docstrings in the reports of two test runs.
  expect(totalOf({ files: mergeCoverage([json.files, json.files]) })).toEqual(totalOf(json));
  // Excluded, though `def main():` was executed.
  expect(hitsOf(json.files.get("src/app/calc.py"))[31]).toBeUndefined();
});

test("coverage.py's format 3, with regions, branches and names from Windows, is read like the one before it", async () => {
  const file = (summary: object) => ({
    executed_lines: [1, 2, 4],
    missing_lines: [5],
    excluded_lines: [7],
    summary,
    executed_branches: [[2, 4]],
    missing_branches: [[2, 5]],
    functions: { main: { executed_lines: [4], missing_lines: [5], excluded_lines: [], start_line: 3 } },
    classes: { "": { executed_lines: [1, 2, 4], missing_lines: [5], excluded_lines: [] } },
  });
  const meta = { format: 3, version: "7.10.0", branch_coverage: true, show_contexts: false };
  const files = { "src\\app\\calc.py": file({ covered_lines: 3, num_statements: 4 }) };
  const read = await readText(JSON.stringify({ meta, files, totals: {} }), pythonPlace);
  expect(read.ok && totalOf(read.value)).toEqual({ total: 4, covered: 3 });
  expect(read.ok && hitsOf(read.value.files.get("src/app/calc.py"))).toEqual({ 1: 1, 2: 1, 4: 1, 5: 0 });
});

test("LCOV is counted as `lcov --summary` counts it: a file recurs, a line recurs, a negative count is none", async () => {
  const text =
    "TN:\nSF:a.c\nDA:1,1,checksum==\nDA:2,0\nDA:2,3\nFNDA:1,main\nend_of_record\n" +
    "TN:other\nSF:a.c\nFN:1,operator<(int, char)\nDA:1,4\nDA:3,0\nDA:4,-1\nDA:5,1e+3\nBRDA:1,0,0,-\nLF:9\nend_of_record\n";
  const read = await readText(text, placeOf("a.c"));
  expect(read.ok && hitsOf(read.value.files.get("a.c"))).toEqual({ 1: 5, 2: 3, 3: 0, 4: 0, 5: 1000 });
  // coverage.py 6 writes statements that it does not count, and no order.
  const python = await readFixture("python.lcov", pythonPlace);
  expect(totalOf(python)).toEqual({ total: 22, covered: 17 });
});

test.each([
  ["go-set.out", 10],
  ["go-count.out", 10],
  ["go-atomic.out", 10],
  ["go-all.out", 12],
])("%s has the statements that `go tool cover -func` prints, of 17", async (name, covered) => {
  const report = await readFixture(name, goPlace);
  expect(totalOf(report)).toEqual({ total: 17, covered });
  expect(Math.round((covered / 17) * 1000) / 10).toBe(covered === 10 ? 58.8 : 70.6);
});

test("a Go block covers the lines from its first to its last, and one without statements none", async () => {
  const { files } = await readFixture("go-count.out", goPlace);
  expect(hitsOf(files.get("cli/cli.go"))).toEqual({ 5: 1, 6: 1, 7: 1 });
  const lines = hitsOf(files.get("shapes/shapes.go"));
  expect(Object.keys(lines).map(Number)).toEqual([
    9, 10, 11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25, 26, 27, 28, 29, 35, 37, 38, 39, 40, 41, 42,
  ]);
  expect(Object.keys(lines).filter((line) => lines[Number(line)] === 0)).toEqual([
    "11",
    "12",
    "25",
    "26",
    "27",
    "28",
    "29",
    "35",
    "40",
    "41",
    "42",
  ]);
  expect([lines[9], lines[10], lines[14], lines[15]]).toEqual([1, 1, 4, 3]);
});

test("the Go profiles of two test runs add up, block by block", async () => {
  const [one, all] = [await readFixture("go-set.out", goPlace), await readFixture("go-all.out", goPlace)];
  expect(totalOf({ files: mergeCoverage([one.files, all.files]) })).toEqual({ total: 17, covered: 12 });
});

test("Cobertura: classes of one file add up, methods do not, and a file lies in one of the sources", async () => {
  const lines = (hits: number) =>
    `<lines><line number="1" hits="${hits}"/><line number="2" hits="0"/></lines>`;
  const text = (sources: string) =>
    `<?xml version="1.0"?><coverage><sources>${sources}</sources><packages><package><classes>
     <class filename="a.cs"><methods><method><lines><line number="9" hits="1"/></lines></method></methods>${lines(1)}</class>
     <class filename="a.cs">${lines(2)}</class></classes></package></packages></coverage>`;
  const read = await readText(
    text("<source>/work/project/lib</source><source>/work/project/src &amp; more</source>"),
    placeOf("src & more/a.cs", "a.cs"),
  );
  expect(read.ok && [...read.value.files].map(([path, file]) => [path, hitsOf(file)])).toEqual([
    ["src & more/a.cs", { 1: 3, 2: 0 }],
  ]);
  const twice = await codeOf(
    text("<source>/work/project/lib</source><source>/work/project/src</source>"),
    placeOf("lib/a.cs", "src/a.cs"),
  );
  expect(twice).toBe("unmapped");
  expect(await codeOf(text("<source>--source</source>"), placeOf("a.cs"))).toBe("read");
});

test("what is no whole report of a known format is a fault, and never a coverage", async () => {
  const whole = {
    lcov: "SF:a.c\nDA:1,1\nend_of_record\n",
    go: "mode: set\na.c:1.1,2.2 1 1\n",
    json: JSON.stringify({ meta: {}, files: {} }),
  };
  expect(await codeOf(whole.lcov)).toBe("read");
  expect(await codeOf(whole.go)).toBe("read");
  const faults: Record<string, string[]> = {
    empty: ["", " \n", "{}", whole.json, "mode: set\n", "TN:\n", "<coverage><packages/></coverage>"],
    truncated: [
      "SF:a.c\nDA:1,1\n",
      "SF:a.c\nDA:1,1\nend_of_rec",
      "SF:a.c\nDA:1",
      "SF:a.c\nDA:1,1\nend_of_record\nS",
      whole.go.slice(0, -1),
      "mode: set\na.c:1.1,2",
      whole.json.slice(0, -3),
      coverageFixture("jest.cobertura.xml").slice(0, 900),
      "<",
      "{",
    ],
    malformed: [
      "SF:\nend_of_record\n",
      "TN:\nDA:1,1\n",
      "SF:a.c\nSF:b.c\nend_of_record\n",
      "SF:a.c\nDA:x,1\nend_of_record\n",
      "SF:a.c\nDA:1\nend_of_record\n",
      "SF:a.c\nDA:1,\nend_of_record\n",
      "SF:a.c\nDA:9999999999,1\nend_of_record\n",
      "SF:a.c\nDA:1,many\nend_of_record\n",
      "SF:a.c\nDA:1,1\nend_of_record\nSegmentation fault\n",
      "mode: set\na.c:1.1,2.2 1\n",
      "mode: set\na.c:3.1,2.2 1 1\n",
      "mode: set\nexit status 1\n",
      "{}}",
      '<coverage><classes><class filename="a.c"><lines><line number="-1" hits="1"/></lines></class></classes></coverage>',
      '<coverage><classes><class filename="a.c"><lines><line number="1"/></lines></class></classes></coverage>',
      "<coverage><classes><class></class></classes></coverage>",
      "<coverage><packages></coverage>",
      "<coverage>&bomb;</coverage>",
      JSON.stringify({ meta: {}, files: { "a.c": { executed_lines: ["1"], missing_lines: [] } } }),
      JSON.stringify({ "a.c": { path: "a.c", statementMap: { 0: {} }, s: { 0: 1 } } }),
    ],
    "unknown-format": [
      "Name  Stmts  Miss\n",
      '{"total": {"lines": {"total": 1}}}',
      "<testsuites/>",
      '<coverage clover="3.2.0"></coverage>',
      "\u0000\u0001",
    ],
    unmapped: ["SF:other.c\nDA:1,1\nend_of_record\n"],
  };
  for (const [code, texts] of Object.entries(faults))
    for (const text of texts) expect([text.slice(-80), await codeOf(text)]).toEqual([text.slice(-80), code]);
});

test("files that are not the repository's are left out and named, a few of them", async () => {
  const record = (name: string) => `SF:${name}\nDA:1,1\nend_of_record\n`;
  const others = Array.from({ length: 30 }, (_, index) => record(`/usr/lib/${index}.c`)).join("");
  const read = await readText(record("a.c") + others, placeOf("a.c"));
  expect(read.ok && [[...read.value.files.keys()], read.value.unmapped.count]).toEqual([["a.c"], 30]);
  expect(read.ok && read.value.unmapped.names).toHaveLength(20);
});

test("a report beyond a limit is a fault, whichever its format", async () => {
  const lcov = "SF:a.c\nDA:1,1\nDA:2,1\nend_of_record\nSF:b.c\nDA:1,1\nend_of_record\n";
  const go = "mode: set\na.c:1.1,3.2 1 1\nb.c:1.1,1.2 1 1\n";
  const json = JSON.stringify({
    meta: {},
    files: Object.fromEntries(
      ["a.c", "b.c"].map((name) => [
        name,
        { executed_lines: [1, 2], missing_lines: [], summary: { covered_lines: 2 } },
      ]),
    ),
  });
  const file = (name: string) =>
    `<class filename="${name}"><lines><line number="1" hits="1"/><line number="2" hits="1"/></lines></class>`;
  const xml = `<coverage><classes>${file("a.c")}${file("b.c")}</classes></coverage>`;
  for (const text of [lcov, go, json, xml]) {
    expect(await codeOf(text)).toBe("read");
    for (const limits of [{ files: 1 }, { lines: 2 }, { bytes: text.length - 1 }])
      expect([text, await codeOf(text, undefined, limits)]).toEqual([text, "too-large"]);
  }
  expect(await codeOf(json, undefined, { jsonBytes: json.length - 1 })).toBe("too-large");
});

test("a few bytes that speak of very many lines take neither time nor memory", async () => {
  const block = (index: number) => `a.c:1.${index + 1},999999999.1 1 1\n`;
  expect(await codeOf(`mode: set\n${block(0)}`)).toBe("too-large");
  const many = Array.from({ length: 20_000 }, (_, index) => `a.c:1.${index + 1},900000.1 1 1\n`);
  expect(await codeOf(`mode: set\n${many.join("")}`)).toBe("read");
  expect(await codeOf(`SF:a.c\nFN:${"x".repeat(2_000_000)}\nend_of_record\n`)).toBe("malformed");
});

test("names that are properties of every object are names like any other", async () => {
  const place = placeOf("__proto__", "constructor");
  const istanbul = (name: string) =>
    `"${name}":{"path":"${name}","statementMap":{"0":{"start":{"line":1,"column":0}}},"s":{"0":1},"fnMap":{},"branchMap":{},"f":{},"b":{}}`;
  const python = (name: string) =>
    `"${name}":{"executed_lines":[1],"missing_lines":[],"summary":{"covered_lines":1}}`;
  for (const text of [
    "SF:__proto__\nDA:1,1\nend_of_record\nSF:constructor\nDA:1,1\nend_of_record\n",
    `{${istanbul("__proto__")},${istanbul("constructor")}}`,
    `{"meta":{},"files":{${python("__proto__")},${python("constructor")}}}`,
  ]) {
    const read = await readText(text, place);
    expect(read.ok && [...read.value.files.keys()]).toEqual(["__proto__", "constructor"]);
  }
  expect(({} as Record<string, unknown>)["path"]).toBeUndefined();
});

test("how a report is cut into pieces makes no difference", async () => {
  const fixtures = ["jest.lcov", "jest.cobertura.xml", "jest.istanbul.json", "python.lcov", "go-all.out"];
  const place = { ...goPlace, paths: new Set([...goPlace.paths, ...jestPlace.paths, ...pythonPlace.paths]) };
  for (const name of fixtures) {
    const text = `\uFEFF${coverageFixture(name).replaceAll("\n", "\r\n")}`;
    const whole = await readText(text, place);
    expect([name, whole.ok]).toEqual([name, true]);
    for (const size of [1, 7, 64]) expect(await readText(text, place, { size })).toEqual(whole);
  }
});

test("no prefix of a report is a report with other numbers, and none is a throw", async () => {
  for (const name of ["jest.lcov", "go-set.out", "jest.istanbul.json", "jest.cobertura.xml"]) {
    const bytes = Buffer.from(coverageFixture(name));
    const place = name.startsWith("go") ? goPlace : jestPlace;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), async (length) => {
        const read = await readText(bytes.subarray(0, length), place);
        // LCOV and Go have no end: cut between two files or blocks, they are reports of less.
        if (name.endsWith("json") || name.endsWith("xml")) return !read.ok;
        return !read.ok || totalOf(read.value).total < (name.startsWith("go") ? 17 : 14);
      }),
      { numRuns: 60 },
    );
  }
});

test("arbitrary bytes are a fault or a coverage, and never a throw", async () => {
  const starts = fc.constantFrom("", "SF:a.c\n", "mode: set\n", "<coverage>", '{"meta":{},"files":{', "{");
  await fc.assert(
    fc.asyncProperty(starts, fc.string({ unit: "binary", maxLength: 200 }), async (start, rest) => {
      await readText(start + rest, placeOf("a.c"), { size: 5 });
    }),
    { numRuns: 300 },
  );
});
