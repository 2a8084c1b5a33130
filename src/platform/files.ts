import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Files } from "./ports.ts";
import { isRefusal } from "./unreadable.ts";

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

async function absentAsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/**
 * Folders that a child made unreadable or read-only are opened up first: what is ours must be removable. Of a tree
 * that is deeper than a path can be long, or in which something is another user's, `rm` takes all that can go.
 */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await openFolders(path);
    await execute("/bin/rm", ["-rf", "--", path]).catch(() => undefined);
    if (await absentAsNull(lstat(path))) throw error;
  }
}

const execute = promisify(execFile);

async function openFolders(path: string): Promise<void> {
  try {
    const stat = await absentAsNull(lstat(path));
    if (!stat?.isDirectory()) return;
    await chmod(path, 0o700);
    for (const name of await readdir(path)) await openFolders(join(path, name));
  } catch (error) {
    // A removal that failed may still be under way elsewhere in the tree.
    if (!isRefusal(error) && !isAbsence(error)) throw error;
  }
}

/** A path without links on the way; of what does not exist, the path as it is. */
export async function realPath(path: string): Promise<string> {
  return (await absentAsNull(realpath(path))) ?? path;
}

export function createFiles(): Files {
  return {
    read: (path) => absentAsNull(readFile(path)),
    async write(path, data) {
      const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(temporary, data, { flag: "wx" });
        await rename(temporary, path);
      } catch (error) {
        await absentAsNull(unlink(temporary));
        throw error;
      }
    },
    async stat(path) {
      const stat = await absentAsNull(lstat(path));
      if (!stat) return null;
      const kind = stat.isFile()
        ? "file"
        : stat.isDirectory()
          ? "directory"
          : stat.isSymbolicLink()
            ? "symlink"
            : "other";
      return {
        kind,
        bytes: stat.size,
        executable: (stat.mode & 0o100) !== 0,
        readable: (stat.mode & 0o400) !== 0,
        modifiedMs: stat.mtimeMs,
      };
    },
    async list(path) {
      const names = await absentAsNull(readdir(path));
      return names?.sort() ?? null;
    },
    remove: removeTree,
  };
}
