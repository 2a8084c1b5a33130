import type { Dirent } from "node:fs";
import { chmod, lstat, readdir, readFile, unlink } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { isRefusal } from "./unreadable.ts";

/** Files that git opens in every folder it looks at, before anybody could ask what they are. */
const readByGit = [".gitignore", ".gitattributes", ".gitmodules"];

/** What was taken out of a workspace, by the paths in it. */
export interface Hazards {
  /** FIFOs, sockets and devices. */
  readonly special: readonly string[];
  /** Files above `maxBytes`. */
  readonly oversized: readonly { readonly path: string; readonly bytes: number }[];
}

/** How many folders are listed at once. */
const width = 32;

/**
 * Makes a tree that a stranger wrote fit for git to look at. Git waits for ever for a FIFO in place of `.gitignore`
 * or of a nested repository's `HEAD`, reads a `.gitignore` of any size into memory, and follows a nested
 * repository's pointers out of the workspace. Such things are taken away, and folders that do not let themselves be
 * read are opened; nothing of that could have been part of a change. Nothing may run in the tree meanwhile.
 */
export async function clearHazards(tree: string, maxBytes: number): Promise<Hazards> {
  const special: string[] = [];
  const oversized: { path: string; bytes: number }[] = [];
  const root = Buffer.from(`${tree}/`);
  // Names are kept byte by byte: one that is no UTF-8 must lead to its file all the same.
  const at = (path: string) => Buffer.concat([root, Buffer.from(path, "latin1")]);
  const shown = (path: string) => Buffer.from(path, "latin1").toString("utf8");
  const folders: Folder[] = [{ path: "", git: false }];

  async function visit({ path: folder, git }: Folder): Promise<void> {
    for (const entry of await list(at(folder))) {
      const path = `${folder}${entry.name}`;
      const nested = entry.name === ".git" && folder !== "" && !git;
      if (entry.isDirectory()) {
        if (!(git && entry.name === "objects"))
          folders.push({ path: `${path}/`, git: git || entry.name === ".git" });
      } else if (git || nested) {
        if (!(await isPlainInGit(entry, at(path)))) await unlink(at(path));
      } else if (readByGit.includes(entry.name) && !entry.isSymbolicLink()) {
        const { size } = await lstat(at(path));
        if (entry.isFile() && size <= maxBytes) continue;
        if (entry.isFile()) oversized.push({ path: shown(path), bytes: size });
        else special.push(shown(path));
        await unlink(at(path));
      }
    }
  }
  /** A regular file of modest size that leads nowhere but into the workspace's own `.git`, where submodules are. */
  async function isPlainInGit(entry: Dirent, path: Buffer): Promise<boolean> {
    if (!entry.isFile() || entry.name === "commondir") return false;
    if ((await lstat(path)).size > maxBytes) return false;
    if (entry.name !== ".git") return true;
    const pointer = /^gitdir: (.+?)\s*$/.exec(await readFile(path, "latin1"))?.[1] ?? "";
    const folder = path.toString("latin1").slice(0, -".git".length);
    const inside = relative(`${root.toString("latin1")}.git`, resolve(folder, pointer));
    return inside !== "" && !inside.startsWith("..");
  }
  while (folders.length > 0) await Promise.all(folders.splice(-width).map(visit));
  return { special: special.sort(), oversized };
}

/** `git`: it lies in a folder named `.git`. */
interface Folder {
  readonly path: string;
  readonly git: boolean;
}

/** What is in a folder, opened where it was closed; nothing for one that stays closed: git cannot look there either. */
async function list(folder: Buffer): Promise<Dirent[]> {
  try {
    if (((await lstat(folder)).mode & 0o700) !== 0o700) await chmod(folder, 0o700);
    return await readdir(folder, { withFileTypes: true, encoding: "latin1" });
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}
