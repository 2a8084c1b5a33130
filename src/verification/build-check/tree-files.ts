import { join } from "node:path";
import type { Files } from "../../platform/ports.ts";
import { longestRead, type SourceChange } from "./source-change.ts";

/** The files of the workspace in which a change is looked at, after its setup. */
export interface ChangedTree {
  readonly files: Files;
  /** Absolute, without links on the way. */
  readonly root: string;
  /** Every file that the tree of the change holds, relative to the root. */
  readonly tracked: readonly string[];
  readonly changes: readonly SourceChange[];
}

/** Text of at most this many files, and characters, of a tree is searched. */
const mostSearched = { files: 20_000, characters: 100_000_000 };

/** Texts of unchanged files whose path fits, in the order of the tree; bounded. */
export async function* readUnchanged(
  { files, root, tracked, changes }: ChangedTree,
  fits: (path: string) => boolean,
): AsyncGenerator<{ readonly path: string; readonly text: string }> {
  const changed = new Set(changes.map(({ path }) => path));
  let [left, characters] = [mostSearched.files, mostSearched.characters];
  for (const path of tracked) {
    if (changed.has(path) || !fits(path)) continue;
    if (left-- === 0 || characters <= 0) return;
    const stat = await files.stat(join(root, path));
    if (stat?.kind !== "file" || stat.bytes > longestRead) continue;
    const text = (await files.read(join(root, path), longestRead))?.toString("utf8") ?? "";
    characters -= text.length;
    yield { path, text };
  }
}
