import { isObject, type JsonObject, parseJson } from "./json.ts";
import { type ListedEntry, parseScopeEntry, type ScopeEntry } from "./scope-entry.ts";

/** A scope that was written for another run or phase than the one that holds it. */
export interface ScopeContradiction {
  readonly field: "run_id" | "phase_id";
  /** What the scope names. */
  readonly named: string;
  /** What holds the scope. */
  readonly holder: string;
}

/** The recorded scope of one phase, by the shape of its parts. Nothing is judged, nothing guessed. */
export interface ParsedScope {
  /** Lists and sections laid flat, in order; no entry is a `list` or a `list-in-string`. */
  readonly deliverables: readonly ListedEntry[];
  /** `paths` and `allowed_paths`: where the phase may write. They are no deliverables. */
  readonly write: readonly ScopeEntry[];
  readonly read: readonly ScopeEntry[];
  readonly protect: readonly ScopeEntry[];
  /** What a scope that is a text says before its list. */
  readonly lead: string;
  readonly contradictions: readonly ScopeContradiction[];
  /** The other fields, verbatim. */
  readonly rest: JsonObject;
  /** Why there is no scope to read, where it is neither absent nor an object nor a text. */
  readonly unreadable?: string;
}

const nothing = {
  deliverables: [],
  write: [],
  read: [],
  protect: [],
  lead: "",
  contradictions: [],
  rest: {},
};
const writeKeys = ["paths", "allowed_paths"];
const readKeys = ["read_only_context", "readonly_context"];
const protectKeys = ["protected_paths"];

/**
 * @param scope the value of the scope: an object, a text that holds one or a list, or null.
 * @param holder the run and phase that the scope stands in.
 */
export function parseScope(
  scope: unknown,
  holder: { readonly runId: string; readonly phaseId: string },
): ParsedScope {
  if (scope === null || scope === undefined) return nothing;
  if (typeof scope === "string") {
    const inside = parseJson(scope);
    if (isObject(inside)) return parseFields(inside, holder);
  }
  if (isObject(scope)) return parseFields(scope, holder);
  const entry = parseScopeEntry(scope);
  if (entry.kind === "unreadable") return { ...nothing, unreadable: entry.why };
  if (entry.kind === "prose") return { ...nothing, lead: entry.text };
  return {
    ...nothing,
    deliverables: flatten({ entry }),
    lead: entry.kind === "list-in-string" ? entry.lead : "",
  };
}

function parseFields(
  scope: JsonObject,
  holder: { readonly runId: string; readonly phaseId: string },
): ParsedScope {
  const entries = (keys: readonly string[]) =>
    keys.flatMap((key) => (present(scope[key]) ? flatten({ entry: parseScopeEntry(scope[key]) }) : []));
  const named = (keys: readonly string[]) => entries(keys).map(({ entry }) => entry);
  const known = new Set(["deliverables", "run_id", "phase_id", ...writeKeys, ...readKeys, ...protectKeys]);
  return {
    deliverables: entries(["deliverables"]),
    write: named(writeKeys),
    read: named(readKeys),
    protect: named(protectKeys),
    lead: "",
    contradictions: [
      ...contradiction("run_id", scope.run_id, holder.runId),
      ...contradiction("phase_id", scope.phase_id, holder.phaseId),
    ],
    rest: Object.fromEntries(Object.entries(scope).filter(([key]) => !known.has(key))),
  };
}

/** An empty list or mapping says that there is nothing, as a missing field does. */
const present = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  !(Array.isArray(value) && value.length === 0) &&
  !(isObject(value) && Object.keys(value).length === 0);

function contradiction(
  field: ScopeContradiction["field"],
  named: unknown,
  holder: string,
): ScopeContradiction[] {
  return typeof named === "string" && named !== holder ? [{ field, named, holder }] : [];
}

/** The entries of a list and of the lists in it, each with the section that is nearest around it. */
function flatten({ section, entry }: ListedEntry): ListedEntry[] {
  if (entry.kind !== "list" && entry.kind !== "list-in-string")
    return [{ ...(section === undefined ? {} : { section }), entry }];
  return entry.entries.flatMap((listed) => {
    const nearest = listed.section ?? section;
    return flatten({ ...(nearest === undefined ? {} : { section: nearest }), entry: listed.entry });
  });
}
