import { isFolder, isSurePath, looksLikePath } from "../../domain/named-path.ts";
import { normalisePath } from "../../domain/paths.ts";
import { trimEndOf } from "./markdown-tasks.ts";
import type { SourceDeliverable } from "./source-plan.ts";

/** The files that a text about a task names. */
export interface NamedFiles {
  readonly deliverables: readonly SourceDeliverable[];
  /** Files that the text only points to. */
  readonly read: readonly string[];
  /** Folders and patterns, as they stand. */
  readonly folders: readonly string[];
}

/** Files that lie in a repository's root and are named without a folder. */
const rootFiles =
  /^(?:README|CHANGELOG|CONTRIBUTING|SECURITY|AGENTS|CLAUDE|LICENSE)\.(?:md|txt|rst)$|^(?:package|tsconfig|deno|composer|biome|vercel)\.json$|^(?:pyproject|Cargo)\.toml$|^(?:go\.mod|setup\.py|setup\.cfg|requirements\.txt|Dockerfile|docker-compose\.ya?ml|Makefile|Gemfile|Justfile|\.gitignore|\.dockerignore|\.editorconfig|\.env\.example)$/;

const longestText = 200_000;
const longestWord = 500;
const mostFiles = 500;

/** Words before a path that make it something to look at, not something to deliver. */
const pointing =
  /\b(?:from|per|see|using|uses?|reusing|reuses?|like|following|follows?|matching|matches|against|than|references?|referencing|based on|according to|(?:defined|described|documented|specified|listed|shown|explained|existed|exists|lives) in|as in|similar to|mirror(?:s|ing)?|depends on|imports?|consults?|reads?|study|spec|specs|design)[:\s]+(?:the |existing |in )*[`"'([*_]*$/i;
/** "Remove X from PATH", "split X from PATH": the words point, and the file is changed all the same. */
const taking =
  /\b(?:remov|delet|extract|mov|drop|strip|split|migrat|(?:re-?)?export|expos|call|invok|emit|register)(?:e|es|ing|s|ting|ping|ed|d)?\b[^.]*\bfrom\s+[`"'([*_]*$/i;
const forbidding = /\b(?:not|never|without|don't|avoid)\s+(?:\w+\s+){0,2}[`"'([*_]*$/i;
const deleting = /\b(?:delet|remov)(?:e|es|ing)\s+(?:the |file |old )*[`"'([*_]*$/i;

/**
 * Files of the repository that a text names: with a folder before them and an ending, or known to lie in the root.
 * Prose, addresses, routes, placeholders and code are no files.
 */
export function namedFiles(text: string): NamedFiles {
  const deliverables = new Map<string, SourceDeliverable>();
  const read = new Set<string>();
  const folders = new Set<string>();
  for (const line of plainLines(text.slice(0, longestText))) {
    for (const { word, before } of wordsOf(line)) {
      if (deliverables.size + read.size + folders.size >= mostFiles) break;
      const path = fileOf(word);
      if (path === null) {
        if (isFolderName(word)) folders.add(word);
      } else if ((pointing.test(before) && !taking.test(before)) || forbidding.test(before)) read.add(path);
      else if (deleting.test(before)) deliverables.set(path, { path, change: "delete" });
      else if (!deliverables.has(path)) deliverables.set(path, { path });
    }
  }
  return {
    deliverables: [...deliverables.values()],
    read: [...read].filter((path) => !deliverables.has(path)),
    folders: [...folders],
  };
}

/** The lines outside of code blocks, without addresses, links laid open, and `NAME in FOLDER/` drawn together. */
function plainLines(text: string): string[] {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s*(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark : fence === mark ? null : fence;
    else if (fence === null)
      lines.push(
        line
          .slice(0, 5000)
          .replaceAll(/\[([^[\]]{0,300})\]\(([^()\s]{1,400})\)/g, "$1 $2")
          .replaceAll(/\b[a-z][a-z+.-]{1,20}:\/\/\S+/gi, " ")
          .replaceAll(/`([\w.-]{1,200}\.\w{1,12})` in `([\w./-]{1,300}\/)`/g, "`$2$1`"),
      );
  }
  return lines;
}

function* wordsOf(line: string): Iterable<{ readonly word: string; readonly before: string }> {
  for (const found of line.matchAll(/`([^`]{1,400})`|[^\s`]+/g)) {
    const [whole, ticked] = found;
    const raw = ticked ?? whole;
    if (raw.length > longestWord) continue;
    const word = trimEndOf(raw.replace(/^[("'<*_]+(?=[\w./@[])/, ""), ")\"'>*_.,;:!?").replace(
      /:\d+(?:[-,:]\d+)*$/,
      "",
    );
    yield { word, before: line.slice(Math.max(0, found.index - 80), found.index) };
  }
}

/** The path in git's form; null for what is no file of the repository for sure. */
function fileOf(word: string): string | null {
  if (!isSurePath(word) && !rootFiles.test(word)) return null;
  const path = normalisePath(word);
  return path.ok ? path.value : null;
}

const isFolderName = (word: string): boolean =>
  (isFolder(word) || (word.includes("*") && word.includes("/"))) &&
  looksLikePath(word) &&
  /[A-Za-z]/.test(word);
