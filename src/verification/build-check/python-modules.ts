import { dirname, join } from "node:path/posix";
import type { ImportLanguage, ImportUse } from "./import-use.ts";
import { longestRead } from "./source-change.ts";
import type { ChangedTree } from "./tree-files.ts";

export const isPython = (path: string): boolean => /\.pyi?$/.test(path);

/**
 * Imports of Python modules that are surely broken: a relative one that is new and has no file, and any of a module
 * that the change deleted and nothing replaces.
 */
export function createPythonImports(tree: ChangedTree): ImportLanguage {
  const names = namesOf(tree.tracked);
  const gone = tree.changes
    .filter(({ path, status }) => isPython(path) && status === "deleted")
    .map(({ path }) => moduleOf(path))
    .filter((module) => !names.modules.has(module));
  return {
    fits: isPython,
    gone: gone.map((module) => module.slice(module.lastIndexOf("/") + 1)),
    async faultOf(path, use, isNew) {
      const isBroken =
        (isNew && hasNoFile(path, use, names)) || (await isGone(tree, path, use, gone, names.modules));
      return isBroken ? `\`${use.specifier}\` names no module of the project` : null;
    },
  };
}

const moduleOf = (path: string): string => path.replace(/\.pyi?$/, "").replace(/\/__init__$/, "");

interface ModuleNames {
  /** Folders, and files by the name that an import would have for them: compiled ones, and any others, included. */
  readonly modules: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

function namesOf(tracked: readonly string[]): ModuleNames {
  const folders = new Set<string>();
  for (const path of tracked)
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  const files = tracked.map((path) => path.replace(/(\/__init__)?\.[^/]*$/, ""));
  return { modules: new Set([...folders, ...files]), folders };
}

/** Where a relative import leads; null for an absolute one, and for one that leads out of the repository. */
function relativeTarget(from: string, specifier: string): string | null {
  const dots = /^\.+/.exec(specifier)?.[0].length ?? 0;
  if (dots === 0) return null;
  const up = Array.from({ length: dots - 1 }, () => "..");
  const target = join(dirname(from), ...up, ...specifier.slice(dots).split(".").filter(Boolean));
  return target.startsWith("..") ? null : target;
}

/** Written by a build or a release, or found by an importer of the package's own. */
const generated =
  /(^|\/)(_*version_*|_*generated\w*|\w+_pb2(_grpc)?|_build\w*|_about)$|(^|\/)(extern|_?vendor(ed)?)\//;

function hasNoFile(
  from: string,
  { specifier, isName }: ImportUse,
  { modules, folders }: ModuleNames,
): boolean {
  if (isName) return false;
  const target = relativeTarget(from, specifier);
  if (target === null || modules.has(target) || generated.test(target)) return false;
  // A module may make others up; a folder has what is in it.
  const folder = dirname(target);
  return folder === "." || folders.has(folder);
}

/**
 * Whether the import names a deleted module. An absolute one counts from two parts on, since one part may be
 * anything; a name in a package counts where the package does not hold the name otherwise.
 */
async function isGone(
  tree: ChangedTree,
  from: string,
  { specifier, isName }: ImportUse,
  gone: readonly string[],
  modules: ReadonlySet<string>,
): Promise<boolean> {
  const target = relativeTarget(from, specifier);
  const parts = specifier.split(".");
  if (target === null && parts.length < 2) return false;
  const inside = target ?? parts.join("/");
  const isIt = (module: string): boolean =>
    module === inside || (target === null && module.endsWith(`/${inside}`));
  const module = gone.find(isIt);
  if (module === undefined || [...modules].some(isIt)) return false;
  return !isName || !(await holdsName(tree, dirname(module), parts.at(-1) ?? ""));
}

async function holdsName(
  { files, root, tracked }: ChangedTree,
  folder: string,
  name: string,
): Promise<boolean> {
  const own = [`${folder}/__init__.py`, `${folder}/__init__.pyi`, `${folder}.py`].filter((path) =>
    tracked.includes(path),
  );
  for (const path of own) {
    const text = (await files.read(join(root, path), longestRead))?.toString("utf8") ?? "";
    if (text.includes(name) || /__getattr__|import \*/.test(text)) return true;
  }
  return false;
}
