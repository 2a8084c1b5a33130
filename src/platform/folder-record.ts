import { chmodSync, constants, copyFile, lstatSync } from "node:fs";
import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../domain/result.ts";

const kinds = ["directory", "file", "symlink"] as const;

/**
 * What stands at one path below a folder: path, kind, mode as it was before it became read-only, bytes, and the
 * stamp that any later write, rename, link or change of mode alters (inode and change time).
 */
export const pathRecord = z.tuple([z.string(), z.enum(kinds), z.int(), z.int(), z.string()]);
export type PathRecord = z.infer<typeof pathRecord>;

/** How many copies are under way at once; the thread pool does the work. */
const concurrency = 16;

/** Why a folder cannot be recorded, as words. */
export type RecordRefusal = string;

/** What the walk saw of a path, before anything was changed. */
export interface Seen {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly kind: (typeof kinds)[number];
  readonly mode: number;
}

/**
 * Every path below `root`, a folder before what it holds. Refused is what a copy elsewhere would not be the same
 * as: devices and sockets, links to absolute paths, and links that lead out of `root`.
 */
export async function walkFolder(root: string): Promise<Result<Seen[], RecordRefusal>> {
  const seen: Seen[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isDirectory()
        ? "directory"
        : entry.isFile()
          ? "file"
          : entry.isSymbolicLink()
            ? "symlink"
            : null;
      if (kind === null) return err(`${path} is no file, folder or link`);
      if (kind === "symlink") {
        const target = await readlink(join(root, path));
        if (leadsOut(folder, target)) return err(`the link ${path} leads out of the workspace, to ${target}`);
      }
      seen.push({ path, kind, mode: lstatSync(join(root, path)).mode & 0o777 });
      if (kind === "directory") folders.push(path);
    }
  }
  return ok(seen);
}

function leadsOut(folder: string, target: string): boolean {
  if (target.startsWith("/")) return true;
  let depth = folder === "" ? 0 : folder.split("/").length;
  for (const segment of target.split("/")) {
    if (segment === "..") depth -= 1;
    else if (segment !== "" && segment !== ".") depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/**
 * Takes the right to write from every file that was seen, and records all of it as it is from then on. Folders stay
 * as they are, so that people can remove them; what changes in one shows in its stamp.
 */
export async function sealFolder(root: string, seen: readonly Seen[]): Promise<PathRecord[]> {
  for (const { path, kind, mode } of seen) if (kind === "file") chmodSync(join(root, path), mode & 0o555);
  return seen.map(({ path, kind, mode }) => {
    const stat = lstatSync(join(root, path), { bigint: true });
    return [path, kind, mode, kind === "file" ? Number(stat.size) : 0, `${stat.ino}.${stat.ctimeNs}`];
  });
}

/**
 * Copies what was recorded below `root` to `to`, sharing blocks where the file system can, never inodes. Each
 * path is compared with its record after it was copied; the first that differs ends it, and what was copied by
 * then is the caller's to remove.
 */
export async function copyRecorded(
  root: string,
  records: readonly PathRecord[],
  to: string,
): Promise<Result<void, string>> {
  let differs: string | undefined;
  const check = ([path, kind, , bytes, stamp]: PathRecord) => {
    const stat = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
    const same =
      stat !== undefined &&
      `${stat.ino}.${stat.ctimeNs}` === stamp &&
      (kind !== "file" || Number(stat.size) === bytes);
    if (!same) differs ??= path;
  };
  for (const [path, kind, mode] of records)
    if (kind === "directory") await mkdir(join(to, path), { mode: mode | 0o700 });
  await inParallel(
    records.filter(([, kind]) => kind !== "directory"),
    async (record) => {
      if (differs !== undefined) return;
      const [path, kind, mode] = record;
      if (kind === "symlink") await symlink(await readlink(join(root, path)), join(to, path));
      else {
        await copyOne(join(root, path), join(to, path));
        chmodSync(join(to, path), mode);
      }
      check(record);
    },
  );
  // Last: what was added to or taken from a folder shows in the folder.
  for (const record of records) if (record[1] === "directory") check(record);
  return differs === undefined ? ok(undefined) : err(`${differs} is not as it was recorded`);
}

/** Of a thousand small files the promise version of it takes twice as long. */
const copyOne = (from: string, to: string) =>
  new Promise<void>((resolve, reject) =>
    copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE, (error) =>
      error ? reject(error) : resolve(),
    ),
  );

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
