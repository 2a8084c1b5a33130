import { isObject } from "../../domain/json.ts";
import { parseScope } from "../../domain/scope.ts";
import type { ScopeEntry, TargetEntry, Wanted } from "../../domain/scope-entry.ts";
import { assessGlob, globOfPath } from "../deliverable-path.ts";
import { quote } from "../wording.ts";
import { unreadFields } from "./json-source.ts";
import type { SourceDeliverable, SourceNote } from "./source-plan.ts";
import { criteriaInWords, listed, noEquivalent, unread } from "./task-text.ts";

/** What a recorded scope gives a phase. */
export interface ReadScope {
  readonly deliverables: SourceDeliverable[];
  /** Undefined where the scope says nothing of it. */
  readonly write: string[] | undefined;
  readonly read: string[];
  readonly description: string[];
  readonly notes: SourceNote[];
}

type Where = Pick<SourceNote, "task" | "line">;

/** Fields whose text belongs to the orders of a builder. */
const told = [
  "goal",
  "description",
  "goals",
  "features",
  "success_criteria",
  "validation",
  "constraints",
  "acceptance_criteria",
  "test_plan",
  "notes",
];
const efforts = ["estimated_effort"];

/** The deliverables, write scope and words of a recorded scope, with a note of what no plan can hold. */
export function readScope(
  scope: unknown,
  holder: { readonly runId: string; readonly phaseId: string },
  where: Where,
): ReadScope {
  const parsed = parseScope(scope, holder);
  const notes: SourceNote[] = [];
  const deliverables: SourceDeliverable[] = [];
  const words: string[] = [];
  const folders: string[] = [];
  if (parsed.unreadable !== undefined)
    notes.push({ kind: "left-out", message: `its scope cannot be read: ${parsed.unreadable}`, ...where });
  for (const { field, named, holder: own } of parsed.contradictions)
    if (own !== "")
      notes.push({
        kind: "contradiction",
        message: `its scope was written for ${field} ${quote(named)}`,
        ...where,
      });
  for (const { entry } of parsed.deliverables)
    takeEntry(entry, { deliverables, words, folders, notes, where });
  const globs = (entries: readonly ScopeEntry[], what: string) =>
    entries.flatMap((entry) => {
      const found = globsOf(entry);
      if (found.length === 0)
        notes.push({ kind: "prose-deliverable", message: `an entry of its ${what} is no path`, ...where });
      return found;
    });
  const write = [...globs(parsed.write, "write scope"), ...(parsed.write.length > 0 ? folders : [])];
  const read = globs(parsed.read, "read scope");
  if (parsed.protect.length > 0)
    notes.push(
      noEquivalent("field", "protecting paths for one phase alone (`policy.protect` holds for all)", where),
    );
  const rest = parsed.rest;
  for (const key of efforts) if (rest[key] !== undefined) notes.push(noEquivalent("time", quote(key), where));
  notes.push(...unread(unreadFields(rest, new Set([...told, ...efforts])), where));
  if (
    ["acceptance_criteria", "success_criteria", "validation", "test_plan"].some(
      (key) => rest[key] !== undefined,
    )
  )
    notes.push(criteriaInWords(where));
  return {
    deliverables: unique(deliverables),
    write: parsed.write.length === 0 ? undefined : write,
    read,
    description: [
      parsed.lead,
      ...told.map((key) => tell(key, rest[key])),
      listed("What the files are to hold", words),
    ],
    notes,
  };
}

interface Taken {
  readonly deliverables: SourceDeliverable[];
  readonly words: string[];
  readonly folders: string[];
  readonly notes: SourceNote[];
  readonly where: Where;
}

function takeEntry(entry: ScopeEntry, into: Taken): void {
  const { words, notes, where } = into;
  switch (entry.kind) {
    case "object":
      takeTarget(entry.target, into);
      if (entry.description !== undefined || entry.acceptance.length > 0)
        words.push(
          [pathOf(entry.target), entry.description ?? "", ...entry.acceptance]
            .filter((text) => text !== "")
            .join("; "),
        );
      if (entry.acceptance.length > 0) notes.push(criteriaInWords(where));
      notes.push(...unread(entry.unread, where));
      return;
    case "list":
    case "list-in-string":
      // parseScope has laid lists flat.
      for (const { entry: inner } of entry.entries) takeEntry(inner, into);
      return;
    default:
      takeTarget(entry, into);
  }
}

function takeTarget(entry: TargetEntry, { deliverables, words, folders, notes, where }: Taken): void {
  const explain = (name: string, { prose, minimum }: Wanted) => {
    if (prose !== "") words.push(`${name}: ${prose.replace(/^\((.*)\)$/s, "$1")}`);
    if (minimum !== undefined)
      notes.push({
        kind: "acceptance",
        message: `at least ${minimum.count} ${minimum.of} are asked of ${quote(name)}, which nothing counts`,
        ...where,
      });
  };
  switch (entry.kind) {
    case "path":
      deliverables.push({ path: entry.path });
      return;
    case "path-with-prose":
      deliverables.push({ path: entry.path, change: entry.change, mustContain: entry.mustContain });
      explain(entry.path, entry);
      return;
    case "directory":
    case "glob": {
      const [glob = ""] = globsOf(entry);
      folders.push(...(glob === "" ? [] : [glob]));
      explain(pathOf(entry), entry);
      notes.push({
        kind: "folder",
        message: `${quote(pathOf(entry))} is a folder or a pattern: name the files in it that the phase delivers`,
        ...where,
      });
      return;
    }
    case "prose":
      words.push(entry.text);
      notes.push({
        kind: "prose-deliverable",
        message: `the deliverable ${quote(entry.text)} is prose: it stands in the description`,
        ...where,
      });
      return;
    case "unreadable":
      notes.push({ kind: "left-out", message: `a deliverable cannot be read: ${entry.why}`, ...where });
  }
}

const pathOf = (entry: TargetEntry): string =>
  "path" in entry ? entry.path : "glob" in entry ? entry.glob : entry.kind === "prose" ? entry.text : "";

/** A name without an ending may be a file or a folder, so it stands for both. */
function globsOf(entry: ScopeEntry): string[] {
  const target = entry.kind === "object" ? entry.target : entry;
  switch (target.kind) {
    case "path":
    case "path-with-prose":
      return /\.[^/]+$/.test(target.path)
        ? [globOfPath(target.path)]
        : [globOfPath(target.path), `${globOfPath(target.path)}/**`];
    case "directory":
      return [`${globOfPath(target.path)}/**`];
    case "glob":
      return assessGlob(target.glob) === null ? [target.glob] : [];
    default:
      return [];
  }
}

/** One path once, with all that is asked of it. */
function unique(deliverables: readonly SourceDeliverable[]): SourceDeliverable[] {
  const byPath = new Map<string, SourceDeliverable>();
  for (const one of deliverables) {
    const before = byPath.get(one.path);
    const mustContain = [...new Set([...(before?.mustContain ?? []), ...(one.mustContain ?? [])])];
    const change = before?.change ?? one.change;
    byPath.set(one.path, { path: one.path, ...(change === undefined ? {} : { change }), mustContain });
  }
  return [...byPath.values()];
}

const mostLines = 200;

/** A field of words, lists and mappings as a paragraph. */
function tell(key: string, value: unknown): string {
  if (typeof value === "string")
    return key === "goal" || key === "description" ? value : `${titled(key)}: ${value}`;
  const lines = linesOf(value, 0).slice(0, mostLines);
  return lines.length === 0 ? "" : [`${titled(key)}:`, ...lines].join("\n");
}

const titled = (key: string): string => `${key.charAt(0).toUpperCase()}${key.slice(1).replaceAll("_", " ")}`;

function linesOf(value: unknown, depth: number): string[] {
  if (depth > 4) return [];
  const indent = "  ".repeat(depth);
  if (Array.isArray(value))
    return value
      .slice(0, mostLines)
      .flatMap((item: unknown) =>
        typeof item === "string" || typeof item === "number"
          ? [`${indent}- ${item}`]
          : linesOf(item, depth + 1),
      );
  if (!isObject(value)) return [];
  return Object.entries(value)
    .slice(0, mostLines)
    .flatMap(([key, inner]) =>
      typeof inner === "string" || typeof inner === "number"
        ? [`${indent}- ${key}: ${inner}`]
        : [`${indent}- ${key}:`, ...linesOf(inner, depth + 1)],
    );
}
