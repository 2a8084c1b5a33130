import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder, writeTree } from "../../../test/harness/temp.ts";
import { createTest, readReport } from "../../../test/harness/test-reports.ts";
import { defaultRerun, type TestRunner } from "./default-rerun.ts";

const modules = fileURLToPath(import.meta.resolve("../../../node_modules"));
const name = "adds $(touch pwned) 'q' \"d\" `b`; [1] a+b? (y) | {z} \\ 5% > é";
const suite = "a > suite";

/** Runs the one test for real, and says which tests ran, by name. */
async function rerun(runner: TestRunner, file: string, source: string, title = name, suites = [suite]) {
  const root = temporaryFolder();
  writeTree(root, { [file]: source, "package.json": '{"type":"module","jest":{"transform":{}}}' });
  symlinkSync(modules, join(root, "node_modules"));
  const argv = defaultRerun(runner, "report")({ ...createTest(title, "failed", file), suite: suites });
  if (argv === null) throw new Error("not named");
  const [program, ...words] = argv;
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const result = spawnSync(program, words, { cwd: root, env, encoding: "utf8" });
  expect(existsSync(join(root, "pwned"))).toBe(false);
  if (!existsSync(join(root, "report"))) throw new Error(`no report: ${result.stdout}${result.stderr}`);
  const report = await readReport(readFileSync(join(root, "report")), { root });
  return report.tests.filter((test) => test.status !== "skipped").map((test) => [test.id, test.status]);
}

const source = (from: string) => `${from}
describe(${JSON.stringify(suite)}, () => {
  it("adds", () => {});
  it(${JSON.stringify(name)}, () => { throw new Error("no"); });
  it(${JSON.stringify(`${name} more`)}, () => {});
});`;

describe("one test is run alone, and no other, by", () => {
  it("vitest", async () => {
    const file = "src/$a b.test.js";
    expect(await rerun("vitest", file, source('import { describe, it } from "vitest";'))).toEqual([
      [`${file} > ${suite} > ${name}`, "failed"],
    ]);
  });

  it("jest", async () => {
    const file = "src/$a b.test.cjs";
    expect(await rerun("jest", file, source(""))).toEqual([[`${file} > ${suite} > ${name}`, "failed"]]);
  });

  it("node --test", async () => {
    const file = "src/$a b.test.mjs";
    expect(await rerun("node", file, source('import { describe, it } from "node:test";'))).toEqual([
      [`${file} > ${suite} > ${name}`, "failed"],
    ]);
  });

  const hasPytest = spawnSync("python3", ["-m", "pytest", "--version"]).status === 0;
  it.skipIf(!hasPytest)(`pytest${hasPytest ? "" : " (python3 has no pytest here)"}`, async () => {
    const text = `import pytest
class TestSums:
    @pytest.mark.parametrize("x", [1, "$(touch pwned) 'q' > ::"])
    def test_adds(self, x):
        assert x == 1
`;
    const title = "test_adds[$(touch pwned) 'q' > ::]";
    expect(await rerun("pytest", "tests/test_sums.py", text, title, ["TestSums"])).toEqual([
      [`tests/test_sums.py > TestSums > ${title}`, "failed"],
    ]);
  });
});

describe("the commands of", () => {
  it("go name each subtest, and print their report to a file", () => {
    const test = {
      ...createTest("TestDivides/a_b/c_$(x)", "failed", null),
      suite: ["example.com/shop/calc"],
    };
    const argv = defaultRerun("go", "out/report.jsonl")(test);
    expect(argv).toEqual([
      "sh",
      "-c",
      'go test -json -count=1 -run "$1" "$2" > "$3"',
      "sh",
      "^TestDivides$/^a_b$/^c_\\$\\(x\\)$",
      "example.com/shop/calc",
      "out/report.jsonl",
    ]);
    const [, , , ...names] = argv ?? [];
    const shown = execFileSync("sh", ["-c", 'printf "%s|" "$@"', ...names], { encoding: "utf8" });
    expect(shown).toBe(`${names.slice(1).join("|")}|`);
  });

  it("cargo nextest name a test of Rust, and nothing else", () => {
    const named = (title: string) => defaultRerun("nextest", "junit.xml")(createTest(title, "failed", null));
    expect(named("cart::adds")).toEqual(["cargo", "nextest", "run", "-E", "test(=cart::adds)"]);
    expect(named("a) or all()")).toBeNull();
  });

  it("none can be had without the file, or where a name was cut", () => {
    for (const runner of ["vitest", "jest", "node", "pytest"] as const) {
      expect(defaultRerun(runner, "r")(createTest("a", "failed", null))).toBeNull();
      expect(defaultRerun(runner, "r")(createTest("n".repeat(500)))).toBeNull();
    }
  });

  it("start what they run as the project does", () => {
    const argv = defaultRerun("pytest", "r.xml", ["poetry", "run"])(
      createTest("test_a", "failed", "test_a.py"),
    );
    expect(argv).toEqual(["poetry", "run", "pytest", "test_a.py::test_a", "--junitxml=r.xml"]);
  });
});
