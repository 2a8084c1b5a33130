import { isObject, type JsonObject } from "../../domain/json.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { printable } from "../wording.ts";
import type { ImportFault } from "./source-plan.ts";

const mostDepth = 64;

/** The offset at which a JSON text is nested deeper than any plan, for its value would take gigabytes; or null. */
function tooDeepAt(text: string): number | null {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === 0x22) at = endOfString(text, at) - 1;
    else if (sign === 0x5b || sign === 0x7b) {
      depth++;
      if (depth > mostDepth) return at;
    } else if (sign === 0x5d || sign === 0x7d) depth--;
  }
  return null;
}

/** A JSON text as a value, or where it is broken. */
export function readJson(text: string): Result<unknown, ImportFault> {
  const deep = tooDeepAt(text);
  if (deep !== null) return err({ line: lineAt(text, deep), message: "it is nested too deeply" });
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /position (\d+)/.exec(error.message)?.[1];
    const line = position === undefined ? text.split("\n").length : lineAt(text, Number(position));
    const words = error.message.replace(/,? ?(?:\.\.\.)?".*?" is not valid JSON|in JSON at position.*/s, "");
    return err({ line, message: `it is no JSON: ${printable(words.slice(0, 100)).trim()}` });
  }
}

/** The line, from 1, that an offset is in. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

const mostLines = 100_000;

/**
 * The lines on which the objects of a well-formed JSON text begin, by their place: `tasks.3.subtasks.0`. Where there
 * are very many, the last have none.
 */
export function linesOfObjects(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const stack: { readonly list: boolean; key: string; index: number }[] = [];
  let line = 1;
  const mark = /["{}[\],\n]/g;
  for (let found = mark.exec(text); found !== null && lines.size < mostLines; found = mark.exec(text)) {
    const top = stack.at(-1);
    const sign = found[0];
    if (sign === "\n") line++;
    else if (sign === '"') {
      const end = endOfString(text, found.index);
      if (top && !top.list && /^\s*:/.test(text.slice(end, end + 20)))
        top.key = text.slice(found.index + 1, end - 1);
      mark.lastIndex = end;
    } else if (sign === "{" || sign === "[") {
      if (sign === "{" && stack.length < 8)
        lines.set(stack.map((at) => (at.list ? String(at.index) : at.key)).join("."), line);
      stack.push({ list: sign === "[", key: "", index: 0 });
    } else if (sign === ",") {
      if (top) top.index++;
    } else stack.pop();
  }
  return lines;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === 0x5c) at++;
    else if (sign === 0x22) return at + 1;
  }
  return text.length;
}

const longestText = 200_000;
/** More than a plan can hold, so that whoever has more is refused. */
export const mostObjects = 20_000;

/** A field as text; numbers too, for ids and the like. Empty where it is something else. */
export function textOf(object: JsonObject, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim().slice(0, longestText);
    if (typeof value === "number") return String(value);
  }
  return "";
}

/** A field as a list of texts: a list, or the lines of a text without their markers. */
export function textsOf(object: JsonObject, ...keys: readonly string[]): string[] {
  for (const key of keys) {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const items = typeof value === "string" ? value.split("\n") : Array.isArray(value) ? value : [];
    const texts = items
      .filter((item) => typeof item === "string" || typeof item === "number")
      .map((item) =>
        String(item)
          .replace(/^\s*[-*]\s+(?:\[[ xX]\]\s+)?/, "")
          .trim(),
      )
      .filter((item) => item !== "");
    if (texts.length > 0) return texts;
  }
  return [];
}

/** The first objects of a list, each with its index; what else is among them is told. */
export function objectsOf(
  value: unknown,
  leftOut: (index: number) => void,
): { readonly object: JsonObject; readonly index: number }[] {
  if (!Array.isArray(value)) return [];
  const found: { readonly object: JsonObject; readonly index: number }[] = [];
  for (const [index, item] of value.entries()) {
    if (found.length >= mostObjects) break;
    if (isObject(item)) found.push({ object: item, index });
    else leftOut(index);
  }
  return found;
}

/** Fields that hold something and that nobody reads. */
export const unreadFields = (object: JsonObject, known: ReadonlySet<string>): string[] =>
  Object.entries(object)
    .filter(([key, value]) => !known.has(key) && !isEmpty(value))
    .map(([key]) => printable(key.slice(0, 60)));

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);
