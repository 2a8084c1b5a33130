import { isValid } from "ctrf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inPieces, readReport, recorded, roomy, statusesOf } from "../../../test/harness/test-reports.ts";
import type { TestCase } from "../../domain/tests.ts";
import { readTestReport } from "./read-test-report.ts";
import { toCtrf } from "./to-ctrf.ts";

const place = { root: "/work/project" };
const read = (content: string | Uint8Array, limits = roomy) =>
  readTestReport(inPieces(content), place, limits);
const faultOf = async (content: string | Uint8Array, limits = roomy) => {
  const result = await read(content, limits);
  return result.ok ? null : result.error;
};

/** All but fractions of milliseconds, which CTRF does not have. */
const shown = ({ durationMs, ...test }: TestCase) => ({ ...test, durationMs: Math.round(durationMs) });

describe("reports that tools wrote", () => {
  it("reads vitest's JSON and its JUnit XML as the same tests", async () => {
    const tests = {
      "src/hook.test.ts > hooked > needs it": "skipped",
      "src/math.test.ts > flickers": "passed",
      "src/math.test.ts > math > adds": "passed",
      "src/math.test.ts > math > divides > halves": "failed",
      "src/math.test.ts > math > nested > multiplies $(x) 'q' \"d\"": "passed",
      "src/math.test.ts > math > waits": "skipped",
      "src/math.test.ts > same name": "failed",
    };
    const json = await readReport(recorded("vitest.json"));
    expect(statusesOf(json)).toEqual({ ...tests, "src/math.test.ts > math > later": "pending" });
    expect(json.tests.find((test) => test.name === "divides > halves")).toMatchObject({
      file: "src/math.test.ts",
      suite: ["math"],
      line: 4,
      message: "AssertionError: expected 2 to be 3 // Object.is equality",
    });
    expect(json.collectionErrors).toEqual([
      {
        file: "src/broken.test.ts",
        message: "Cannot find module './not-there' imported from /work/project/src/broken.test.ts",
      },
      { file: "src/hook.test.ts", message: "it failed as a whole" },
    ]);
    expect([...json.retried]).toEqual([["src/math.test.ts > flickers", ["failed", "passed"]]]);

    const junit = await readReport(recorded("vitest.xml"));
    const ofHook = { "src/hook.test.ts > hooked": "failed", "src/math.test.ts > math > later": "skipped" };
    expect(statusesOf(junit)).toEqual({ ...tests, ...ofHook });
    expect(junit.collectionErrors.map((error) => error.file)).toEqual(["src/broken.test.ts"]);
  });

  it("reads jest's JSON, with its retries", async () => {
    const report = await readReport(recorded("jest.json"));
    expect(statusesOf(report)).toEqual({
      "src/hook.test.js > hooked > needs it": "failed",
      "src/math.test.js > flickers": "passed",
      "src/math.test.js > math > adds": "passed",
      "src/math.test.js > math > divides > halves": "failed",
      "src/math.test.js > math > later": "pending",
      "src/math.test.js > math > nested > multiplies $(x) 'q' \"d\"": "passed",
      "src/math.test.js > math > waits": "skipped",
      "src/math.test.js > same name": "failed",
    });
    expect(report.retried.get("src/math.test.js > flickers")).toEqual(["failed", "passed"]);
    expect(report.retried.get("src/math.test.js > math > divides > halves")).toEqual(Array(3).fill("failed"));
    expect(report.collectionErrors).toMatchObject([
      { file: "src/broken.test.js", message: expect.stringContaining("Cannot find module './not-there'") },
    ]);
  });

  it("reads jest-junit, a file that could not be loaded included", async () => {
    const report = await readReport(recorded("jest-junit.xml"));
    expect(statusesOf(report)).toMatchObject({
      "src/math.test.js > math > math adds": "passed",
      "src/math.test.js > math > math divides > halves": "failed",
    });
    expect(new Set(report.collectionErrors.map((error) => error.file))).toEqual(
      new Set(["src/broken.test.js"]),
    );
  });

  it("reads CTRF as jest's reporter writes it, with suites as text and todo as other", async () => {
    const report = await readReport(recorded("ctrf.json"));
    expect(statusesOf(report)).toMatchObject({
      "src/math.test.js > flickers": "passed",
      "src/math.test.js > math > math divides > halves": "failed",
      "src/math.test.js > math > math later": "pending",
    });
    expect(report.retried.get("src/math.test.js > flickers")).toEqual(["failed", "passed"]);
  });

  it("reads node --test, and takes a file without tests for none", async () => {
    const report = await readReport(recorded("node.xml"));
    expect(statusesOf(report)).toEqual({
      "test/math.test.mjs > esc": "failed",
      "test/math.test.mjs > math > adds": "passed",
      "test/math.test.mjs > math > divides": "failed",
      "test/math.test.mjs > math > later": "skipped",
      "test/math.test.mjs > math > nested > multiplies $(x) 'q' \"d\" \ufffd[31mred": "passed",
      "test/math.test.mjs > math > waits": "skipped",
      "test/math.test.mjs > top > sub": "passed",
    });
    expect(report.collectionErrors.map((error) => error.file)).toEqual(["test/broken.test.mjs"]);
  });

  it("reads pytest, with and without paths, as the same tests", async () => {
    const tests = {
      "tests/test_math.py > TestMath > TestNested > test_deep": "passed",
      "tests/test_math.py > TestMath > test_adds": "passed",
      "tests/test_math.py > TestMath > test_divides": "failed",
      "tests/test_math.py > test_each[$(x) 'q' \"d\"]": "failed",
      "tests/test_math.py > test_each[1]": "passed",
      "tests/test_math.py > test_each[a > b]": "failed",
      "tests/test_math.py > test_expected": "skipped",
      "tests/test_math.py > test_setup": "failed",
      "tests/test_math.py > test_skipped": "skipped",
      "tests/test_math.py > test_teardown": "failed",
    };
    const files = new Set(["tests/test_math.py", "tests/sub/test_broken.py"]);
    const reports = [
      await readReport(recorded("pytest.xml")),
      await readReport(recorded("pytest.xml"), { files }),
      await readReport(recorded("pytest-xunit1.xml")),
    ];
    for (const report of reports) {
      expect(statusesOf(report)).toEqual(tests);
      expect(report.collectionErrors).toMatchObject([
        { file: "tests/sub/test_broken.py", message: expect.stringContaining("No module named 'not_there'") },
      ]);
      const divides = report.tests.find((test) => test.name === "test_divides");
      expect(divides).toMatchObject({ suite: ["TestMath"], line: 7, message: "assert (4 / 2) == 3" });
    }
  });

  it("reads go test -json, with packages that were not built or ended by a panic", async () => {
    const files = new Set(["calc/calc_test.go", "crash/crash_test.go"]);
    const report = await readReport(recorded("go.jsonl"), { files });
    expect(statusesOf(report)).toEqual({
      "example.com/shop/calc > TestAdds": "passed",
      "example.com/shop/calc > TestDivides": "failed",
      "example.com/shop/calc > TestDivides/a_b/c_$(x)": "passed",
      "example.com/shop/calc > TestDivides/halves": "failed",
      "example.com/shop/calc > TestLater": "skipped",
      "example.com/shop/crash > TestCrash": "failed",
      "example.com/shop/crash > TestFine": "passed",
    });
    expect(report.tests.find((test) => test.name === "TestDivides/halves")).toMatchObject({
      file: "calc/calc_test.go",
      line: 8,
      message: "calc_test.go:8: got 2, want 3",
    });
    expect(report.collectionErrors).toEqual([
      { file: null, message: "the package example.com/shop/broken was not run: build failed" },
    ]);
    expect(report.incomplete).toBe("the package example.com/shop/crash ended by a panic or a time limit");
  });

  it("reads what newer Go says of a package that was not built", async () => {
    const report = await readReport(recorded("go-build-fail.jsonl"));
    expect(report.tests).toEqual([]);
    expect(report.collectionErrors).toMatchObject([
      { message: expect.stringContaining("broken_test.go:5:32: undefined: notThere") },
    ]);
  });

  it("reads cargo nextest and surefire, with the reruns that they tell of", async () => {
    const nextest = await readReport(recorded("nextest.xml"));
    expect(statusesOf(nextest)).toEqual({
      "shop::basic > cart::adds": "passed",
      "shop::basic > cart::divides": "failed",
      "shop::basic > cart::flickers": "passed",
      "shop > tests::opens": "passed",
    });
    expect([...nextest.retried]).toEqual([
      ["shop::basic > cart::divides", ["failed", "failed"]],
      ["shop::basic > cart::flickers", ["failed", "passed"]],
    ]);
    const file = "src/test/java/com/example/shop/CartTest.java";
    const surefire = await readReport(recorded("surefire.xml"), { files: new Set([file]) });
    const suite = `${file} > com.example.shop.CartTest`;
    expect(statusesOf(surefire)).toEqual({
      [`${suite} > adds`]: "passed",
      [`${suite} > divides`]: "failed",
      [`${suite} > flickers`]: "passed",
      [`${suite} > opens`]: "failed",
      [`${suite} > waits`]: "skipped",
    });
    expect(surefire.retried.get(`${suite} > flickers`)).toEqual(["failed", "passed"]);
    expect(surefire.tests.find((test) => test.name === "divides")).toMatchObject({ line: 21 });
  });

  it.each(["vitest.json", "jest.json", "ctrf.json", "node.xml", "pytest.xml", "nextest.xml", "go.jsonl"])(
    "holds %s as valid CTRF, which reads as the same tests",
    async (name) => {
      const files = new Set(["calc/calc_test.go", "crash/crash_test.go"]);
      const report = await readReport(recorded(name), name === "go.jsonl" ? { files } : {});
      expect(isValid(toCtrf(report))).toBe(true);
      const again = await readReport(JSON.stringify(toCtrf(report)));
      expect(again.tests.map(shown)).toEqual(report.tests.map(shown));
      expect(again.retried).toEqual(report.retried);
      expect(again.collectionErrors).toEqual(report.collectionErrors);
    },
  );
});

describe("a report that is no whole report", () => {
  it.each(["vitest.json", "jest.json", "ctrf.json", "vitest.xml", "node.xml", "pytest.xml", "surefire.xml"])(
    "never reads a part of %s as a report",
    async (name) => {
      const whole = recorded(name).toString().trim();
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (length) => {
          const fault = await faultOf(whole.slice(0, length));
          expect(fault?.kind).toMatch(name.endsWith(".xml") ? /truncated/ : /truncated|malformed/);
        }),
        { numRuns: 30 },
      );
    },
  );

  it("takes events of go without an end for a part of a report", async () => {
    const lines = recorded("go.jsonl").toString().trim().split("\n");
    const package_ = lines.findIndex((line) => /"Action":"fail","Package":"[^"]+","Elapsed"/.test(line));
    expect(await faultOf(lines.slice(0, package_).join("\n"))).toMatchObject({ kind: "truncated" });
    expect(await faultOf(lines.join("\n").slice(0, -20))).toMatchObject({ kind: "truncated" });
  });

  it.each([
    ["", "empty"],
    [" \n\n", "empty"],
    ["all tests passed", "unknown-format"],
    ["<html><body/></html>", "unknown-format"],
    ['<coverage line-rate="1"/>', "unknown-format"],
    ["{}", "unknown-format"],
    ["[]", "unknown-format"],
    ["null", "unknown-format"],
    ['{"results":{"tests":"none"}}', "unknown-format"],
    ['{"testResults":[}', "malformed"],
    ["<testsuite><testcase></testsuite></testcase>", "malformed"],
    ["<testsuite/><testsuite/>", "malformed"],
    ['<testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>', "malformed"],
  ])("refuses %j: %s", async (content, kind) => {
    expect(await faultOf(content)).toMatchObject({ kind });
  });

  it("refuses a report whose counts are not those of its tests", async () => {
    const jest = JSON.parse(recorded("jest.json").toString());
    jest.testResults[0].assertionResults.pop();
    expect(await faultOf(JSON.stringify(jest))).toMatchObject({ kind: "malformed" });
    const ctrf = JSON.parse(recorded("ctrf.json").toString());
    ctrf.results.tests = ctrf.results.tests.filter((test: { status: string }) => test.status !== "failed");
    expect(await faultOf(JSON.stringify(ctrf))).toMatchObject({ kind: "malformed" });
  });

  it("tells a suite of JUnit that counts failures and shows none", async () => {
    const report = await readReport(
      '<testsuite name="a" tests="1" errors="1"><testcase name="x"/></testsuite>',
    );
    expect(report.collectionErrors).toEqual([
      { file: null, message: "the suite a counts 1 failure, and shows none" },
    ]);
  });

  it("keeps what a report names outside of the repository, apart from it", async () => {
    const file = "/opt/shared/a.test.js";
    const report = await readReport(
      `<testsuite name="/opt/x"><testcase name="a" file="${file}"/></testsuite>`,
    );
    expect(statusesOf(report)).toEqual({ [`${file} > /opt/x > a`]: "passed" });
    expect(report.tests[0]?.file).toBeNull();
  });

  it("tells an error of a suite of JUnit itself", async () => {
    const report = await readReport(
      '<testsuite name="src/a.test.ts" errors="1"><error message="no setup">at x</error></testsuite>',
    );
    expect(report.collectionErrors).toEqual([{ file: "src/a.test.ts", message: "no setup\nat x" }]);
  });
});

describe("a test that a report names more than once", () => {
  const testcase = (inside: string) => `<testcase name="a">${inside}</testcase>`;
  const cases = ["", "<skipped/>", '<failure message="one"/>', '<failure message="two"/>'].map(testcase);

  it("ended as it ended worst, in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(cases, { minLength: 1 }), async (some) => {
        const { tests } = await readReport(`<testsuite>${some.join("")}</testsuite>`);
        const status = some.some((each) => each.includes("failure"))
          ? "failed"
          : some.some((each) => each.includes("skipped"))
            ? "skipped"
            : "passed";
        const message = ["one", "two"].find((text) => some.some((each) => each.includes(text)));
        expect(tests).toHaveLength(1);
        expect(tests[0]?.status).toBe(status);
        expect(tests[0]?.message).toBe(message);
      }),
    );
  });
});

describe("text in other encodings", () => {
  it("is read by the mark at its beginning, or its XML declaration", async () => {
    const body = '<testsuite><testcase name="größer"/></testsuite>';
    const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${body}`, "latin1");
    const utf16 = Buffer.from(`\ufeff${body}`, "utf16le");
    const marked = Buffer.from(`\ufeff${body}`);
    for (const content of [latin, utf16, marked])
      expect((await readReport(content)).tests.map((test) => test.name)).toEqual(["größer"]);
  });
});
