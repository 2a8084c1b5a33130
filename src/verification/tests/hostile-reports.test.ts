import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inPieces, readReport, recorded, roomy, statusesOf } from "../../../test/harness/test-reports.ts";
import { readTestReport } from "./read-test-report.ts";

const place = { root: "/work/project" };
const read = (content: string | Uint8Array, limits = roomy) =>
  readTestReport(inPieces(content), place, limits);
const faultOf = async (content: string | Uint8Array, limits = roomy) => {
  const result = await read(content, limits);
  return result.ok ? null : result.error;
};

describe("a hostile report", () => {
  it("is a value, whatever its content", async () => {
    const pieces = fc.constantFrom(
      "<testsuite>",
      "<testcase name='",
      "'>",
      "<failure>",
      "<![CDATA[",
      "]]>",
      "{",
      '"',
    );
    const text = fc
      .array(fc.oneof(pieces, fc.string(), fc.constantFrom("&", "\0", "}", "/>", "\n")))
      .map((all) => all.join(""));
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.uint8Array()), async (content) => {
        const result = await read(content);
        expect(result.ok || result.error.message !== "").toBe(true);
      }),
    );
  });

  it("is read no further than its limits", async () => {
    const cases = '<testcase name="a"/><testcase name="b"/><testcase name="c"/>';
    const junit = `<testsuite>${cases}</testsuite>`;
    expect(await faultOf(junit, { ...roomy, reportBytes: 50 })).toMatchObject({ kind: "over-limits" });
    expect(await faultOf(junit, { ...roomy, tests: 2 })).toMatchObject({ kind: "over-limits" });
    expect(await faultOf(recorded("jest.json"), { ...roomy, tests: 2 })).toMatchObject({
      kind: "over-limits",
    });
    let taken = 0;
    async function* endless() {
      for (; taken < 1000; taken++) yield Buffer.from("{} ".repeat(1000));
    }
    expect(await readTestReport(endless(), place, { ...roomy, reportBytes: 10_000 })).toMatchObject({
      error: { kind: "over-limits" },
    });
    expect(taken).toBeLessThan(5);
    expect(await faultOf("<testsuite>".repeat(200))).toMatchObject({ kind: "over-limits" });
  });

  it("has its texts cut and redacted, and no secret is cut in half", async () => {
    const secret = "correct-horse-battery";
    const message = `${"x".repeat(90)} ${secret}${"y".repeat(5000)}`;
    const { tests } = await readReport(
      `<testsuite><testcase name="a"><failure message="${message}">${message}</failure></testcase></testsuite>`,
      { secrets: [secret] },
      { textBytes: 100 },
    );
    expect(tests[0]?.message).toBe(`${"x".repeat(90)} [redacted…`);
    expect(Buffer.byteLength(tests[0]?.trace ?? "")).toBeLessThan(110);
  });

  it("keeps tests apart whose long names differ only at the end", async () => {
    const [a, b] = ["a", "b"].map((end) => "n".repeat(5000) + end);
    const { tests } = await readReport(
      `<testsuite><testcase name="${a}"/><testcase name="${b}"/></testsuite>`,
    );
    expect(tests).toHaveLength(2);
    expect(tests.every((test) => test.id.length < 600)).toBe(true);
  });

  it("expands no entities of its own", async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "${"lol".repeat(10)}"><!ENTITY b "&a;&a;">]>`;
    const fault = await faultOf(`${bomb}<testsuite><testcase name="&b;"/></testsuite>`);
    expect(fault).toMatchObject({ kind: "malformed", message: expect.stringContaining("undefined entity") });
  });

  it("cannot bring tests in by what tests print", async () => {
    const printed = '<![CDATA[</system-out><testcase name="forged"/>]]>&lt;testcase name="forged"/&gt;';
    const { tests } = await readReport(
      `<testsuite><testcase name="a"><system-out>${printed}</system-out></testcase></testsuite>`,
    );
    expect(tests.map((test) => test.name)).toEqual(["a"]);
  });

  it("may name its fields and tests like parts of every object", async () => {
    const test = {
      name: "__proto__",
      status: "constructor",
      suite: ["toString"],
      filePath: "hasOwnProperty",
    };
    const report = await readReport(
      `{"__proto__":{"x":1},"results":{"tests":[${JSON.stringify(test)}],"summary":{"__proto__":{"failed":9}}}}`,
    );
    expect(statusesOf(report)).toEqual({ "hasOwnProperty > toString > __proto__": "other" });
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });
});

it("holds of what a test prints, or fails with, no more than it keeps", () => {
  const script = `
    import { readTestReport } from ${JSON.stringify(import.meta.resolve("./read-test-report.ts"))};
    const line = Buffer.from("a line that is printed again and again\\n".repeat(2000));
    async function* source() {
      yield Buffer.from('<testsuite><testcase name="a"><failure><![CDATA[');
      for (let n = 0; n < 750; n++) yield line;
      yield Buffer.from(']]></failure><system-out><![CDATA[');
      for (let n = 0; n < 750; n++) yield line;
      yield Buffer.from(']]></system-out></testcase></testsuite>');
    }
    const limits = { reportBytes: 200e6, tests: 10, textBytes: 1000 };
    const report = await readTestReport(source(), { root: "/" }, limits);
    console.log(report.ok && report.value.tests.map((test) => test.status + " " + test.trace.length));
  `;
  // 120 MB of text in 30 MB of memory.
  const args = ["--max-old-space-size=30", "--input-type=module", "--eval", script];
  const child = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(child.stdout.trim(), child.stderr.slice(0, 1000)).toBe("[ 'failed 1001' ]");
});
