import { pathKey } from "../../domain/paths.ts";
import type { TreeEntry } from "../../platform/history.ts";

/** `x.py.bak`, `x.bak.py`, `x copy.py`: what is kept beside a file and is not it. */
const copyParts = [
  /(?:\.(?:bak|orig|old|backup|save|copy|rej|swp)\d*|~)$/i,
  /\.(?:bak|orig|old|backup)(?=\.[^./]+$)/i,
  /[ _-](?:copy|backup)(?: ?\(?\d+\)?)?(?=\.[^./]+$)/i,
];
export const isCopy = (path: string): boolean => copyParts.some((part) => part.test(path));
const originalOf = (path: string): string => copyParts.reduce((name, part) => name.replace(part, ""), path);

/** A commit's tree, with what may be taken for a file that is not in it. */
export interface Tree {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  isFolder(path: string): boolean;
  /** The paths below a folder, which is written with a slash at its end; of an empty one, all. */
  below(folder: string): readonly string[];
  /** The link or submodule that a path leads through, or that it is itself. */
  crossing(path: string): TreeEntry | null;
  /** A path that differs in nothing but case or the like. */
  lookalike(path: string): string | null;
  copyOf(path: string): string | null;
  readonly ignores: readonly TreeEntry[];
}

export async function createTree(content: AsyncIterable<TreeEntry>): Promise<Tree> {
  const entries = new Map<string, TreeEntry>();
  const folders = new Set<string>();
  const copies = new Map<string, string>();
  const ignores: TreeEntry[] = [];
  for await (const entry of content) {
    const { path } = entry;
    entries.set(path, entry);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
    if (isCopy(path)) copies.set(originalOf(path), path);
    if (path === ".gitignore" || path.endsWith("/.gitignore")) ignores.push(entry);
  }
  const listed = new Map<string, readonly string[]>();
  let keys: Map<string, string> | undefined;
  return {
    entries,
    ignores,
    isFolder: (path) => folders.has(path),
    below(folder) {
      const known = listed.get(folder);
      if (known) return known;
      const paths = [...entries.keys()].filter((path) => path.startsWith(folder));
      listed.set(folder, paths);
      return paths;
    },
    crossing(path) {
      for (let at = path.indexOf("/"); ; at = path.indexOf("/", at + 1)) {
        const entry = entries.get(at === -1 ? path : path.slice(0, at));
        if (entry && (entry.mode === "160000" || (entry.mode === "120000" && at !== -1))) return entry;
        if (at === -1) return null;
      }
    },
    lookalike(path) {
      keys ??= new Map([...entries.keys()].map((one) => [pathKey(one), one]));
      const found = keys.get(pathKey(path));
      return found === undefined || found === path ? null : found;
    },
    copyOf: (path) => copies.get(path) ?? null,
  };
}
