import type { DeliverableChange } from "./plan.ts";

const changes: Readonly<Record<string, DeliverableChange>> = {
  modifications: "modify",
  modification: "modify",
  modified: "modify",
  modify: "modify",
  updated: "modify",
  updates: "modify",
  update: "modify",
  extended: "modify",
  extend: "modify",
  extension: "modify",
  extensions: "modify",
  edit: "modify",
  edited: "modify",
  new: "create",
  create: "create",
  created: "create",
  delete: "delete",
  deleted: "delete",
  remove: "delete",
  removed: "delete",
};

/** What one word says is done to a file, or null. */
export const wordOfChange = (word: string): DeliverableChange | null => {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(changes, key) ? (changes[key] ?? null) : null;
};

/** "100+ unit tests across all modules", "at least 15 tests", "≥10 unit tests": the count, and of what. */
export function minimumIn(prose: string): { readonly count: number; readonly of: string } | null {
  const found =
    /(?<![\w.])(\d{1,6})\+\s+([A-Za-z][\w -]{0,60})/.exec(prose) ??
    /(?:at least|no fewer than|≥|>=)\s{0,3}(\d{1,6})\s+([A-Za-z][\w -]{0,60})/i.exec(prose) ??
    /(?<![\w.])(\d{1,6}) or more\s+([A-Za-z][\w -]{0,60})/i.exec(prose);
  const [, count, of] = found ?? [];
  if (count === undefined || of === undefined) return null;
  const what = of
    .replace(/\s+(?:across|in|for|per|over|with|that|which|covering|and|or|to)\b.*$/i, "")
    .trim();
  return what === "" ? null : { count: Number(count), of: what };
}

const kinds = "(?:data)?class|function|method|interface|enum|struct|trait|exception|mixin";
const before = new RegExp(
  `(\`?)([A-Za-z_$][\\w$]{0,80}(?:\\.[A-Za-z_$][\\w$]{0,80}){0,4})(\\(\\))?\\1 (?:${kinds})\\b`,
  "g",
);
const after = new RegExp(
  `\\b(?:${kinds}) (?:named |called )?(\`?)([A-Za-z_$][\\w$]{0,80}(?:\\.[A-Za-z_$][\\w$]{0,80}){0,4})(\\(\\))?\\1(?=$|[^\\w$.]|\\.(?:\\s|$))`,
  "g",
);
const several = new RegExp(
  `([A-Z_a-z$][\\w$]{0,80}(?:(?:, | and |, and )[A-Z_a-z$][\\w$]{0,80}){1,9}) (?:classes|functions|methods|interfaces|enums)\\b`,
  "g",
);
/** A file of dependencies "updated with pytest-json-report" must name that package. */
const manifest =
  /(?:^|\/)(?:requirements[\w.-]*\.txt|package\.json|pyproject\.toml|Cargo\.toml|go\.mod|Gemfile|composer\.json)$/;
const ordinary = new Set(
  "a an the this that these those each every any all some new main base abstract helper utility single other own test python typescript javascript java react error with and or for of in to as is by from it its wrapper first second public private static async pure".split(
    " ",
  ),
);

/**
 * Names that prose about a file asks for exactly: "with ScopeRefiner class", "function parseQuery", and, of a list of
 * dependencies, the package that it is "updated with". A word that could be plain English is none.
 */
export function namedIn(prose: string, path: string): string[] {
  const names: string[] = [];
  for (const [, , name, call] of prose.matchAll(before))
    if (name !== undefined && (isName(name) || call !== undefined)) names.push(name);
  for (const [whole, tick, name, call] of prose.matchAll(after)) {
    if (name === undefined) continue;
    const exact = tick !== "" || call !== undefined || / (?:named|called) /.test(whole);
    if (exact || isName(name)) names.push(name);
  }
  for (const [, list] of prose.matchAll(several)) {
    const each = (list ?? "").split(/, and | and |, /);
    if (each.every(isName)) names.push(...each);
  }
  if (manifest.test(path)) {
    const added = /\b(?:updated|extended) with (@?[\w./-]{1,100})$/.exec(prose.trim())?.[1];
    if (added !== undefined) names.push(added);
  }
  return [...new Set(names)];
}

/** Shaped as code, or at least with a capital: `Parser`, `snake_case`, `camelCase`. */
const isName = (name: string): boolean => /[A-Z_$.\d]/.test(name) && !ordinary.has(name.toLowerCase());
