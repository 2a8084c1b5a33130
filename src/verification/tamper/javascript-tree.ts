import { type Comment, parseSync, visitorKeys } from "oxc-parser";
import { isTooDeep } from "./plain-tree.ts";

/** A node of ESTree, as far as this is sure of it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Script {
  readonly program: Node;
  readonly comments: readonly Comment[];
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** The node in a field; null where there is none. */
export const child = (node: Node | null | undefined, field: string): Node | null => {
  const value = node?.[field];
  return isNode(value) ? value : null;
};
/** The nodes in a field that holds a list. */
export const list = (node: Node | null | undefined, field: string): readonly Node[] => {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
};
export const text = (node: Node | null | undefined, field: string): string => {
  const value = node?.[field];
  return typeof value === "string" ? value : "";
};

/** All nodes right below, in order. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key];
    for (const below of Array.isArray(value) ? value : [value]) if (isNode(below)) found.push(below);
  }
  return found;
}

/**
 * The parser is native, and code that is nested some thousand deep ends the process with it. A text with fewer
 * marks than this cannot be so deep; of others, a parser that keeps no stack tells first.
 */
const harmlessMarks = 1500;

async function isSafeToParse(path: string, source: string): Promise<boolean> {
  let marks = source.match(/\b(?:do|else|void|typeof|await|new|delete|yield|keyof|infer)\b/g)?.length ?? 0;
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at);
    const isWord =
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code <= 32;
    if (!isWord && code !== 34 && code !== 39 && code !== 59 && code !== 44 && code !== 95) marks++;
  }
  if (marks < harmlessMarks) return true;
  const grammar = path.endsWith(".tsx") ? "tsx" : /\.[cm]?ts$/.test(path) ? "typescript" : "javascript";
  return !(await isTooDeep(grammar, source));
}

/** Takes JavaScript or TypeScript apart; null where it does not parse, or is too deep to be parsed safely. */
export async function parseScript(path: string, source: string): Promise<Script | null> {
  if (!(await isSafeToParse(path, source))) return null;
  const lang = path.endsWith(".tsx") ? "tsx" : /\.[cm]?ts$/.test(path) ? "ts" : "jsx";
  for (const sourceType of ["module", "commonjs"] as const) {
    const parsed = parseSync(path, source, { lang, sourceType, preserveParens: false, astType: "ts" });
    if (parsed.errors.some(({ severity }) => severity === "Error")) continue;
    return { program: parsed.program as unknown as Node, comments: parsed.comments };
  }
  return null;
}

/** Types say nothing of what runs. */
const typeFields = new Set([
  "typeAnnotation",
  "typeArguments",
  "typeParameters",
  "returnType",
  "superTypeArguments",
  "decorators",
]);
const layoutFields = new Set([
  "type",
  "start",
  "end",
  "raw",
  "shorthand",
  "directive",
  "range",
  "regex",
  "hashbang",
]);

/** What is inside of casts and other wrappings that do nothing when the code runs. */
export function unwrap(node: Node): Node {
  let inner = node;
  while (
    /^(?:TSAsExpression|TSNonNullExpression|TSSatisfiesExpression|TSTypeAssertion|ChainExpression|ParenthesizedExpression)$/.test(
      inner.type,
    )
  )
    inner = child(inner, "expression") ?? inner;
  return inner;
}

/** A text that is known without running: a string, or a template without holes. */
export function stringOf(node: Node | null | undefined): string | null {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral" || list(node, "expressions").length > 0) return null;
  const cooked = (list(node, "quasis")[0]?.["value"] as { cooked?: unknown } | undefined)?.cooked;
  return typeof cooked === "string" ? cooked : null;
}

/** The name of a member, written behind a dot or as a string in brackets; empty where it is only known when it runs. */
export function memberName(node: Node | null | undefined): string {
  const property = child(node, "property");
  return node?.["computed"] === true ? (stringOf(property) ?? "") : text(property, "name");
}

/** Words of a printed node; what is longer than this is told apart by its beginning. */
const mostWords = 20_000;

function emit(given: Node, out: string[]): void {
  if (out.length > mostWords) return;
  const node = unwrap(given);
  const known = stringOf(node);
  if (known !== null) {
    out.push(JSON.stringify(known));
    return;
  }
  switch (node.type) {
    case "Literal":
      out.push(`#${String(node["raw"] ?? node["value"]).replaceAll("_", "")}`);
      return;
    case "Identifier":
    case "PrivateIdentifier":
    case "JSXIdentifier":
      out.push(text(node, "name"));
      return;
    case "TemplateElement":
      out.push(JSON.stringify((node["value"] as { cooked?: unknown } | undefined)?.cooked ?? null));
      return;
    case "JSXText": {
      const words = text(node, "value").trim().replace(/\s+/g, " ");
      if (words !== "") out.push(JSON.stringify(words));
      return;
    }
    case "EmptyStatement":
      return;
  }
  if (node.type === "MemberExpression" && node["computed"] === true && memberName(node) !== "") {
    out.push("(MemberExpression");
    emit(child(node, "object") ?? node, out);
    out.push(memberName(node), ")");
    return;
  }
  out.push(`(${node.type}`);
  for (const [field, value] of Object.entries(node)) {
    if (layoutFields.has(field) || typeFields.has(field)) continue;
    if (typeof value === "string") out.push(value);
    else if (value === true) out.push(`:${field}`);
    else if (isNode(value)) {
      // `{ "a": 1 }` is `{ a: 1 }`.
      const isName = field === "key" && value.type === "Identifier" && node["computed"] !== true;
      if (isName) out.push(JSON.stringify(text(value, "name")));
      else emit(value, out);
    } else if (Array.isArray(value)) for (const item of value) if (isNode(item)) emit(item, out);
  }
  out.push(")");
}

/** The node as one text in which layout, comments, quotes and types make no difference. */
export function print(node: Node | null | undefined): string {
  if (!node) return "";
  const out: string[] = [];
  emit(node, out);
  return out.join(" ");
}

/** The names, values and operators of a printed text. */
export const wordsOf = (printed: string): string[] =>
  printed
    .match(/"(?:[^"\\]|\\.)*"|[^\s()]+/g)
    ?.filter((word) => !/^[A-Z][A-Za-z]+(?:Statement|Expression|Declaration)$/.test(word)) ?? [];

/** The values in a printed text: strings and numbers, and what else is written out. */
export const literalsOf = (printed: string): string[] =>
  printed.match(/"(?:[^"\\]|\\.)*"|(?<=^| )#[^\s]+/g) ?? [];

export const isFunction = (node: Node | null | undefined): node is Node =>
  node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression";

/** Whether a node of the kind stands in it, functions inside included. */
export function contains(node: Node, kinds: RegExp): boolean {
  return kinds.test(node.type) || children(node).some((below) => contains(below, kinds));
}
