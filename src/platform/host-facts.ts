import { stat, statfs } from "node:fs/promises";
import { release } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { findProgram } from "./program.ts";

/** What can be told of the machine without running anything. Nothing of it throws; what cannot be read is null. */
export interface HostFacts {
  /** What differs once a program was installed or removed, or another kernel runs. */
  machine(): Promise<unknown>;
  /** How much room the folders have, by powers of two. */
  space(): Promise<unknown>;
  /** What differs once a file or program that a command names was changed: of words that name none, nothing. */
  stamps(words: readonly string[]): Promise<unknown>;
}

interface HostOptions {
  readonly path: string;
  readonly home: string;
  /** Where runs write. */
  readonly folders: readonly string[];
}

/** More words than any command has that names its files one by one. */
const mostWords = 100;

export function createHostFacts({ path, home, folders }: HostOptions): HostFacts {
  return {
    async machine() {
      const programs = path.split(delimiter).map(async (folder) => [folder, await changedMs(folder)]);
      return { kernel: release(), programs: await Promise.all(programs) };
    },
    space: () => Promise.all(folders.map(roomOf)),
    async stamps(words) {
      const stamps: unknown[] = [];
      for (const word of [...new Set(words)].slice(0, mostWords)) {
        const file = word.startsWith("~/") ? join(home, word.slice(2)) : await fileOf(word, path);
        if (file !== null) stamps.push([file, await stampOf(file)]);
      }
      return stamps;
    },
  };
}

/** Relative paths lead into a workspace, which is none of the machine's. */
async function fileOf(word: string, path: string): Promise<string | null> {
  if (isAbsolute(word)) return word;
  return word.includes("/") ? null : findProgram(word, path, "/");
}

async function stampOf(file: string): Promise<readonly number[] | null> {
  try {
    const found = await stat(file);
    return [found.size, found.mtimeMs];
  } catch {
    // Missing, or not ours to see: the same until that changes.
    return null;
  }
}

async function changedMs(folder: string): Promise<number | null> {
  return (await stampOf(folder))?.[1] ?? null;
}

/** Of a folder that is not there yet, the one above it counts. */
async function roomOf(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.floor(Math.log2(bavail * bsize + 1));
  } catch {
    // Not made yet, or no file system that tells.
    return dirname(folder) === folder ? null : roomOf(dirname(folder));
  }
}
