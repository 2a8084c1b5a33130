import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod, lstat, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Files } from "./ports.ts";
import { systemFault } from "./system-fault.ts";
import { isRefusal } from "./unreadable.ts";

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

function absentNow<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

async function absentAsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

async function faultAs<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFault(error, what) ?? error;
  }
}

// Single files are read and written at once: to have a thread do it takes many times as long as it does.

/** Opened without waiting: a FIFO that nobody writes to would hold a plain open for ever. */
function readRegular(path: string, maxBytes: number): Buffer {
  const file = openRegular(path);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw notReadable(path, "it is a folder");
    if (!stat.isFile()) throw notReadable(path, "it is a FIFO or a device, and no file");
    if (stat.size > maxBytes)
      throw notReadable(path, `it has ${stat.size} bytes, and ${maxBytes} is the most that is read`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openRegular(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw isOpenOfOther(error) ? notReadable(path, "it is a socket or a device, and no file") : error;
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

function writeWhole(path: string, data: string | Uint8Array): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(temporary, data, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    absentNow(() => unlinkSync(temporary));
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
      faultAs(`${path} cannot be read`, () => absentNow(() => readRegular(path, maxBytes))),
    write: (path, data) => faultAs(`${path} cannot be written`, () => writeWhole(path, data)),
    async stat(path) {
      const stat = await faultAs(`${path} cannot be looked at`, () => absentNow(() => lstatSync(path)));
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
      const names = await faultAs(`${path} cannot be listed`, () => absentNow(() => readdirSync(path)));
      return names?.sort() ?? null;
    },
    remove: (path) => faultAs(`${path} cannot be removed`, () => removeTree(path)),
  };
}
