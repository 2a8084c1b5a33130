import { isTestPath } from "../../domain/paths.ts";
import { languageOf } from "../../domain/source-text.ts";
import type { TreeEntry } from "../../platform/history.ts";
import type { Contents } from "./contents.ts";
import { stemOf } from "./named.ts";

/** Names to be looked for in code that is no test. */
export interface Sought {
  readonly identifiers: ReadonlySet<string>;
  /** Of files, as imports name them. */
  readonly stems: ReadonlySet<string>;
}

export interface Usage {
  /** Whether code that is no test uses one of `identifiers`, or imports the file; null: it was not looked for. */
  isUsed(path: string, identifiers: readonly string[]): boolean | null;
}

/** Files kept for each name: one may be the file itself. */
const mostUsers = 3;
const importLine =
  /^[^\n]*\b(?:import|from|require|require_once|include|use|using|load|source|mod)\b[^\n]*$/gm;
/** Read at a time: git answers while the last answers are looked through. */
const atOnce = 32;

/** One look through all code of a tree. Where there is more of it than `treeBytes`, none is looked through. */
export async function readUsage(
  tree: Iterable<TreeEntry>,
  contents: Contents,
  sought: Sought,
  treeBytes: number,
): Promise<Usage> {
  const users = { identifiers: new Map<string, string[]>(), stems: new Map<string, string[]>() };
  const files = [...tree].filter(
    ({ path, mode }) => mode.startsWith("100") && isCode(path) && !isTestPath(path),
  );
  let [read, isComplete] = [0, true];
  const isIdle = sought.identifiers.size === 0 && sought.stems.size === 0;
  for (let at = 0; at < files.length && !isIdle && isComplete; at += atOnce) {
    const some = files.slice(at, at + atOnce);
    const texts = await Promise.all(some.map((file) => contents.text(file)));
    for (const [index, text] of texts.entries()) {
      const path = some[index]?.path ?? "";
      if (text === null) continue;
      read += text.code.length;
      note(users.identifiers, sought.identifiers, text.code, path);
      for (const [line] of text.code.matchAll(importLine)) note(users.stems, sought.stems, line, path);
    }
    isComplete = read <= treeBytes;
  }
  const isElsewhere = (known: readonly string[] | undefined, path: string) =>
    known?.some((user) => user !== path) === true;
  return {
    isUsed(path, identifiers) {
      if (!isComplete || !isCode(path) || isTestPath(path)) return null;
      return (
        isElsewhere(users.stems.get(stemOf(path)), path) ||
        identifiers.some((name) => isElsewhere(users.identifiers.get(name), path))
      );
    },
  };
}

function note(users: Map<string, string[]>, sought: ReadonlySet<string>, text: string, path: string): void {
  for (const [word] of text.matchAll(/[\w$-]+/g)) {
    if (sought.has(word)) add(users, word, path);
    if (word.includes("-")) for (const part of word.split("-")) if (sought.has(part)) add(users, part, path);
  }
}

function add(users: Map<string, string[]>, word: string, path: string): void {
  const known = users.get(word);
  if (!known) users.set(word, [path]);
  else if (known.length < mostUsers && known.at(-1) !== path) known.push(path);
}

export function isCode(path: string): boolean {
  const language = languageOf(path);
  return language !== "prose" && language !== "none";
}
