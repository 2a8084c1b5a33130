import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Files } from "./ports.ts";

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

/** Folders that a child made unreadable or read-only are opened up first: what is ours must be removable. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")))
      throw error;
    await openFolders(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openFolders(path: string): Promise<void> {
  const stat = await absentAsNull(lstat(path));
  if (!stat?.isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openFolders(join(path, name));
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
      return { kind, bytes: stat.size, executable: (stat.mode & 0o100) !== 0, modifiedMs: stat.mtimeMs };
    },
    async list(path) {
      const names = await absentAsNull(readdir(path));
      return names?.sort() ?? null;
    },
    remove: removeTree,
  };
}
