import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, realpath, rename, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Files } from "./ports.ts";
import { systemFault } from "./system-fault.ts";
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

async function faultAs<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw systemFault(error, what) ?? error;
  }
}

/** Opened without waiting: a FIFO that nobody writes to would hold a plain open for ever. */
async function readRegular(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw isOpenOfOther(error) ? notReadable(path, "it is a socket or a device, and no file") : error;
  });
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw notReadable(path, "it is a folder");
    if (!stat.isFile()) throw notReadable(path, "it is a FIFO or a device, and no file");
    if (stat.size > maxBytes)
      throw notReadable(path, `it has ${stat.size} bytes, and ${maxBytes} is the most that is read`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

const isOpenOfOther = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENXIO" || error.code === "ENODEV");

const notReadable = (path: string, why: string): AppError =>
  new AppError({
    code: "not-readable",
    message: `${path} cannot be read: ${why}`,
    action: "Put a regular file there.",
    exitCode: exitCodes.environment,
  });

async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, data, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await absentAsNull(unlink(temporary));
    throw error;
  }
}

/**
 * Folders that a child made unreadable or read-only are opened up first: what is ours must be removable. Of a tree
 * that is deeper than a path can be long, or in which something is another user's, `rm` takes all that can go. In one
 * call: for the thousands of small ones that it would be otherwise, this process is busy five times as long.
 */
async function removeTree(path: string): Promise<void> {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
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
    read: (path, maxBytes = Number.POSITIVE_INFINITY) =>
      faultAs(`${path} cannot be read`, absentAsNull(readRegular(path, maxBytes))),
    write: (path, data) => faultAs(`${path} cannot be written`, writeWhole(path, data)),
    async stat(path) {
      const stat = await faultAs(`${path} cannot be looked at`, absentAsNull(lstat(path)));
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
        modifiedMs: stat.mtimeMs,
      };
    },
    async list(path) {
      const names = await faultAs(`${path} cannot be listed`, absentAsNull(readdir(path)));
      return names?.sort() ?? null;
    },
    remove: (path) => faultAs(`${path} cannot be removed`, removeTree(path)),
  };
}
