import type { TamperFile } from "./model.ts";

/** A file as it was and as it is. A file that moved is one pair. */
export interface FilePair {
  /** The new path; the old one where the file is gone. */
  readonly path: string;
  readonly oldText: string | null;
  readonly newText: string | null;
  readonly oldPath: string | null;
  readonly newPath: string | null;
  readonly wasTest: boolean;
  readonly isTest: boolean;
}

/** How many files that went are compared with those that came. More are paired only where they are the same. */
const maxCompared = 150;
/** Share of lines that two files must have in common to be one that moved. */
const alike = 0.5;

const extension = (path: string): string => /\.[^./]*$/.exec(path)?.[0] ?? "";

/** The share of what two lists have in common, by Dice: 1 where they hold the same, in any order. */
export function likeness(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const counts = new Map<string, number>();
  for (const item of a) counts.set(item, (counts.get(item) ?? 0) + 1);
  let common = 0;
  for (const item of b) {
    const left = counts.get(item) ?? 0;
    if (left === 0) continue;
    common++;
    counts.set(item, left - 1);
  }
  return (2 * common) / (a.length + b.length);
}

const linesOf = (text: string): string[] =>
  text
    .slice(0, 200_000)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length > 3);

/** Pairs what went with what came where the texts are alike; all others stand for themselves. */
export function pairFiles(files: readonly TamperFile[]): FilePair[] {
  const pairs: FilePair[] = [];
  const gone: TamperFile[] = [];
  const come = new Set<TamperFile>();
  for (const file of files) {
    if (file.newText === null && file.oldText !== null) gone.push(file);
    else if (file.oldText === null) come.add(file);
    else pairs.push(asPair(file, file));
  }
  const moved = new Map<TamperFile, TamperFile>();
  const pair = (from: TamperFile, to: TamperFile) => {
    moved.set(from, to);
    come.delete(to);
  };
  for (const from of gone) {
    const same = from.oldText === "" ? undefined : [...come].find(({ newText }) => newText === from.oldText);
    if (same) pair(from, same);
  }
  const rest = gone.filter((from) => !moved.has(from)).slice(0, maxCompared);
  const candidates = [...come]
    .slice(0, maxCompared)
    .map((file) => ({ file, lines: linesOf(file.newText ?? "") }));
  for (const from of rest) {
    const lines = linesOf(from.oldText ?? "");
    const best = candidates
      .filter(({ file }) => come.has(file) && extension(file.path) === extension(from.path))
      .map(({ file, lines: other }) => ({ file, score: likeness(lines, other) }))
      .sort((a, b) => b.score - a.score)[0];
    if (best && best.score >= alike) pair(from, best.file);
  }
  for (const from of gone) pairs.push(asPair(from, moved.get(from) ?? null));
  for (const to of come) pairs.push(asPair(null, to));
  return pairs.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function asPair(from: TamperFile | null, to: TamperFile | null): FilePair {
  const oldPath = from ? (from.oldPath ?? from.path) : null;
  return {
    path: to?.path ?? oldPath ?? "",
    oldPath,
    newPath: to?.path ?? null,
    oldText: from?.oldText ?? null,
    newText: to?.newText ?? null,
    wasTest: from?.isTest ?? false,
    isTest: to?.isTest ?? false,
  };
}
