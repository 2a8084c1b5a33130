import { expect, test } from "vitest";
import { detect, scripts } from "../../../test/harness/detected.ts";

const runs = async (files: Readonly<Record<string, string>>) =>
  (await detect(files)).checks.map(({ name, run }) => `${name}: ${run}`);
const node = (all: Readonly<Record<string, string>>, ...devDependencies: readonly string[]) => ({
  "package.json": scripts(all, {
    devDependencies: Object.fromEntries(devDependencies.map((name) => [name, "1"])),
  }),
});
const testOf = async (script: string, ...devDependencies: readonly string[]) => {
  const { checks, notes } = await detect(node({ test: script }, ...devDependencies));
  return { ...checks[0], notes };
};

test("npm: scripts become checks and the lock file decides the setup", async () => {
  const all = { test: "x", lint: "oxlint", build: "tsc -b", "check:types": "tsc", start: "x" };
  const files = { ...node(all, "oxlint", "typescript"), "package-lock.json": "{}" };
  expect((await detect(files)).setup).toEqual(["npm ci"]);
  expect(await runs(files)).toEqual([
    "build: npm run build",
    "types: npm run check:types",
    "lint: npm run lint",
    "test: npm test",
  ]);
});

test("npm's own placeholder is no check", async () => {
  expect(await runs(node({ test: 'echo "Error: no test specified" && exit 1' }))).toEqual([]);
});

test("pnpm and yarn are told by their lock files, and hand arguments on as they are", async () => {
  const files = { "package.json": scripts({ test: "ava", "test:unit": "mocha" }) };
  const pnpm = await detect({ ...files, "pnpm-lock.yaml": "" });
  expect(pnpm).toMatchObject({ setup: ["pnpm install --frozen-lockfile"], checks: [] });
  const unit = { "package.json": scripts({ "test:unit": "mocha" }, { devDependencies: { mocha: "1" } }) };
  expect(await runs({ ...unit, "pnpm-lock.yaml": "" })).toEqual([
    "test: pnpm run test:unit --reporter=xunit --reporter-option=output=junit.xml",
  ]);
  const yarn = { "package.json": scripts({ test: "x" }), "yarn.lock": "", ".yarnrc.yml": "" };
  expect(await detect(yarn)).toMatchObject({
    setup: ["yarn install --immutable"],
    checks: [{ run: "yarn test" }],
  });
});

test("TypeScript without a script for it is checked by its compiler, with all that it refers to", async () => {
  const files = node({}, "typescript");
  expect(await runs({ ...files, "tsconfig.json": "{}" })).toEqual(["types: npx tsc --noEmit"]);
  const references = { "tsconfig.json": '{"files": [], "references": [{"path": "./app"}]}' };
  expect(await runs({ ...files, ...references })).toEqual(["types: npx tsc -b"]);
  const vue = { ...node({}, "typescript", "vue-tsc"), ...references };
  expect(await runs(vue)).toEqual(["types: npx vue-tsc -b"]);
  expect(await runs({ ...node({}), "tsconfig.json": "{}" })).toEqual([]);
});

test.each([
  ["eslint.config.mjs", "eslint", "npx eslint ."],
  [".eslintrc.yml", "eslint", "npx eslint ."],
  ["biome.json", "@biomejs/biome", "npx biome lint"],
  [".oxlintrc.json", "oxlint", "npx oxlint"],
])(
  "a linter that %s configures is run without a script, where it is a dependency",
  async (file, name, run) => {
    expect(await runs({ ...node({}, name), [file]: "" })).toEqual([`lint: ${run}`]);
    expect(await runs({ ...node({}), [file]: "" })).toEqual([]);
    expect(await runs({ ...node({ lint: "make lint" }, name), [file]: "" })).toEqual(["lint: npm run lint"]);
  },
);

test("eslint's configuration in package.json is one, too", async () => {
  const files = { "package.json": scripts({}, { devDependencies: { eslint: "8" }, eslintConfig: {} }) };
  expect(await runs(files)).toEqual(["lint: npx eslint ."]);
});

test("a script whose program no package brings is left out and said", async () => {
  const { checks, notes } = await detect({ "package.json": scripts({ lint: "eslint .", test: "jest" }) });
  expect(checks).toEqual([]);
  expect(notes).toEqual([
    "Left out: the script `test` needs jest, which package.json does not list; the script `lint` needs eslint, which package.json does not list.",
  ]);
});

test("a broken or hostile package.json is said, not thrown", async () => {
  const proto = '{"scripts": {"__proto__": "x"}, "devDependencies": {"__proto__": {"jest": "1"}}}';
  for (const text of ["{", "[]", "null", '{"scripts": [1]}', '{"scripts": {"test": {}}}', proto]) {
    expect((await detect({ "package.json": text })).checks).toEqual([]);
  }
  expect((await detect({ "package.json": "{" })).notes).toHaveLength(1);
});

test("vitest leaves JUnit, and coverage where a provider is a dependency", async () => {
  const junit = "--reporter=default --reporter=junit --outputFile.junit=junit.xml";
  const lcov = "--coverage.reporter=lcovonly --coverage.reportsDirectory=coverage --coverage.reportOnFailure";
  expect(await testOf("vitest run", "vitest")).toEqual({
    name: "test",
    run: `npm test -- ${junit}`,
    report: "junit.xml",
    rerun: [
      "npm",
      "test",
      "--",
      "{file}",
      "--reporter=junit",
      "--outputFile.junit=junit.xml",
      "--coverage.enabled=false",
    ],
    notes: [],
  });
  expect(await testOf("vitest", "vitest", "@vitest/coverage-istanbul")).toMatchObject({
    run: `npm test -- --run ${junit} --coverage.enabled --coverage.provider=istanbul ${lcov}`,
    coverage: "coverage/lcov.info",
  });
  expect(await testOf("vitest --run --coverage", "vitest", "@vitest/coverage-v8")).toMatchObject({
    run: `npm test -- ${junit} ${lcov}`,
  });
});

test("vitest's own thresholds keep coverage off where the script does not ask for it", async () => {
  const { checks, notes } = await detect({
    ...node({ test: "vitest run" }, "vitest", "@vitest/coverage-v8"),
    "vitest.config.ts": "export default { test: { coverage: { thresholds: { lines: 90 } } } };",
  });
  expect(checks[0]).not.toHaveProperty("coverage");
  expect(notes).toEqual([expect.stringMatching(/^Coverage is not measured/)]);
});

test("jest leaves its JSON and coverage, held to no threshold that its script does not know", async () => {
  expect(await testOf("NODE_OPTIONS=--experimental-vm-modules jest", "jest")).toEqual({
    name: "test",
    run: "npm test -- --json --outputFile=jest.json --coverage --coverageThreshold={} --coverageReporters=lcovonly --coverageDirectory=coverage",
    report: "jest.json",
    coverage: "coverage/lcov.info",
    rerun: [
      "npm",
      "test",
      "--",
      "--runTestsByPath",
      "{file}",
      "--json",
      "--outputFile=jest.json",
      "--coverage=false",
    ],
    notes: [],
  });
  const { run } = await testOf(
    "node --experimental-vm-modules node_modules/jest/bin/jest.js --coverage",
    "jest",
  );
  expect(run).toMatch(/--outputFile=jest.json --coverageReporters=lcovonly/);
});

test("mocha leaves xunit, and coverage where c8 or nyc is a dependency", async () => {
  const flags = "--reporter=xunit --reporter-option=output=junit.xml";
  const plain = await testOf("mocha test", "mocha");
  expect(plain).toMatchObject({
    run: `npm test -- ${flags}`,
    rerun: expect.arrayContaining(["--fgrep", "{name}"]),
  });
  expect(plain).not.toHaveProperty("coverage");
  expect(await testOf("mocha", "mocha", "nyc")).toMatchObject({
    run: `npx nyc --check-coverage=false --reporter=lcovonly --report-dir=coverage npm test -- ${flags}`,
    coverage: "coverage/lcov.info",
  });
  const wrapped = await testOf("nyc --reporter=lcov mocha", "mocha", "nyc");
  expect(wrapped).toMatchObject({ run: `npm test -- ${flags}`, coverage: "coverage/lcov.info" });
  expect(await testOf("nyc mocha", "mocha", "nyc")).not.toHaveProperty("coverage");
});

const nodeFlags =
  "--test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination=junit.xml";
const measured = `${nodeFlags} --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info`;

test("node --test is given its flags before its files, with the hooks that npm would run", async () => {
  const report = ["--test-reporter=junit", "--test-reporter-destination=junit.xml", "{file}"];
  expect(await testOf("node --test")).toMatchObject({
    run: `npm test -- ${measured}`,
    report: "junit.xml",
    coverage: "lcov.info",
    rerun: ["npm", "test", "--", ...report],
  });
  expect(await testOf("node --import ./x.js --test 'test/**/*.js'")).toMatchObject({
    run: `node --import ./x.js --test ${measured} 'test/**/*.js'`,
    rerun: ["node", "--import", "./x.js", "--test", ...report],
  });
  const hooked = { pretest: "tsc", test: "A='b c' tsx --test dist", posttest: "x" };
  expect(await runs(node(hooked))).toEqual([
    `test: npm run pretest && A='b c' npx tsx --test ${measured} dist && npm run posttest`,
  ]);
  expect(await testOf("c8 -r lcov node --test test", "c8")).toMatchObject({
    run: `npx c8 -r lcov node --test ${nodeFlags} test`,
    coverage: "coverage/lcov.info",
  });
});

test.each([
  "tsc && vitest run",
  "vitest run; true",
  "vitest run | tee log",
  "vitest run > log",
  "vitest run `x`",
  "vitest run $(x)",
  "vitest run\nfalse",
  "vitest run 'open",
  "vitest run \u001b[2K",
  "vitest run $npm_config_x",
  "vitest bench",
  "vitest run --outputFile=x.json",
  "jest --json",
  "node --test --test-reporter=tap",
  "node test.js --test",
  "node test.js",
  "ava",
  "npm run unit",
  `vitest run ${"x".repeat(3000)}`,
])("a script that is more than a runner counts by its exit code, and that is said: %j", async (script) => {
  const { notes, ...check } = await testOf(script, "typescript", "vitest", "jest", "ava");
  expect(check).toEqual({ name: "test", run: "npm test" });
  expect(notes).toEqual([expect.stringMatching(/^Only the exit code of `npm test` counts/)]);
});

test.each(["vitest watch", "vitest --watch", "jest --watchAll", "mocha -w", "node --watch --test"])(
  "a script that never ends is left out: %s",
  async (script) => {
    expect(await testOf(script, "vitest", "jest", "mocha")).toEqual({
      notes: ["Left out: the script `test` watches files and does not end by itself."],
    });
  },
);

test("a script that names its files is not run again for one of them", async () => {
  for (const script of ["vitest run src", "vitest run --dir a b", "jest unit"])
    expect(await testOf(script, "vitest", "jest")).not.toHaveProperty("rerun");
  expect(await testOf("vitest run --config a.ts", "vitest")).toHaveProperty("rerun");
});
