import { createHash } from "node:crypto";
import { type Dirent, lstatSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { readPlainFile } from "./plain-file.ts";

/** What was written in a folder since the last look. */
export interface TreeLook {
  /** Anything was, or the folder has more entries than are looked at, so that it cannot be told. */
  readonly touched: boolean;
  /** A file was for which `isEdit` holds. */
  readonly edited: boolean;
  /** Identity of the contents of all such files that differ from the first look; null where they are too many. */
  readonly contents: string | null;
}

export interface TreeWatchOptions {
  /** Of a path relative to the root. */
  readonly isEdit: (path: string) => boolean;
  /** Most files and folders that are looked at. */
  readonly entries: number;
}

/** Larger files, and more files than this, are told apart by when they were written. */
const mostHashedBytes = 1_000_000;
const mostHashedFiles = 200;
/** Looking is given up to others after so many entries. */
const entriesAtOnce = 500;

/** Never part of a change, and large. */
const passedOver: ReadonlySet<string> = new Set([".git", "node_modules"]);

type Seen = ReadonlyMap<string, string>;

/**
 * Looks at a folder again and again, cheaply: the metadata of every entry, and the contents of the few files that
 * changed. The folder is hostile: links are not followed, nothing but plain files is opened, nothing waits, and
 * the work of a look is bounded. The first look is what later ones are compared with.
 */
export function watchTree(root: string, options: TreeWatchOptions): { look(): Promise<TreeLook> } {
  let first: Seen | undefined;
  let last: Seen | null = null;
  const hashes = new Map<string, { readonly stamp: string; readonly hash: string }>();
  return {
    async look() {
      const seen = await readStamps(root, options.entries);
      const before = last;
      last = seen;
      if (seen === null) return { touched: true, edited: true, contents: null };
      first ??= seen;
      const touched = before === null ? [...seen.keys()] : differing(before, seen);
      const changed = differing(first, seen).filter(options.isEdit);
      return {
        touched: touched.length > 0,
        edited: touched.some(options.isEdit),
        contents: changed.length > mostHashedFiles ? null : await identify(root, changed, seen, hashes),
      };
    },
  };
}

function differing(before: Seen, after: Seen): string[] {
  const paths: string[] = [];
  for (const [path, stamp] of after) if (before.get(path) !== stamp) paths.push(path);
  for (const path of before.keys()) if (!after.has(path)) paths.push(path);
  return paths;
}

/** When each entry was last written, by path; null where there are more than `most`. */
async function readStamps(root: string, most: number): Promise<Seen | null> {
  const stamps = new Map<string, string>();
  const folders = [""];
  let looked = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for await (const entry of entriesOf(join(root, folder))) {
      if (passedOver.has(entry.name)) continue;
      if (++looked > most) return null;
      if (looked % entriesAtOnce === 0) await new Promise(setImmediate);
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else stamps.set(path, stampOf(join(root, path)));
    }
  return stamps;
}

/** None where the folder is gone or closed by now. */
async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    for await (const entry of await opendir(path, { bufferSize: 256 })) yield entry;
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function stampOf(path: string): string {
  try {
    // The time of the last change of its metadata cannot be set back by whoever wrote it.
    const { ctimeMs, size, ino } = lstatSync(path);
    return `${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return "gone";
  }
}

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && "syscall" in error;

async function identify(
  root: string,
  changed: readonly string[],
  seen: Seen,
  hashes: Map<string, { readonly stamp: string; readonly hash: string }>,
): Promise<string> {
  const whole = createHash("sha256");
  for (const path of changed.toSorted()) {
    const stamp = seen.get(path) ?? "gone";
    const known = hashes.get(path);
    const hash = known?.stamp === stamp ? known.hash : await hashOf(join(root, path), stamp);
    hashes.set(path, { stamp, hash });
    whole.update(`${JSON.stringify(path)} ${hash}\n`);
  }
  for (const path of hashes.keys()) if (!changed.includes(path)) hashes.delete(path);
  return whole.digest("hex");
}

async function hashOf(path: string, stamp: string): Promise<string> {
  if (stamp === "gone") return stamp;
  try {
    const file = await readPlainFile(path, mostHashedBytes);
    if (!file.ok) return stamp;
    return file.value === null ? "gone" : createHash("sha256").update(file.value).digest("hex");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return stamp;
  }
}
