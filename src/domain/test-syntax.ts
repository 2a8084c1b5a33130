/** How tests are written with the common runners: what one is, what stands around several, what asserts. */
interface TestSyntax {
  readonly test: RegExp;
  readonly group?: RegExp;
  readonly assertion: RegExp;
}

const syntaxes: Readonly<Record<string, TestSyntax>> = {
  js: {
    test: /\b(?:test|it|specify|fit|xit|xtest)\b\s*[.(`]/g,
    group: /\b(?:describe|suite|xdescribe)\b\s*[.(`]/g,
    assertion: /\b(?:expect|assert|ok|equal)\b\s*[.(`]/g,
  },
  py: {
    test: /\bdef\s+test/g,
    group: /\bclass\s+\w*Test/g,
    assertion: /\bassert\b|\bunittest\b|\bassert[A-Z]\w*\(|\braises\(/g,
  },
  go: {
    test: /\bfunc\s+(?:\([^)\n]{0,200}\)\s*)?(?:Test|Fuzz|Benchmark|Example)/g,
    assertion: /\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require)\.\w+\(/g,
  },
  rs: { test: /#\[(?:\w+::)*test|\bproptest!/g, assertion: /\bassert\w*!/g },
  java: { test: /@(?:\w*Test|Property|Theory)\b/g, assertion: /\bassert/g },
  cs: { test: /\[(?:Test|Fact|Theory|TestMethod|TestCase)\b/g, assertion: /\bAssert\.|\.Should\(/g },
  rb: {
    test: /\b(?:it|specify|test|should)\b|\bdef\s+test_/g,
    group: /\b(?:describe|context)\b/g,
    assertion: /\b(?:assert|expect|refute)\w*/g,
  },
  php: {
    test: /\bfunction\s+test|@test\b|#\[Test\]|\b(?:it|test)\s*\(/g,
    assertion: /\bassert\w*\(|\bexpect\(/g,
  },
};
const sameRunner: Readonly<Record<string, string>> = Object.fromEntries(
  ["ts", "tsx", "mts", "cts", "jsx", "mjs", "cjs", "vue", "svelte"]
    .map((extension) => [extension, "js"])
    .concat([
      ["kt", "java"],
      ["scala", "java"],
      ["groovy", "java"],
    ]),
);

function syntaxOf(path: string): TestSyntax | undefined {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return syntaxes[sameRunner[extension] ?? extension];
}

/** Whether code defines a test, a group of them, or an assertion. `code` is without comments. */
export function holdsTests(path: string, code: string): boolean {
  const syntax = syntaxOf(path);
  return [syntax?.test, syntax?.group, syntax?.assertion].some((part) => part && code.search(part) !== -1);
}

/** How many tests the code defines; one with parameters is one. */
export const countTests = (path: string, code: string): number =>
  [...code.matchAll(syntaxOf(path)?.test ?? /$^/g)].length;

/** Whether anything is asserted in it at all. */
export const asserts = (path: string, code: string): boolean =>
  code.search(syntaxOf(path)?.assertion ?? /$^/g) !== -1;
