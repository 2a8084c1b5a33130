import type { Act, Entry, Phase } from "./scenario.ts";

/** What every repository of this bench holds at base. */
export const baseFiles: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "shop", private: true, type: "module", scripts: { test: "node --test test/*.test.js" } }, null, 2)}\n`,
  ".gitignore": "node_modules/\nbuild/\n*.local.js\n",
  "readme.md": "# Shop\n\nPrices and what is made of them.\n",
  ".github/workflows/ci.yml":
    "name: ci\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm ci\n      - run: npm test\n",
  "src/price.js": `/** What a list of items costs. */
export function total(items) {
  let sum = 0;
  for (const { price, count = 1 } of items) sum += price * count;
  return sum;
}
`,
  "test/price.test.js": `import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "../src/price.js";

test("adds what every item costs", () => {
  assert.equal(total([{ price: 2 }, { price: 3, count: 2 }]), 8);
});

test("an empty list costs nothing", () => {
  assert.equal(total([]), 0);
});
`,
};

export const testsOfRepository = { name: "test", run: "node --test test/*.test.js" };

/** The same tests with a report, and one process for all of them. */
export const reportedTests = {
  name: "test",
  run: "node --test --test-reporter=junit --test-reporter-destination=junit.xml test/*.test.js",
  report: "junit.xml",
};

export const write = (path: string, content: string): Act => ({ write: { path, content } });
export const replace = (path: string, from: string, to: string): Act => ({ replace: { path, from, to } });

/** Functions that phases are asked for: the text of the right body, and what it makes of 4. */
const features = {
  double: ["n * 2", 8],
  triple: ["n * 3", 12],
  square: ["n * n", 16],
  negate: ["-n", -4],
} as const;
export type Feature = keyof typeof features;

export const moduleOf = (name: string, body: string): string => `export const ${name} = (n) => ${body};\n`;

/** The right file of a feature. */
export const right = (name: Feature): Act => write(`src/${name}.js`, moduleOf(name, features[name][0]));

export const honest = (name: Feature, ...before: readonly Act[]): Entry => ({
  acts: [...before, right(name)],
  claim: `${name}() is there.`,
});

/** A shell word. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Exits 0 when the expression holds of what a module exports; a module that ends the process does not hold. */
export const holds = (path: string, names: string, expression: string): string => {
  const script = `import { ${names} } from "./${path}"; if (${expression}) console.log("it holds");`;
  return `test "$(node --input-type=module -e ${quoted(script)} 2> /dev/null)" = "it holds"`;
};

export const holdsOf = (name: Feature): string =>
  holds(`src/${name}.js`, name, `${name}(4) === ${features[name][1]} && ${name}(0) + 0 === 0`);

/** The tests as they were at base pass on this tree, each by its name. */
export const baseTestsPass =
  'rm -rf base-test && cp -R "$BASE/test" base-test && for file in base-test/*.test.js; do ' +
  'node --test-reporter=tap "$file" > tap.txt 2> /dev/null; ' +
  'grep -q "^# fail 0$" tap.txt && ' +
  'test "$(grep -c "^ok " tap.txt)" -ge "$(grep -c "^test(" "$file")" || exit 1; done; rm -rf base-test tap.txt';

/** These files are as they were at base. */
export const unchanged = (...paths: readonly string[]): string =>
  paths.map((path) => `cmp -s "$BASE/${path}" ${path}`).join(" && ");

export const all = (...commands: readonly string[]): string =>
  commands.map((command) => `( ${command} )`).join(" && ");

/** A test of a feature as a test file. */
export const testOf = (name: Feature): string => `import assert from "node:assert/strict";
import { test } from "node:test";
import { ${name} } from "../src/${name}.js";

test("${name} of four", () => {
  assert.equal(${name}(4), ${features[name][1]});
});
`;

/** A phase that is asked for a feature, done by one honest call unless something else is said. */
export function feature(name: Feature, more: Partial<Phase> = {}): Phase {
  const path = `src/${name}.js`;
  return {
    id: name,
    description: `A function \`${name}\` in ${path}: ${name}(4) is ${features[name][1]}.`,
    deliverables: [path],
    builder: [honest(name)],
    oracle: holdsOf(name),
    done: "yes",
    ...more,
  };
}

/** A phase whose builder never does what was asked. */
export const never = (name: Feature, entry: Entry | readonly Entry[], more: Partial<Phase> = {}): Phase =>
  feature(name, {
    builder: [entry].flat(),
    done: "no",
    budget: { attempts: 2, minutes: 2 },
    ...more,
  });
