import { join } from "node:path";
import type { Argv } from "../../domain/plan.ts";
import type { Files } from "../../platform/ports.ts";

export interface DetectedCheck {
  readonly name: string;
  /** Run by `sh -c`. */
  readonly run: string;
  /** Where it leaves its report of tests, relative to the repository's root. */
  readonly report?: string;
  /** Where it leaves its report of coverage, likewise. */
  readonly coverage?: string;
  /**
   * Runs one test again, where the runner takes names as they are; else its file, and the report tells the test
   * apart. Words may be `{file}`, `{name}` or `{id}`. The report is where that of `run` is.
   */
  readonly rerun?: Argv;
}

/** Checks of tests have these names. */
export const isTestCheck = (name: string): boolean => /^tests?(-|$)/.test(name);

/** What one toolchain of a folder shows. Paths and commands are as seen from that folder. */
export interface Part {
  readonly name: string;
  /** The file that gave it away. */
  readonly because: string;
  /** Commands, run by `sh -c`. */
  readonly setup: readonly string[];
  readonly checks: readonly DetectedCheck[];
  /** What a person should know of it, as sentences. They hold no text of the repository's own. */
  readonly notes?: readonly string[];
}

export interface Folder {
  readonly names: ReadonlySet<string>;
  /** The text of a file; empty when there is none. */
  read(name: string): Promise<string>;
  list(name: string): Promise<string[]>;
}

export const openFolder = async (files: Files, root: string): Promise<Folder> => ({
  names: new Set((await files.list(root)) ?? []),
  read: async (name) => (await files.read(join(root, name)))?.toString("utf8") ?? "",
  list: async (name) => (await files.list(join(root, name))) ?? [],
});

/** Names that need no quoting in a command; folders of packages and hidden ones hold no part of the repository. */
export const plainFolder = /^(?!node_modules$|vendor$)\w[\w-]*$/;

/** The first of `names` that is in the folder and whose text the pattern matches. */
export async function findSetting(
  { names, read }: Folder,
  settings: readonly (readonly [name: string, pattern: RegExp])[],
): Promise<string | null> {
  for (const [name, pattern] of settings) {
    if (names.has(name) && pattern.test(await read(name))) return name;
  }
  return null;
}
