import { expect, test } from "vitest";
import { parse } from "yaml";
import { detect, inFolder, scripts } from "../../test/harness/detected.ts";
import { resolveConfig } from "../config.ts";
import { toCheckSpecs } from "./detect.ts";
import { renderConfig } from "./starter.ts";

test("pytest, go and cargo are found, and equal names are kept apart", async () => {
  const detected = await detect({
    "tests/test_a.py": "",
    "go.mod": "module x",
    "Cargo.toml": "",
    "Cargo.lock": "",
  });
  expect(detected.found.map((one) => one.name)).toEqual(["python", "go", "cargo"]);
  expect(detected.checks.map(({ name, report }) => `${name}: ${report ?? "exit code"}`)).toEqual([
    "test: pytest.xml",
    "build: exit code",
    "lint: exit code",
    "test-go: go-test.json",
    "build-cargo: exit code",
    "test-cargo: exit code",
  ]);
});

test("projects in folders are set up where they are, those of a workspace with the workspace", async () => {
  const node = { "package.json": scripts({ test: "node --test" }), "package-lock.json": "{}" };
  const detected = await detect({
    ...node,
    ...inFolder("packages/one", { "package.json": scripts({ test: "node --test" }) }),
    ...inFolder("web", { "package.json": scripts({ build: "x" }), "yarn.lock": "" }),
    ...inFolder("services/api", {
      "requirements.txt": "pytest==8\nflask\n",
      "tests/test_a.py": "",
      "uv.lock": "",
    }),
    ...inFolder("services/worker", { "go.mod": "module x", "go.sum": "" }),
    ...inFolder("core", { "Cargo.toml": "", "Cargo.lock": "" }),
    ...inFolder("examples/app", node),
    ...inFolder("a b", node),
    ...inFolder("deep/down/there", node),
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

test("folders are looked into where the top shows nothing, packages of others not", async () => {
  const detected = await detect({
    "web/package.json": scripts({ test: "vitest run" }, { devDependencies: { vitest: "4" } }),
    "web/package-lock.json": "{}",
    "api/tests/test_a.py": "",
    "node_modules/go.mod": "",
    "odd; name/go.mod": "",
  });
  expect(detected.setup).toEqual(["cd web && npm ci"]);
  expect(detected.checks.map(({ name }) => name)).toEqual(["test", "test-npm-web"]);
});

test("a check in a folder works there and reports from the root, for one test again, too", async () => {
  const { checks, notes } = await detect({
    "web/package.json": scripts({ test: "mocha" }, { devDependencies: { mocha: "11", c8: "10" } }),
    "web/package-lock.json": "{}",
    "core/Cargo.toml": "",
  });
  expect(checks.at(-1)).toEqual({
    name: "test-npm-web",
    run: "cd web && npx c8 --check-coverage=false --reporter=lcovonly --reports-dir=coverage npm test -- --reporter=xunit --reporter-option=output=junit.xml",
    report: "web/junit.xml",
    coverage: "web/coverage/lcov.info",
    rerun: [
      "sh",
      "-c",
      "cd web && npm test -- --fgrep {name} --reporter=xunit --reporter-option=output=junit.xml",
    ],
  });
  expect(notes).toEqual([expect.stringMatching(/^core: cargo test leaves no report/)]);
});

test("a detected check is a check of a plan as it stands", async () => {
  const { checks } = await detect({ "package.json": scripts({ test: "node --test", build: "make" }) });
  expect(toCheckSpecs(checks)).toEqual([
    { name: "build", argv: ["sh", "-c", "npm run build"] },
    {
      name: "test",
      argv: ["sh", "-c", checks[1]?.run],
      report: ["junit.xml"],
      coverage: ["lcov.info"],
      rerun: checks[1]?.rerun,
    },
  ]);
});

test("nothing to detect is nothing", async () => {
  expect(await detect({})).toEqual({ found: [], setup: [], checks: [], notes: [] });
});

test("the configuration for init is valid, with what was detected", async () => {
  const files = {
    "package.json": scripts({ test: "node --test 'a: {b,c}.js'", "check:types": "y" }),
    "package-lock.json": "{}",
  };
  const detected = await detect(files);
  const config: unknown = parse(renderConfig(detected));
  const [, { name: _, ...tests } = {}] = detected.checks;
  expect(config).toEqual({
    version: 1,
    builders: {},
    setup: ["npm ci"],
    carry: [],
    checks: { types: "npm run check:types", test: tests },
    protect: [],
  });
  const { checks } = resolveConfig({ repository: { path: "autopack.yaml", text: renderConfig(detected) } });
  expect(checks?.["test"]).toEqual(tests);
  expect(renderConfig(detected)).toContain("# Let .gitignore name what they leave: junit.xml, lcov.info.");
  const empty = renderConfig({ found: [], setup: [], checks: [], notes: [] });
  expect(parse(empty)).toMatchObject({ setup: [], checks: {} });
});
