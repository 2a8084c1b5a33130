/**
 * How long a test report of 50 MB takes to be read, and how much memory, beside the bare parser on the same file: the
 * least that any reader needs which is built on it.
 * npm run bench:test-report [-- MEGABYTES]
 */
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SaxesParser } from "saxes";
import { readTestReport } from "../src/verification/tests/read-test-report.ts";
import { type Measured, measureProgram, median } from "./measure.ts";

const rounds = 5;
const limits = { reportBytes: 1_000_000_000, tests: 1_000_000, textBytes: 4000 };

const reports = {
  "many tests (JUnit)": { name: "many.xml", parts: manyTests, parser: "saxes" },
  "one test that prints it all (JUnit)": { name: "printed.xml", parts: oneTest, parser: "saxes" },
  "many tests (vitest's JSON)": { name: "many.json", parts: manyInJson, parser: "json" },
} as const;

/** Suites of 50 tests; one test in 20 prints something, one in 100 fails with a stack. */
function* manyTests(bytes: number): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8" ?>\n<testsuites name="vitest tests">\n';
  const stack = Array.from(
    { length: 20 },
    (_, n) => `    at run (/work/project/src/part-${n}.ts:${n}:7)`,
  ).join("\n");
  for (let suite = 0, written = 0; written < bytes; suite++) {
    const file = `packages/part-${suite % 40}/src/area-${suite}.test.ts`;
    const cases = Array.from({ length: 50 }, (_, n) => {
      const index = suite * 50 + n;
      const printed = index % 20 === 0 ? `<system-out>${"a line of output\n".repeat(30)}</system-out>` : "";
      const message = `expected ${index} to be ${index + 1} &amp; not &lt;nothing&gt;`;
      const failure =
        index % 100 === 0
          ? `<failure message="${message}" type="AssertionError">${message}\n${stack}</failure>`
          : "";
      return `    <testcase classname="${file}" name="area ${suite} &gt; does the thing number ${n}" time="0.00${n}">${failure}${printed}</testcase>\n`;
    });
    const text = `  <testsuite name="${file}" tests="50">\n${cases.join("")}  </testsuite>\n`;
    written += text.length;
    yield text;
  }
  yield "</testsuites>\n";
}

function* oneTest(bytes: number): Generator<string> {
  yield '<testsuite name="a"><testcase name="b"><system-out><![CDATA[';
  const line = "a line of output that somebody left in a loop\n".repeat(100);
  for (let written = 0; written < bytes; written += line.length) yield line;
  yield "]]></system-out></testcase></testsuite>";
}

function* manyInJson(bytes: number): Generator<string> {
  yield '{"testResults":[';
  for (let suite = 0, written = 0; written < bytes; suite++) {
    const assertionResults = Array.from({ length: 50 }, (_, n) => ({
      ancestorTitles: [`area ${suite}`],
      fullName: `area ${suite} does the thing number ${n}`,
      status: "passed",
      title: `does the thing number ${n}`,
      duration: n / 7,
      failureMessages: [],
      meta: {},
    }));
    const name = `/work/project/packages/part-${suite % 40}/src/area-${suite}.test.ts`;
    const text = `${suite === 0 ? "" : ","}${JSON.stringify({ assertionResults, status: "passed", message: "", name })}`;
    written += text.length;
    yield text;
  }
  yield "]}";
}

async function write(path: string, parts: Iterable<string>): Promise<void> {
  const stream = createWriteStream(path);
  for (const part of parts)
    if (!stream.write(part)) await new Promise<void>((resolve) => stream.once("drain", () => resolve()));
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}

async function parseBare(parser: string, path: string): Promise<void> {
  if (parser === "json") {
    JSON.parse(readFileSync(path, "utf8"));
    return;
  }
  const saxes = new SaxesParser();
  let elements = 0;
  saxes.on("opentag", () => elements++);
  saxes.on("text", () => undefined);
  for await (const piece of createReadStream(path, "utf8")) saxes.write(piece as string);
  saxes.close();
  console.log(elements);
}

async function read(path: string): Promise<void> {
  const report = await readTestReport(createReadStream(path), { root: "/work/project" }, limits);
  if (!report.ok) throw new Error(report.error.message);
  console.log(report.value.tests.length);
}

async function measureAll(megabytes: number): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
  const self = fileURLToPath(import.meta.url);
  const measure = (...args: string[]) => measureProgram([self, ...args], { cwd: folder, env: process.env });
  try {
    for (const [title, { name, parts, parser }] of Object.entries(reports)) {
      const path = join(folder, name);
      await write(path, parts(megabytes * 1_000_000));
      const ours: Measured[] = [];
      const bare: Measured[] = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(await measure("read", path));
        bare.push(await measure("bare", parser, path));
      }
      const seconds = (all: readonly Measured[]) => median(all.map(({ ms }) => ms)) / 1000;
      const peak = (all: readonly Measured[]) => median(all.map(({ peakMegabytes }) => peakMegabytes));
      const show = (all: readonly Measured[]) => `${seconds(all).toFixed(2)} s, ${peak(all).toFixed(0)} MB`;
      console.log(`${megabytes} MB, ${title}`);
      console.log(`  test report   median ${show(ours)}`);
      const [time, memory] = [seconds(ours) / seconds(bare), peak(ours) / peak(bare)];
      console.log(
        `  bare ${parser.padEnd(8)} median ${show(bare)}   test report ${time.toFixed(2)} x, ${memory.toFixed(2)} x`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [mode, first = "", second = ""] = process.argv.slice(2);
if (mode === "read") await read(first);
else if (mode === "bare") await parseBare(first, second);
else await measureAll(Number(mode ?? 50));
