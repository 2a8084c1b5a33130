import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { detectToolchain } from "../src/plan/detect.ts";
import { createFiles } from "../src/platform/files.ts";
import { inFolder } from "./harness/detected.ts";
import { temporaryFolder, writeTree } from "./harness/temp.ts";

const works = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const unless = (there: boolean, name: string) => (there ? "" : ` (skipped: ${name} is missing)`);
const pytest = works("python3", "-m", "pytest", "--version");
const cargo = works("cargo", "--version");
const go = works("go", "version");

const node = {
  "package.json": JSON.stringify({ name: "a", scripts: { test: "node --test", lint: "eslint ." } }),
  "package-lock.json": JSON.stringify({ name: "a", lockfileVersion: 3, packages: { "": { name: "a" } } }),
  "a.test.js": "require('node:test')('adds', () => {});\n",
};
const python = { "tests/test_a.py": "def test_a():\n    assert 1 + 1 == 2\n" };

test.each(
  [
    { kind: "Node", there: true, needs: "", count: 2, files: node },
    { kind: "Python", there: pytest, needs: "pytest", count: 1, files: python },
    {
      kind: "Rust",
      there: cargo,
      needs: "cargo",
      count: 3,
      files: {
        "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": "#[test]\nfn a() {}\n",
      },
    },
    {
      kind: "Go",
      there: go,
      needs: "go",
      count: 3,
      files: { "go.mod": "module a\n", "a.go": "package a\n" },
    },
    {
      kind: "a Node frontend beside a Python backend",
      there: pytest,
      needs: "pytest",
      count: 3,
      files: { ...inFolder("web", node), ...inFolder("api", python) },
    },
    { kind: "no toolchain", there: true, needs: "", count: 0, files: { "README.md": "# a\n" } },
  ].map((one) => ({ ...one, name: `${one.kind}${unless(one.there, one.needs)}` })),
)("what is proposed passes as it stands: $name", async ({ there, files, count }) => {
  const root = temporaryFolder();
  writeTree(root, files);
  const { setup, checks } = await detectToolchain(createFiles(), root);
  const commands = [...setup, ...checks.map(({ run }) => run)];
  expect(commands).toHaveLength(count);
  if (!there) return;
  for (const command of commands) {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: root, encoding: "utf8" });
    expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  }
  for (const { report, coverage } of checks)
    for (const path of [report, coverage])
      if (path !== undefined) expect(existsSync(join(root, path))).toBe(true);
});
