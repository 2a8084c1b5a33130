import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { createFiles } from "../platform/files.ts";
import { detectToolchain, toCheckSpecs } from "./detect.ts";
import { renderConfig } from "./starter.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plan-detect-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function detect(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return detectToolchain(createFiles(), root);
}
const scripts = (all: Readonly<Record<string, string>>, more: object = {}) =>
  JSON.stringify({ scripts: all, ...more });

test("npm: scripts become checks and the lock file decides the setup", async () => {
  const detected = await detect({
    "package.json": scripts(
      {
        test: "vitest run",
        lint: "oxlint",
        build: "tsc -b",
        "check:types": "tsc",
        start: "x",
      },
      { devDependencies: { vitest: "4", oxlint: "1", typescript: "7" } },
    ),
    "package-lock.json": "{}",
  });
  expect(detected.setup).toEqual(["npm ci"]);
  expect(detected.checks).toEqual([
    { name: "build", run: "npm run build" },
    { name: "types", run: "npm run check:types" },
    { name: "lint", run: "npm run lint" },
    { name: "test", run: "npm test" },
  ]);
  expect(toCheckSpecs(detected.checks)[3]).toEqual({ name: "test", argv: ["sh", "-c", "npm test"] });
});

test("npm's own placeholder is no check", async () => {
  const text = 'echo "Error: no test specified" && exit 1';
  expect((await detect({ "package.json": scripts({ test: text }) })).checks).toEqual([]);
});

test("TypeScript without a script for it is checked by tsc", async () => {
  const { checks, setup } = await detect({
    "package.json": scripts({}, { devDependencies: { typescript: "7" } }),
    "tsconfig.json": "{}",
  });
  expect(checks).toEqual([{ name: "types", run: "npx tsc --noEmit" }]);
  expect(setup).toEqual(["npm install"]);
});

test("pnpm and yarn are told by their lock files", async () => {
  const pnpm = await detect({ "package.json": scripts({ test: "x" }), "pnpm-lock.yaml": "" });
  expect(pnpm).toMatchObject({ setup: ["pnpm install --frozen-lockfile"], checks: [{ run: "pnpm test" }] });
  await rm(join(root, "pnpm-lock.yaml"));
  const yarn = await detect({ "yarn.lock": "", ".yarnrc.yml": "" });
  expect(yarn).toMatchObject({ setup: ["yarn install --immutable"], checks: [{ run: "yarn test" }] });
});

test("pytest, go and cargo are found, and equal names are kept apart", async () => {
  const detected = await detect({
    "tests/test_a.py": "",
    "go.mod": "module x",
    "Cargo.toml": "",
    "Cargo.lock": "",
  });
  expect(detected.found.map((one) => one.name)).toEqual(["python", "go", "cargo"]);
  expect(detected.checks).toEqual([
    { name: "test", run: "python3 -m pytest" },
    { name: "build", run: "go build ./..." },
    { name: "lint", run: "go vet ./..." },
    { name: "test-go", run: "go test ./..." },
    { name: "build-cargo", run: "cargo build --locked" },
    { name: "test-cargo", run: "cargo test --locked" },
  ]);
});

test("uv runs pytest where its lock file is", async () => {
  const detected = await detect({
    "pyproject.toml": "[tool.pytest.ini_options]\n",
    "uv.lock": "",
    "src/app/tests/test_a.py": "",
  });
  expect(detected).toMatchObject({
    setup: ["uv sync --frozen"],
    checks: [{ name: "test", run: "uv run pytest" }],
  });
});

test("projects in folders are set up where they are, those of a workspace with the workspace", async () => {
  const node = { "package.json": scripts({ test: "node --test" }), "package-lock.json": "{}" };
  const at = (folder: string, files: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
  const detected = await detect({
    ...node,
    ...at("packages/one", { "package.json": scripts({ test: "node --test" }) }),
    ...at("web", { "package.json": scripts({ build: "x" }), "yarn.lock": "" }),
    ...at("services/api", { "requirements.txt": "pytest==8\nflask\n", "tests/test_a.py": "", "uv.lock": "" }),
    ...at("services/worker", { "go.mod": "module x", "go.sum": "" }),
    ...at("core", { "Cargo.toml": "", "Cargo.lock": "" }),
    ...at("examples/app", node),
    ...at("a b", node),
    ...at("deep/down/there", node),
  });
  expect(detected.found.map(({ name, because }) => `${name} by ${because}`)).toEqual([
    "npm by package-lock.json",
    "cargo-core by core/Cargo.toml",
    "python-services-api by services/api/tests",
    "go-services-worker by services/worker/go.mod",
    "yarn-web by web/yarn.lock",
  ]);
  expect(detected.setup).toEqual([
    "npm ci",
    "cd core && cargo fetch --locked",
    "cd services/api && uv sync --frozen",
    "cd services/worker && go mod download",
    "cd web && yarn install --frozen-lockfile",
  ]);
  expect(new Set(detected.checks.map(({ name }) => name)).size).toBe(detected.checks.length);
});

test("pip installs into an environment of the workspace's own", async () => {
  const detected = await detect({
    "requirements.txt": "flask\n",
    "requirements-dev.txt": "pytest>=8\n",
    "tests/test_a.py": "",
  });
  expect(detected).toMatchObject({
    setup: ["python3 -m venv .venv && .venv/bin/pip install -r requirements.txt -r requirements-dev.txt"],
    checks: [{ name: "test", run: ".venv/bin/python -m pytest" }],
  });
});

test("a broken or hostile package.json is said, not thrown", async () => {
  for (const text of ["{", "[]", "null", '{"scripts": [1]}', '{"scripts": {"test": {}}}']) {
    const detected = await detect({ "package.json": text });
    expect(detected.checks).toEqual([]);
  }
  expect((await detect({ "package.json": "{" })).notes).toHaveLength(1);
});

test("nothing to detect is nothing", async () => {
  expect(await detect({})).toEqual({ found: [], setup: [], checks: [], notes: [] });
});

test("the configuration for init is valid YAML with what was detected", async () => {
  const files = { "package.json": scripts({ test: "x", "check:types": "y" }), "package-lock.json": "{}" };
  const config = renderConfig(await detect(files));
  expect(parse(config)).toEqual({
    version: 1,
    builders: {},
    setup: ["npm ci"],
    carry: [],
    checks: { types: "npm run check:types", test: "npm test" },
    protect: [],
  });
  const empty = renderConfig({ found: [], setup: [], checks: [], notes: [] });
  expect(parse(empty)).toMatchObject({ setup: [], checks: {} });
});

test("a script whose program no package brings is left out and said", async () => {
  const lint = { "package.json": scripts({ lint: "eslint .", test: "node --test" }) };
  const { checks, notes } = await detect(lint);
  expect(checks).toEqual([{ name: "test", run: "npm test" }]);
  expect(notes).toEqual(["Left out: the script `lint` needs eslint, which package.json does not list."]);
});

test("settings of pytest without a test are no check", async () => {
  expect((await detect({ "pytest.ini": "[pytest]\n" })).checks).toEqual([]);
});

test("folders are looked into where the top shows nothing, packages of others not", async () => {
  const detected = await detect({
    "web/package.json": scripts({ test: "node --test" }),
    "web/package-lock.json": "{}",
    "api/tests/test_a.py": "",
    "node_modules/go.mod": "",
    "odd; name/go.mod": "",
  });
  expect(detected.setup).toEqual(["cd web && npm ci"]);
  expect(detected.checks).toEqual([
    { name: "test", run: "cd api && python3 -m pytest" },
    { name: "test-npm-web", run: "cd web && npm test" },
  ]);
});
