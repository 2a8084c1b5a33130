import { isObject, parseJson } from "./json.ts";
import { isFolder, isGlob, isSurePath, looksLikePath } from "./named-path.ts";
import { normalisePath } from "./paths.ts";
import type { DeliverableChange } from "./plan.ts";
import { minimumIn, namedIn, wordOfChange } from "./scope-prose.ts";

/** "100+ unit tests" is `{ count: 100, of: "unit tests" }`. */
export interface MinimumCount {
  readonly count: number;
  readonly of: string;
}

/** What the words around a path say of it. */
export interface Wanted {
  readonly change: DeliverableChange;
  /** Names that the file must hold, as the entry has them: `ScopeRefiner` of "with ScopeRefiner class". */
  readonly mustContain: readonly string[];
  readonly minimum?: MinimumCount;
  /** The words themselves, without the path; empty where there were none. */
  readonly prose: string;
}

/** An entry of a list may stand under a heading or a key: `tests`, `docs`. */
export interface ListedEntry {
  readonly section?: string;
  readonly entry: ScopeEntry;
}

/**
 * One entry of a scope, by its shape. `path`s are in git's form: relative, forward slashes, no slash at the end.
 * `prose` names no path that could be judged, whatever else it says; `unreadable` is no entry at all.
 */
export type ScopeEntry =
  | { readonly kind: "path"; readonly path: string }
  | ({ readonly kind: "path-with-prose"; readonly path: string } & Wanted)
  | ({ readonly kind: "directory"; readonly path: string } & Wanted)
  | ({ readonly kind: "glob"; readonly glob: string } & Wanted)
  | { readonly kind: "prose"; readonly text: string }
  | {
      readonly kind: "object";
      readonly target: TargetEntry;
      readonly description?: string;
      readonly acceptance: readonly string[];
      /** Keys that nothing here reads. */
      readonly unread: readonly string[];
    }
  | { readonly kind: "list"; readonly entries: readonly ListedEntry[] }
  | {
      readonly kind: "list-in-string";
      /** What stands before the list. */
      readonly lead: string;
      readonly entries: readonly ListedEntry[];
    }
  | { readonly kind: "unreadable"; readonly why: string };

/** An entry that is no list: what an object can be about. */
export type TargetEntry = Exclude<ScopeEntry, { kind: "object" | "list" | "list-in-string" }>;

const mostDepth = 8;
const longestText = 100_000;
const mostEntries = 10_000;

/** The shape of one entry of `deliverables` or of another list of a scope. Any value is an entry; none is guessed at. */
export function parseScopeEntry(entry: unknown): ScopeEntry {
  return parseAt(entry, 0);
}

function parseAt(entry: unknown, depth: number): ScopeEntry {
  if (depth > mostDepth) return { kind: "unreadable", why: "it is nested too deeply" };
  if (typeof entry === "string") return parseText(entry, depth);
  if (Array.isArray(entry)) return listOf(entry, depth);
  if (isObject(entry)) return parseObject(entry, depth);
  return {
    kind: "unreadable",
    why: entry === null || entry === undefined ? "it is empty" : `it is a ${typeof entry}`,
  };
}

function listOf(items: readonly unknown[], depth: number): ScopeEntry {
  if (items.length > mostEntries)
    return { kind: "unreadable", why: `it lists more than ${mostEntries} entries` };
  return { kind: "list", entries: items.map((item) => ({ entry: parseAt(item, depth + 1) })) };
}

function parseText(raw: string, depth: number): ScopeEntry {
  if (raw.length > longestText)
    return { kind: "unreadable", why: `it has more than ${longestText} characters` };
  const text = raw.trim();
  if (text === "") return { kind: "unreadable", why: "it is empty" };
  const list = parseListInText(text, depth);
  return list ?? parseTarget(text);
}

/** One line of text: a path, a path with words around it, or prose. */
function parseTarget(text: string): TargetEntry {
  const bare = unquoted(text);
  if (looksLikePath(bare)) return withPath(bare, "", "");
  if (isSpacedPath(text)) return withPath(text, "", "");
  const words = text.split(/\s+/);
  const first = unquoted(words[0] ?? "").replace(/:$/, "");
  if (looksLikePath(first)) return withPath(first, "", text.slice((words[0] ?? "").length).trim());
  const second = unquoted(words[1] ?? "").replace(/:$/, "");
  const lead = words[0] ?? "";
  if (wordOfChange(lead) !== null && looksLikePath(second))
    return withPath(second, lead, words.slice(2).join(" "));
  // "Documentation in docs/x.md": words that only say where the path is, and nothing after it.
  const last = unquoted(words.at(-1) ?? "");
  const leads = words.slice(0, -1).join(" ");
  if (/^[\p{L} ]{1,60} (?:in|at|to|under)$/u.test(leads) && isSurePath(last))
    return withPath(last, leads, "");
  return { kind: "prose", text };
}

function withPath(word: string, before: string, after: string): TargetEntry {
  const path = normalisePath(word);
  if (!path.ok) return { kind: "prose", text: `${before} ${word} ${after}`.trim() };
  const minimum = minimumIn(after);
  const wanted: Wanted = {
    change: wordOfChange(before) ?? changeAfter(after) ?? "any",
    mustContain: namedIn(after, path.value),
    ...(minimum === null ? {} : { minimum }),
    prose: `${before} ${after}`.trim(),
  };
  if (isGlob(word)) return { kind: "glob", glob: path.value, ...wanted };
  if (isFolder(word)) return { kind: "directory", path: path.value, ...wanted };
  if (wanted.prose === "") return { kind: "path", path: path.value };
  return { kind: "path-with-prose", path: path.value, ...wanted };
}

/** "modifications (…)", "(updated)", "- new": the word of change is the first one after the path. */
function changeAfter(after: string): DeliverableChange | null {
  const word = /^[\s(:–—-]*([A-Za-z]+)/.exec(after)?.[1];
  return word === undefined ? null : wordOfChange(word);
}

/** `docs/User guide.md`; a first word that is a file by itself has words after it instead. */
const isSpacedPath = (text: string): boolean =>
  /^[^\s/]+\/[^\n]*\.[A-Za-z0-9]{1,12}$/.test(text) &&
  !isSurePath(text.split(/\s/, 1)[0] ?? "") &&
  !/[,;:()]|\s(?:and|or|with|for|in|to|of|the|must|should)\s/i.test(text) &&
  normalisePath(text).ok;

const unquoted = (text: string): string => /^(["'`])([^"'`]*)\1$/.exec(text)?.[2] ?? text;

const pathKeys = ["path", "file", "file_path", "filename", "location", "deliverable"];
const wordKeys = ["description", "desc", "details", "purpose"];
const testKeys = ["acceptance", "acceptance_criteria", "criteria"];
const changeKeys = ["change", "action", "operation"];
const holdKeys = ["must_contain", "mustContain", "contains"];

function parseObject(entry: Readonly<Record<string, unknown>>, depth: number): ScopeEntry {
  const key = pathKeys.find((name) => typeof entry[name] === "string");
  if (key === undefined) return parseSections(entry, depth);
  const read = (names: readonly string[]) => names.filter((name) => typeof entry[name] === "string");
  const description = read(wordKeys).map((name) => String(entry[name]).trim())[0];
  const lists = testKeys.filter((name) => typeof entry[name] === "string" || Array.isArray(entry[name]));
  const change = read(changeKeys)
    .map((name) => wordOfChange(String(entry[name])))
    .find((word) => word !== null);
  const holds = holdKeys.flatMap((name) => textsOf(entry[name]));
  const known = new Set([
    key,
    ...read(wordKeys),
    ...lists,
    ...(change === undefined ? [] : changeKeys),
    ...holdKeys,
  ]);
  const target = parseText(String(entry[key]), mostDepth);
  return {
    kind: "object",
    target: isTarget(target) ? wanting(target, change, holds) : { kind: "prose", text: String(entry[key]) },
    ...(description === undefined || description === "" ? {} : { description }),
    acceptance: lists.flatMap((name) => textsOf(entry[name])),
    unread: Object.keys(entry).filter((name) => !known.has(name)),
  };
}

const isTarget = (entry: ScopeEntry): entry is TargetEntry =>
  entry.kind !== "object" && entry.kind !== "list" && entry.kind !== "list-in-string";

/** A target with what the object around it asks for besides. */
function wanting(
  target: TargetEntry,
  change: DeliverableChange | undefined,
  holds: readonly string[],
): TargetEntry {
  if (target.kind === "prose" || target.kind === "unreadable" || (change === undefined && holds.length === 0))
    return target;
  if (target.kind === "path")
    return {
      kind: "path-with-prose",
      path: target.path,
      change: change ?? "any",
      mustContain: holds,
      prose: "",
    };
  return { ...target, change: change ?? target.change, mustContain: [...target.mustContain, ...holds] };
}

/** `{ code: […], tests: […] }`: a list, cut into sections. */
function parseSections(entry: Readonly<Record<string, unknown>>, depth: number): ScopeEntry {
  const sections = Object.entries(entry);
  if (sections.length === 0) return { kind: "unreadable", why: "it is empty" };
  if (!sections.some(([, value]) => Array.isArray(value) || isObject(value) || typeof value === "string"))
    return { kind: "unreadable", why: `it names no path, only ${sections.map(([key]) => key).join(", ")}` };
  const entries = sections.flatMap(([section, value]) =>
    (Array.isArray(value) ? value : [value]).map((item: unknown) => ({
      section,
      entry: parseAt(item, depth + 1),
    })),
  );
  if (entries.length > mostEntries)
    return { kind: "unreadable", why: `it lists more than ${mostEntries} entries` };
  return { kind: "list", entries };
}

/** "- a\n- b" with or without markers: each line without them; a text of one line is itself. */
function textsOf(value: unknown): string[] {
  const texts = Array.isArray(value) ? value : [value];
  return texts
    .filter((text) => typeof text === "string")
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(marker, "").trim())
    .filter((line) => line !== "")
    .slice(0, mostEntries);
}

const marker = /^\s*(?:[-*+•]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?/;

function parseListInText(text: string, depth: number): ScopeEntry | null {
  if (depth >= mostDepth) return null;
  if (/^\[[\s\S]*\]$/.test(text)) {
    const items = parseJson(text);
    if (Array.isArray(items)) {
      const list = listOf(items, depth);
      return list.kind === "list" ? { kind: "list-in-string", lead: "", entries: list.entries } : list;
    }
  }
  if (!text.includes("\n")) {
    const parts = text.split(/\s*[,;]\s*/).filter((part) => part !== "");
    if (parts.length < 2 || !parts.every((part) => looksLikePath(unquoted(part)))) return null;
    return {
      kind: "list-in-string",
      lead: "",
      entries: parts.slice(0, mostEntries).map((part) => ({ entry: parseTarget(part) })),
    };
  }
  return parseLines(text.split(/\r?\n/));
}

/**
 * A list over several lines. Where a heading says "deliverables", what stands before it is the lead; elsewhere the
 * lead is everything before the first marked line or path.
 */
function parseLines(lines: readonly string[]): ScopeEntry | null {
  const heading = lines.findIndex((line) => /^[\s#*_]*deliverables[\s:*_]*$/i.test(line));
  const isItem = (line: string) => marker.test(line) || looksLikePath(unquoted(line.trim()));
  const from = heading === -1 ? lines.findIndex(isItem) : heading + 1;
  if (from === -1) return null;
  const entries: ListedEntry[] = [];
  let section: string | undefined;
  for (const line of lines.slice(from)) {
    const title = /^[\s#*_]*([\p{L}][\p{L}\p{N} /_-]{0,60}):[\s*_]*$/u.exec(line)?.[1];
    if (title !== undefined) section = title.trim().toLowerCase();
    else if (isItem(line)) {
      const entry = parseTarget(line.replace(marker, "").trim());
      entries.push({ ...(section === undefined ? {} : { section }), entry });
    }
    if (entries.length > mostEntries)
      return { kind: "unreadable", why: `it lists more than ${mostEntries} entries` };
  }
  // A description with bullets is no list of deliverables unless something in it is a path.
  if (!entries.some(({ entry }) => entry.kind !== "prose" && entry.kind !== "unreadable")) return null;
  const lead = lines.slice(0, heading === -1 ? from : heading);
  return { kind: "list-in-string", lead: lead.join("\n").trim(), entries };
}
