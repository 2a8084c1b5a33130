import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { type NapiResolveOptions, ResolverFactory } from "oxc-resolver";
import type { Files } from "../../platform/ports.ts";
import { isScript } from "../syntax/script.ts";
import type { ImportLanguage } from "./import-use.ts";
import { type ChangedTree, readUnchanged } from "./tree-files.ts";

const platforms = ["", ".native", ".web", ".ios", ".android", ".server", ".client", ".d"];
const endings = [".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs"];
const extensions = [
  ...platforms.flatMap((platform) => endings.map((ending) => platform + ending)),
  ".json",
  ".node",
  ".wasm",
  ".vue",
  ".svelte",
];

const optionsFor = (condition: "import" | "require"): NapiResolveOptions => ({
  tsconfig: "auto",
  extensions,
  extensionAlias: {
    ".js": [".js", ".ts", ".tsx", ".jsx", ".d.ts"],
    ".jsx": [".jsx", ".tsx"],
    ".mjs": [".mjs", ".mts", ".d.mts"],
    ".cjs": [".cjs", ".cts", ".d.cts"],
  },
  mainFields: ["module", "main", "browser", "types", "typings"],
  conditionNames: [condition, "node", "module", "types", "default"],
  nodePath: false,
});

const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier);

/** What bundlers put behind a path; in front of it they put loaders. */
const plainOf = (specifier: string): string => specifier.replace(/[?#].*$/s, "");

/** Written by a build, and so not in a tree before it. */
const generated =
  /(^|\/)(_*generated_*|gen|\+types|\.[a-z][\w-]*|dist|build|out|target|pkg|wasm|prisma|proto|node_modules)(\/|$)|(^|\/)\$|[._-](gen|generated|pb|grpc)\b|\.(graphql|node|wasm)$|(^|\/)_?version$/i;

/** The part of a path that it does not share with the folder of the file that names it. */
function apartFrom(from: string, target: string): string {
  const [here, there] = [dirname(from).split("/"), target.split("/")];
  const shared = there.findIndex((part, index) => part !== here[index]);
  return there.slice(shared).join("/");
}

/** The whole tree is searched for each package that is not installed: of so many in one change. */
const mostNames = 20;

/** JavaScript and TypeScript: silent about what a bundler, a code generator or a type alone may provide. */
export function createScriptImports(tree: ChangedTree): ImportLanguage {
  const gone = goneModules(tree.changes);
  const resolves = createResolve(tree.root);
  const mentions = new Map<string, Promise<boolean>>();
  return {
    fits: isScript,
    gone: [...gone].map((module) => module.slice(module.lastIndexOf("/") + 1)),
    async faultOf(path, { specifier }, isNew) {
      if (!isNew && !namesGone(path, specifier, gone)) return null;
      // A loader in front of the path, or the scheme of a bundler or runtime.
      if (/[!:]/.test(specifier)) return null;
      const plain = plainOf(specifier);
      if (isRelative(plain)) {
        const target = relative(tree.root, join(tree.root, dirname(path), plain));
        if (target.startsWith("..") || generated.test(apartFrom(path, target))) return null;
        if (resolves(path, plain) || (await hasNamesake(tree.files, join(tree.root, target)))) return null;
        return `\`${specifier}\` names no file`;
      }
      const name = packageOf(plain);
      if (name === null || isBuiltin(plain) || resolves(path, plain)) return null;
      if (await mayLieElsewhere(tree, path, name)) return null;
      if (!mentions.has(name) && mentions.size === mostNames) return null;
      const mention = mentions.get(name) ?? isMentioned(tree, name);
      mentions.set(name, mention);
      return (await mention) ? null : `the package of \`${specifier}\` is neither installed nor declared`;
    },
  };
}

/** Null for what is no name of a package: `#internal`, `@/alias`, `~/alias`. */
const packageOf = (specifier: string): string | null =>
  /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9][\w.~-]*(?=\/|$)/.exec(specifier)?.[0] ?? null;

function createResolve(root: string): (from: string, specifier: string) => boolean {
  const imported = new ResolverFactory(optionsFor("import"));
  const required = imported.cloneWithOptions(optionsFor("require"));
  return (from, specifier) => {
    const file = join(root, from);
    return [
      imported.resolveFileSync(file, specifier),
      required.resolveFileSync(file, specifier),
      imported.resolveDtsSync(file, specifier),
    ].some(({ path }) => path !== undefined);
  };
}

/** What the change deleted, as a relative import may name it: with its ending and without, a folder for its index. */
function goneModules(changes: ChangedTree["changes"]): Set<string> {
  const names = changes
    .filter(({ status }) => status === "deleted")
    .flatMap(({ path }) => [path, withoutEnding(path), withoutEnding(path).replace(/\/index$/, "")]);
  return new Set(names);
}

function namesGone(from: string, specifier: string, gone: ReadonlySet<string>): boolean {
  if (!isRelative(specifier)) return false;
  const target = join(dirname(from), plainOf(specifier)).replace(/\/$/, "");
  return gone.has(target) || gone.has(withoutEnding(target));
}

const withoutEnding = (path: string): string => path.replace(/(\.d)?\.[cm]?[jt]sx?$/, "");

/** Whether the package, its types or a folder of its name are there, or packages are not looked for in folders. */
async function mayLieElsewhere({ files, root }: ChangedTree, from: string, name: string): Promise<boolean> {
  if (!(await isInstalledTree(files, root, from))) return true;
  for (const folder of foldersAbove(from))
    for (const place of [`node_modules/${name}`, `node_modules/@types/${typesOf(name)}`, name, `src/${name}`])
      if (await files.stat(join(root, folder, place))) return true;
  return false;
}

const typesOf = (name: string): string => name.replace(/^@/, "").replace("/", "__");

/** The folder of a file and those above it, up to the root, which is empty. */
function foldersAbove(path: string): string[] {
  const parts = dirname(path) === "." ? [] : dirname(path).split("/");
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join("/")), ""];
}

/** Packages are looked for in folders only: not under Plug'n'Play, nor with import maps, nor where nothing was set up. */
async function isInstalledTree(files: Files, root: string, from: string): Promise<boolean> {
  let isInstalled = false;
  for (const folder of foldersAbove(from)) {
    const names = new Set((await files.list(join(root, folder))) ?? []);
    if ([".pnp.cjs", ".pnp.js", "deno.json", "deno.jsonc", "import_map.json"].some((name) => names.has(name)))
      return false;
    isInstalled ||= names.has("node_modules");
  }
  return isInstalled;
}

/** Something of that name with an ending that no resolver was told of, or a folder with an index of any kind. */
async function hasNamesake(files: Files, target: string): Promise<boolean> {
  const name = target.slice(target.lastIndexOf("/") + 1);
  const beside = (await files.list(dirname(target))) ?? [];
  if (beside.some((entry) => entry.startsWith(`${name}.`))) return true;
  const inside = (await files.list(target)) ?? [];
  return inside.some((entry) => /^(index\.|package\.json$)/.test(entry));
}

/** Where an alias, a declaration, a manifest or another import of a name may stand. */
const mayMention = (path: string): boolean =>
  /\.([cm]?[jt]sx?|json[c5]?|vue|svelte|astro|html)$|(^|\/)\.\w+rc$/.test(path) &&
  !/(^|\/)(package-lock|npm-shrinkwrap)\.json$/.test(path);

/** Also a scope by itself: `@shared` may be an alias of a folder. */
async function isMentioned(tree: ChangedTree, name: string): Promise<boolean> {
  const scope = /^@[^/]+/.exec(name)?.[0];
  const alone =
    scope === undefined ? null : new RegExp(`${scope.replace(/[.~-]/g, "\\$&")}(?![\\w./~-]*\\w)`);
  const mentions = (text: string) => text.includes(name) || (alone !== null && alone.test(text));
  const isKnown = tree.changes.some(
    ({ path, text, before }) =>
      (before !== null && mentions(before)) || (text !== null && path.endsWith(".json") && mentions(text)),
  );
  if (isKnown) return true;
  for await (const { text } of readUnchanged(tree, mayMention)) if (mentions(text)) return true;
  return false;
}
