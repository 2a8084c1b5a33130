import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import type { FileStat, Files } from "./ports.ts";

/** What stands in the way to `path` and is no real folder: a way through it leads to somewhere else, or nowhere. */
export async function findDetour(
  files: Pick<Files, "stat">,
  root: string,
  path: string,
): Promise<{ readonly folder: string; readonly kind: FileStat["kind"] } | null> {
  const segments = path.split("/");
  for (let depth = 1; depth < segments.length; depth += 1) {
    const folder = segments.slice(0, depth).join("/");
    const stat = await files.stat(join(root, folder));
    if (stat === null) return null;
    if (stat.kind !== "directory") return { folder, kind: stat.kind };
  }
  return null;
}

/** The paths of `root` that lead to a file: as it is written, and as it really is. None for a file elsewhere. */
export async function pathsBelow(root: string, file: string): Promise<string[]> {
  const real = (path: string) => realpath(path).catch(() => path);
  const entry = join(await real(dirname(file)), basename(file));
  const ways = [
    relative(root, file),
    relative(await real(root), entry),
    relative(await real(root), await real(file)),
  ];
  const isBelow = (path: string) => path !== "" && !/^\.\.(\/|$)/.test(path) && !isAbsolute(path);
  return [...new Set(ways.filter(isBelow))];
}
