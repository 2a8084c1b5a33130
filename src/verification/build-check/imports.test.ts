import { describe, expect, it } from "vitest";
import { temporaryFolder, writeTree } from "../../../test/harness/temp.ts";
import { createFiles } from "../../platform/files.ts";
import { checkImports } from "./imports.ts";
import type { SourceChange } from "./source-change.ts";

/** A project as it is after its setup: two packages installed, aliases, a workspace's package, types alone. */
const project = {
  "package.json":
    '{"name":"app","imports":{"#internal/*":"./src/internal/*.ts"},"dependencies":{"undone":"1"}}',
  "tsconfig.json": '{"compilerOptions":{"paths":{"~lib/*":["./src/lib/*"]}}}',
  "vite.config.ts": 'export default { resolve: { alias: { "@shared": "./src/shared" } } };\n',
  "node_modules/there/package.json": '{"name":"there","exports":{"import":"./index.mjs"}}',
  "node_modules/there/index.mjs": "export default 1;\n",
  "node_modules/@types/geo/package.json": '{"name":"@types/geo","types":"index.d.ts"}',
  "node_modules/@types/geo/index.d.ts": "export {};\n",
  "src/main.ts": 'import { used } from "./used.ts";\nimport { lib } from "~lib/a";\n',
  "src/used.ts": "export const used = 1;\n",
  "src/lib/a.ts": "export const lib = 1;\n",
  "src/internal/own.ts": "export {};\n",
  "src/icon.svg": "<svg/>\n",
  "src/data.json": "{}\n",
  "src/types.d.ts": "declare module 'ambient';\nexport type T = 1;\n",
  "src/Button.ios.tsx": "export {};\n",
  "src/widget/index.vue": "<template/>\n",
  "src/page.mdx": "# Page\n",
  "pkg/__init__.py": "from .core import run\n",
  "pkg/core.py": "def run(): ...\n",
  "pkg/helpers.py": "def help(): ...\n",
  "pkg/fast.pyx": "\n",
  "pkg/sub/__init__.py": "",
  "pkg/shim.py": "import sys\n",
  "tests/test_core.py": "from pkg.helpers import help\nfrom pkg import helpers\n",
};

interface Edit {
  /** The new text of a file; null deletes it. */
  readonly [path: string]: string | null;
}

/** Applies an edit to the project and tells what it broke, as `path:line:column specifier`. */
async function brokenBy(edit: Edit, more: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const root = temporaryFolder();
  const base: Record<string, string> = { ...project, ...more };
  const now: Record<string, string> = { ...base };
  const changes = Object.entries(edit).map(([path, text]): SourceChange => {
    const before = base[path] ?? null;
    if (text === null) delete now[path];
    else now[path] = text;
    return { path, status: text === null ? "deleted" : before === null ? "added" : "modified", text, before };
  });
  writeTree(root, now);
  const tracked = Object.keys(now).filter((path) => !path.startsWith("node_modules/"));
  const found = await checkImports({ files: createFiles(), root, tracked, changes });
  return found.map(
    ({ path, line, column, message }) => `${path}:${line}:${column} ${/`([^`]+)`/.exec(message)?.[1]}`,
  );
}

/** The cases that only add files, told together: each file gets a name of its own for it. */
function addingAlone(cases: readonly (readonly [string, Edit, ...unknown[]])[]) {
  const isAdding = ([, edit]: (typeof cases)[number]) =>
    Object.keys(edit).every((path) => /\/n\.\w+$/.test(path));
  const rename = (path: string, index: number) => path.replace("/n.", `/n${index}.`);
  const together = Object.fromEntries(
    cases.flatMap((one, index) =>
      isAdding(one) ? Object.entries(one[1]).map(([path, text]) => [rename(path, index), text]) : [],
    ),
  );
  let found: Promise<string[]> | undefined;
  return async (index: number, edit: Edit): Promise<string[]> => {
    if (!Object.keys(edit).every((path) => rename(path, index) in together)) return brokenBy(edit);
    found ??= brokenBy(together);
    const own = (await found).filter((place) => place.includes(`/n${index}.`));
    return own.map((place) => place.replace(`/n${index}.`, "/n."));
  };
}

describe("checkImports finds", () => {
  const cases: [string, Edit, string[]][] = [
    ["a misspelled path", { "src/n.ts": 'import { used } from "./usde.ts";\n' }, ["src/n.ts:1:22 ./usde.ts"]],
    ["a wrong ending", { "src/n.ts": 'import x from "./used.mjs";\n' }, ["src/n.ts:1:15 ./used.mjs"]],
    ["a folder too few", { "src/lib/n.ts": 'export * from "./used.js";\n' }, ["src/lib/n.ts:1:15 ./used.js"]],
    ["a re-export", { "src/n.ts": "\nexport { x } from './nope';\n" }, ["src/n.ts:2:19 ./nope"]],
    ["a required file", { "src/n.cjs": "const x = require('./nope');\n" }, ["src/n.cjs:1:19 ./nope"]],
    ["a dynamic import", { "src/n.ts": "await import(`./nope.ts`);\n" }, ["src/n.ts:1:14 ./nope.ts"]],
    ["a type of a file", { "src/n.ts": "let x: import('./nope').X;\n" }, ["src/n.ts:1:15 ./nope"]],
    ["an unknown package", { "src/n.ts": 'import x from "ther";\n' }, ["src/n.ts:1:15 ther"]],
    ["an unknown scoped package", { "src/n.ts": 'import "@ther/x/y";\n' }, ["src/n.ts:1:8 @ther/x/y"]],
    [
      "a new import in a file that had others",
      { "src/main.ts": 'import { used } from "./used.ts";\nimport "./more.ts";\n' },
      ["src/main.ts:2:8 ./more.ts"],
    ],
    [
      "a deleted module that an unchanged file imports",
      { "src/used.ts": null },
      ["src/main.ts:1:22 ./used.ts"],
    ],
    [
      "a deleted module that a changed file imports still",
      { "src/used.ts": null, "src/main.ts": '\nimport { used } from "./used.ts";\n' },
      ["src/main.ts:2:22 ./used.ts"],
    ],
    [
      "a renamed module, where its importer was left as it was",
      { "src/used.ts": null, "src/renamed.ts": "export const used = 1;\n" },
      ["src/main.ts:1:22 ./used.ts"],
    ],
    ["a relative module of Python", { "pkg/n.py": "from .croe import run\n" }, ["pkg/n.py:1:6 .croe"]],
    [
      "a deleted module of Python, by its package and relatively",
      { "pkg/core.py": null, "pkg/helpers.py": null },
      [
        "pkg/__init__.py:1:6 .core",
        "tests/test_core.py:1:6 pkg.helpers",
        "tests/test_core.py:2:17 pkg.helpers",
      ],
    ],
  ];
  const told = addingAlone(cases);
  it.each(cases.map((one, index) => [...one, index] as const))("%s", async (_what, edit, found, index) => {
    expect(await told(index, edit)).toEqual(found);
  });

  it("at most a hundred, and twenty unknown packages, whatever a change asks for", async () => {
    const lines = (count: number, specifier: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => `import "${specifier(index)}";\n`).join("");
    expect(await brokenBy({ "src/n.ts": lines(150, (index) => `./nope${index}.ts`) })).toHaveLength(100);
    expect(await brokenBy({ "src/n.ts": lines(30, (index) => `unheard-${index}`) })).toHaveLength(20);
  });

  it("a relative import of a file that was moved as it was", async () => {
    const root = temporaryFolder();
    const text = 'import { used } from "./used.ts";\n';
    writeTree(root, { ...project, "src/lib/main.ts": text });
    const changes: SourceChange[] = [
      { path: "src/lib/main.ts", status: "added", text, before: text },
      { path: "src/main.ts", status: "deleted", text: null, before: text },
    ];
    const found = await checkImports({ files: createFiles(), root, tracked: Object.keys(project), changes });
    expect(found).toMatchObject([{ path: "src/lib/main.ts", line: 1, column: 22, severity: "error" }]);
  });
});

describe("checkImports lets pass", () => {
  const cases: [string, Edit][] = [
    ["the endings that a compiler writes", { "src/n.ts": 'import "./used.js";\nimport "./used";\n' }],
    ["a folder's index of any kind", { "src/n.ts": 'import W from "./widget";\nimport "./widget/";\n' }],
    ["an ending that no resolver was told of", { "src/n.ts": 'import P from "./page";\n' }],
    ["a loader behind the path", { "src/n.ts": 'import text from "./nope.txt!text";\n' }],
    ["endings by platform", { "src/n.ts": 'import { Button } from "./Button";\n' }],
    ["declarations", { "src/n.ts": 'import type { T } from "./types";\n' }],
    [
      "assets, with what bundlers add",
      { "src/n.ts": 'import a from "./icon.svg?react";\nimport "./data.json";\n' },
    ],
    ["loaders", { "src/n.ts": 'import a from "raw-loader!./nope.txt";\nimport "!!style!./x";\n' }],
    ["aliases of the compiler", { "src/n.ts": 'import { lib } from "~lib/a";\n' }],
    ["aliases that a configuration names", { "src/n.ts": 'import { x } from "@shared/x";\n' }],
    [
      "aliases by sign",
      { "src/n.ts": 'import "@/x";\nimport "~/y";\nimport "#internal/own";\nimport "#/z";\n' },
    ],
    ["schemes", { "src/n.ts": 'import "virtual:pwa";\nimport "bun:test";\nimport "https://x.y/z.js";\n' }],
    ["what Node brings", { "src/n.ts": 'import "node:test";\nimport "fs/promises";\n' }],
    [
      "an installed package, under any condition",
      { "src/n.ts": 'import x from "there";\nimport "there/sub";\n' },
    ],
    ["a package of types alone", { "src/n.ts": 'import type { G } from "geo";\n' }],
    ["a package that a declaration names", { "src/n.ts": 'import x from "ambient";\n' }],
    ["a package that is declared and not installed", { "src/n.ts": 'import x from "undone";\n' }],
    ["a folder at the root", { "src/n.ts": 'import x from "src/used";\nimport "lib/a";\n' }],
    [
      "what a build writes",
      { "src/n.ts": 'import x from "./generated/api";\nimport "../dist/x.js";\nimport "./$types";\n' },
    ],
    [
      "what the program does without",
      {
        "src/n.cjs": "try { require('./nope'); } catch {}\n",
        "src/n.mjs": "import('./nope.mjs').catch(() => {});\nimport('./nope.mjs').then(f, g);\n",
      },
    ],
    ["a require of its own", { "src/n.js": "define(function (require) { require('./nope'); });\n" }],
    ["what is no literal", { "src/n.js": "require('./' + name);\nimport(`./${name}.js`);\n" }],
    ["words that look like imports", { "src/n.ts": '// import "./nope";\nconst x = \'import "./nope"\';\n' }],
    ["input of tests", { "test/fixtures/n.ts": 'import "./nope";\n' }],
    ["a file that does not parse", { "src/n.ts": 'import "./nope"; let x = = 1;\n' }],
    ["a deleted module that nobody imports", { "src/lib/a.ts": null, "src/main.ts": "" }],
    [
      "a module that became a folder",
      { "src/used.ts": null, "src/used/index.ts": "", "src/main.ts": 'import "./used";\n' },
    ],
    [
      "a module that became JavaScript",
      { "src/used.ts": null, "src/used.js": "", "src/main.ts": 'import "./used";\n' },
    ],
    ["an importer that was mended", { "src/used.ts": null, "src/main.ts": "export {};\n" }],
    [
      "compiled modules, and packages",
      { "pkg/n.py": "from .fast import f\nfrom .sub import x\nfrom . import core\n" },
    ],
    [
      "a guarded import of Python",
      { "pkg/n.py": "try:\n    from ._speed import f\nexcept ImportError:\n    f = None\n" },
    ],
    ["types of Python", { "pkg/n.py": "if TYPE_CHECKING:\n    from .nope import T\n" }],
    ["what a release writes", { "pkg/n.py": "from ._version import v\nfrom .a_pb2 import A\n" }],
    ["modules that a module makes up", { "pkg/n.py": "from .shim.moves import x\n" }],
    ["absolute imports of Python", { "pkg/n.py": "import nope\nfrom nope.more import x\nimport pkg.nope\n" }],
    [
      "a deleted module that is a name elsewhere",
      { "pkg/helpers.py": null, "tests/test_core.py": "import helpers\n" },
    ],
  ];
  const told = addingAlone(cases);
  it.each(cases.map((one, index) => [...one, index] as const))("%s", async (_what, edit, index) => {
    expect(await told(index, edit)).toEqual([]);
  });

  it("a deleted module of Python whose name its package holds otherwise", async () => {
    const edit = { "pkg/helpers.py": null, "pkg/__init__.py": "helpers = object()\n" };
    expect(await brokenBy(edit, { "tests/test_core.py": "from pkg import helpers\n" })).toEqual([]);
  });

  it("what was unresolved before", async () => {
    const broken = 'import "./gone.ts";\nimport "unheard";\n';
    expect(await brokenBy({ "src/old.ts": `${broken}export {};\n` }, { "src/old.ts": broken })).toEqual([]);
  });

  it.each([".pnp.cjs", "deno.json"])("packages where %s tells where they are", async (name) => {
    expect(await brokenBy({ "src/n.ts": 'import "unheard";\n' }, { [name]: "{}" })).toEqual([]);
  });

  it("packages where none were installed", async () => {
    const root = temporaryFolder();
    writeTree(root, { "a.ts": 'import "unheard";\n' });
    const changes: SourceChange[] = [
      { path: "a.ts", status: "added", text: 'import "unheard";\n', before: null },
    ];
    expect(await checkImports({ files: createFiles(), root, tracked: ["a.ts"], changes })).toEqual([]);
  });
});
