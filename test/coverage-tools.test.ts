import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { countLines } from "../src/verification/coverage/file-lines.ts";
import { readText } from "./harness/coverage.ts";
import { temporaryFolder, writeTree } from "./harness/temp.ts";

/** Debian's, which has coverage.py with it; another `python3` may come first on the PATH. */
const python = ["/usr/bin/python3", "python3"].find(
  (program) => spawnSync(program, ["-m", "coverage", "--version"]).status === 0,
);
const needsPython = python ? "" : " (skipped: no python3 with coverage.py here)";

const calc = `"""Sums.

More of it."""
import os


class Sum:
    """A sum."""

    def add(self, a, b):
        """Adds."""
        if a > b:
            return (
                a
                + b
            )
        return [x for x in (a, b)] and b + a

    def never(self):
        return os.name


def main():  # pragma: no cover
    print(os.name)


if os.name == "nt":
    main()
`;

test.skipIf(!python)(
  `a total is the one that coverage.py prints, from each of its reports${needsPython}`,
  async () => {
    const root = temporaryFolder();
    writeTree(root, {
      "src/app/__init__.py": "",
      "src/app/calc.py": calc,
      "src/app/idle.py": '"""Never imported."""\nidle = 1\n',
      "run.py":
        "import sys\nsys.path.insert(0, 'src')\nfrom app.calc import Sum\nassert Sum().add(1, 2) == 3\n",
    });
    const coverage = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(python ?? "", ["-m", "coverage", ...args], {
        cwd: root,
        encoding: "utf8",
        env: { PATH: process.env["PATH"] ?? "", PYTHONDONTWRITEBYTECODE: "1" },
      });
      if (status !== 0) throw new Error(stdout + stderr);
      return stdout;
    };
    coverage("run", "--branch", "--source=src,.", "run.py");
    coverage("json", "-q");
    coverage("xml", "-q");
    const { totals, files } = JSON.parse(readFileSync(join(root, "coverage.json"), "utf8"));
    const [, statements, missed] = /^TOTAL +(\d+) +(\d+)/m.exec(coverage("report")) ?? [];
    const printed = { total: Number(statements), covered: Number(statements) - Number(missed) };
    expect(printed).toEqual({ total: totals.num_statements, covered: totals.covered_lines });

    const place = {
      root,
      paths: new Set(["run.py", "src/app/__init__.py", "src/app/calc.py", "src/app/idle.py"]),
    };
    for (const name of ["coverage.json", "coverage.xml"]) {
      const read = await readText(readFileSync(join(root, name)), place);
      if (!read.ok) throw new Error(read.error.message);
      expect([name, countLines(read.value.files.values())]).toEqual([name, printed]);
      for (const [path, { summary }] of Object.entries<{ summary: Record<string, number> }>(files)) {
        const file = read.value.files.get(path);
        expect([name, path, file && countLines([file])]).toEqual([
          name,
          path,
          { total: summary["num_statements"], covered: summary["covered_lines"] },
        ]);
      }
    }
  },
);

test("a total is the one that jest prints, from each of its reports", async () => {
  const root = temporaryFolder();
  writeTree(root, {
    "package.json": "{}",
    "lib/pick.js": `const add = (a, b) => a + b; const sub = (a, b) => a - b;
exports.pick = (kind) => {
  if (kind === "add") return add;
  /* istanbul ignore next */
  if (kind === "mul") return null;
  switch (kind) {
    case "sub":
      return sub;
  }
  throw new Error(
    "no " + kind,
  );
};
`,
    "lib/idle.js": "exports.idle = () => {\n  return 1;\n};\n",
    "pick.test.js":
      'const { pick } = require("./lib/pick.js");\ntest("adds", () => expect(pick("add")(1, 2)).toBe(3));\n',
  });
  const config = {
    rootDir: root,
    transform: {},
    collectCoverage: true,
    collectCoverageFrom: ["lib/**/*.js"],
    coverageReporters: ["json", "json-summary", "lcovonly", "cobertura"],
    cacheDirectory: join(root, ".cache"),
  };
  const jest = join(import.meta.dirname, "../node_modules/jest/bin/jest.js");
  const run = spawnSync(process.execPath, [jest, "--runInBand", "--config", JSON.stringify(config)], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "" },
  });
  expect([run.status, run.stderr]).toEqual([0, expect.any(String)]);
  const reportOf = (name: string) => readFileSync(join(root, "coverage", name));
  const { lines } = JSON.parse(reportOf("coverage-summary.json").toString()).total;
  const place = { root, paths: new Set(["lib/pick.js", "lib/idle.js", "pick.test.js"]) };
  for (const name of ["coverage-final.json", "lcov.info", "cobertura-coverage.xml"]) {
    const read = await readText(reportOf(name), place);
    if (!read.ok) throw new Error(read.error.message);
    expect([name, read.value.unmapped.count]).toEqual([name, 0]);
    expect([name, countLines(read.value.files.values())]).toEqual([
      name,
      { total: lines.total, covered: lines.covered },
    ]);
  }
});
