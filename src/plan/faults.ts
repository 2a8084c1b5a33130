import type { z } from "zod";
import { isObject } from "../domain/json.ts";
import { categories, complexities } from "../domain/plan.ts";
import type { SourcePath } from "./document.ts";
import type { FindingCode } from "./findings.ts";
import { listSome, quote, suggest } from "./wording.ts";

/** A place where a value does not fit its shape. */
export interface Fault {
  readonly code: FindingCode;
  readonly path: SourcePath;
  /** True when the key at the end of the path is at fault, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** Everything in `value` that does not fit `schema`. */
export function assessShape(schema: z.ZodType, value: unknown): Fault[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return flatten(result.error.issues, []).flatMap((issue) => toFaults(issue, schema, value));
}

/** What of `value` fits `schema`, after everything at fault was taken out; null when nothing is left. */
export function salvage<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | null {
  const rest = structuredClone(value);
  for (let round = 0; round < 20; round++) {
    const result = schema.safeParse(rest);
    if (result.success) return result.data;
    const removed = assessShape(schema, rest).map((fault) => removeAt(rest, fault.path));
    if (!removed.includes(true)) return null;
  }
  return null;
}

/** Removes the value at `path`, or the nearest key around it, since a list would shift. */
function removeAt(root: unknown, path: SourcePath): boolean {
  for (let length = path.length; length > 0; length--) {
    const parent = valueAt(root, path.slice(0, length - 1));
    const key = path[length - 1] as string;
    if (isObject(parent) && Object.hasOwn(parent, key)) return Reflect.deleteProperty(parent, key);
  }
  return false;
}

/** Replaces the issue of a union by those of the alternative that was meant. */
function flatten(issues: readonly Issue[], prefix: SourcePath): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const path = [...prefix, ...issue.path] as PropertyKey[];
    const meant = issue.code === "invalid_union" ? meantAlternative(issue.errors) : null;
    return meant === null ? [{ ...issue, path }] : flatten(meant, path as SourcePath);
  });
}

/** The alternative whose outer type fits; of several the one with the fewest issues. */
function meantAlternative(alternatives: readonly Issue[][]): Issue[] | null {
  const fitting = alternatives.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code === "invalid_type"),
  );
  return fitting.toSorted((a, b) => a.length - b.length)[0] ?? null;
}

function toFaults(issue: Issue, schema: z.ZodType, root: unknown): Fault[] {
  const path = issue.path as SourcePath;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({
      code: "unknown-key",
      path: [...path, key],
      atKey: true,
      message: `The key ${quote(key)} is not known here.${suggest(key, known) || cutByComma(key, valueAt(root, [...path, key])) || ` Known are ${listSome(known, 20)}.`}`,
    }));
  }
  const value = valueAt(root, path);
  const name = quote(showPath(path));
  if (issue.code === "invalid_key") {
    const why = issue.issues[0]?.message ?? "expected a name";
    return [{ code: "invalid-id", path, atKey: true, message: `The name ${name} cannot be used: ${why}.` }];
  }
  if (value === undefined && path.length > 0) {
    return [{ code: "missing-field", path, atKey: false, message: `The field ${name} is missing.` }];
  }
  const message = `${path.length === 0 ? "This" : name} cannot be ${describe(value)}: ${expectation(issue, value)}`;
  return [{ code: codeOf(issue, path), path, atKey: false, message }];
}

/** What became of `{ goal: one, and two }`. */
const cutByComma = (key: string, value: unknown): string =>
  value === null && key.includes(" ") ? " In { } a comma ends a text: put the whole text in quotes." : "";

function codeOf(issue: Issue, path: SourcePath): FindingCode {
  const field = path.at(-1);
  if (field === "version" && path.length === 1) return "unsupported-version";
  if (field === "id" && issue.code !== "invalid_type") return "invalid-id";
  if (issue.code !== "invalid_value") return "invalid-value";
  if (includes(issue.values, categories)) return "unknown-category";
  return includes(issue.values, complexities) ? "unknown-complexity" : "invalid-value";
}

const includes = (values: readonly unknown[], all: readonly unknown[]): boolean =>
  all.every((item) => values.includes(item));

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function expectation(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_value") {
    const known = issue.values.map(String);
    return `expected one of ${listSome(known, 20)}.${typeof value === "string" ? suggest(value, known) : ""}`;
  }
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid")) {
    const quotes = issue.expected === "string" && typeof value !== "object" ? "; put it in quotes" : "";
    return `expected ${typeNames[issue.expected] ?? issue.expected}${quotes}.`;
  }
  if (issue.code === "too_small" && issue.message.startsWith("Too")) return "expected at least one entry.";
  if (issue.code === "too_big" && issue.message.startsWith("Too"))
    return `expected at most ${issue.maximum}.`;
  return `${issue.message}.`;
}

function describe(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "this list";
  if (isObject(value)) return "this mapping";
  return typeof value === "string" && value === "" ? "empty text" : quote(String(value));
}

function showPath(path: SourcePath): string {
  return path.reduce<string>(
    (shown, step) =>
      typeof step === "number" ? `${shown}[${step}]` : shown === "" ? step : `${shown}.${step}`,
    "",
  );
}

function valueAt(root: unknown, path: SourcePath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** The keys that `schema` has at `path`, over all its alternatives. */
function knownKeys(schema: z.core.$ZodType, path: SourcePath): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional") return knownKeys(def.innerType, path);
  if (def.type === "union") return def.options.flatMap((option) => knownKeys(option, path));
  const [step, ...rest] = path;
  if (def.type === "object") {
    if (step === undefined) return Object.keys(def.shape);
    const field = Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
    return field === undefined ? [] : knownKeys(field, rest);
  }
  if (step === undefined) return [];
  if (def.type === "array") return knownKeys(def.element, rest);
  return def.type === "record" ? knownKeys(def.valueType, rest) : [];
}
