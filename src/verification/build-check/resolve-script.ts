import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { ResolverFactory } from "oxc-resolver";
import type { Files } from "../../platform/ports.ts";
import type { ImportUse } from "./script-imports.ts";
import { type ChangedTree, readUnchanged } from "./tree-files.ts";

/** Answers whether an import is broken: never for what a bundler, a code generator or a type alone may provide. */
export interface ScriptResolver {
  /** Whether a relative import names nothing that is there. */
  isMissingFile(from: string, use: ImportUse): Promise<boolean>;
  /** Whether a package is neither installed nor known to anything in the repository. */
  isUnknownPackage(from: string, use: ImportUse): Promise<boolean>;
}

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

const options = {
  tsconfig: "auto",
  builtinModules: true,
  extensions,
  extensionAlias: {
    ".js": [".js", ".ts", ".tsx", ".jsx", ".d.ts"],
    ".jsx": [".jsx", ".tsx"],
    ".mjs": [".mjs", ".mts", ".d.mts"],
    ".cjs": [".cjs", ".cts", ".d.cts"],
  },
  mainFields: ["module", "main", "browser", "types", "typings"],
  nodePath: false,
} as const;

export const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier);

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

export function createScriptResolver(tree: ChangedTree): ScriptResolver {
  const { files, root } = tree;
  const base = { ...options, extensions: [...extensions], mainFields: [...options.mainFields] };
  const aliases = Object.fromEntries(
    Object.entries(options.extensionAlias).map(([from, to]) => [from, [...to]]),
  );
  const resolver = new ResolverFactory({
    ...base,
    extensionAlias: aliases,
    conditionNames: ["import", "node", "module", "types", "default"],
  });
  const required = resolver.cloneWithOptions({
    ...base,
    extensionAlias: aliases,
    conditionNames: ["require", "node", "types", "default"],
  });
  const resolves = (from: string, specifier: string): boolean => {
    const file = join(root, from);
    const isFound = ({ path, builtin }: { path?: string; builtin?: unknown }) =>
      path !== undefined || builtin !== undefined;
    return (
      isFound(resolver.resolveFileSync(file, specifier)) ||
      isFound(required.resolveFileSync(file, specifier)) ||
      isFound(resolver.resolveDtsSync(file, specifier))
    );
  };
  const mentions = new Map<string, Promise<boolean>>();

  return {
    async isMissingFile(from, { specifier, isGuarded }) {
      if (isGuarded || !isRelative(specifier) || specifier.includes("!")) return false;
      const plain = plainOf(specifier);
      const target = relative(root, join(root, dirname(from), plain));
      if (target.startsWith("..") || generated.test(apartFrom(from, target))) return false;
      return !resolves(from, plain) && !(await hasNamesake(files, join(root, target)));
    },
    async isUnknownPackage(from, { specifier, isGuarded }) {
      const name = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=\/|$)/.exec(plainOf(specifier))?.[0];
      if (isGuarded || name === undefined || /[:!]/.test(specifier) || isBuiltin(specifier)) return false;
      if (resolves(from, plainOf(specifier)) || !(await isInstalledTree(files, root, from))) return false;
      for (const folder of foldersAbove(from))
        for (const place of [
          `node_modules/${name}`,
          `node_modules/@types/${typesOf(name)}`,
          name,
          `src/${name}`,
        ])
          if (await files.stat(join(root, folder, place))) return false;
      const mention = mentions.get(name) ?? isMentioned(tree, name);
      mentions.set(name, mention);
      return !(await mention);
    },
  };
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

async function isMentioned(tree: ChangedTree, name: string): Promise<boolean> {
  if (
    tree.changes.some(
      ({ path, text, before }) => before?.includes(name) || (path.endsWith(".json") && text?.includes(name)),
    )
  )
    return true;
  for await (const { text } of readUnchanged(tree, mayMention)) if (text.includes(name)) return true;
  return false;
}
