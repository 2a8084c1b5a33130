import { type PlainNode, parsePlain } from "./plain-tree.ts";

export type PythonNode = PlainNode;

/** Takes Python apart; null where it does not parse. */
export const parsePython = (source: string): Promise<PythonNode | null> => parsePlain("python", source);

export const at = (node: PythonNode | null | undefined, field: string): PythonNode | null =>
  node?.children.find((below) => below.field === field) ?? null;
export const named = (node: PythonNode | null | undefined): PythonNode[] =>
  node?.children.filter((below) => below.named && below.type !== "comment") ?? [];

/** A text that is known without running. */
export function pythonString(node: PythonNode | null | undefined): string | null {
  if (node?.type !== "string" || node.children.some(({ type }) => type === "interpolation")) return null;
  return node.children
    .filter(({ type }) => type === "string_content")
    .map(({ text }) => text)
    .join("");
}

const isDocstring = (node: PythonNode): boolean =>
  node.type === "expression_statement" && node.children.length === 1 && node.children[0]?.type === "string";

const mostWords = 20_000;

function emit(node: PythonNode, out: string[]): void {
  if (out.length > mostWords || node.type === "comment" || node.type === "type" || isDocstring(node)) return;
  const known = pythonString(node);
  if (known !== null) {
    out.push(`${/^[bB]/.test(node.text) ? "b " : ""}${JSON.stringify(known)}`);
    return;
  }
  if (node.type === "parenthesized_expression") {
    for (const below of named(node)) emit(below, out);
    return;
  }
  if (node.children.length === 0) {
    const isNumber = node.type === "integer" || node.type === "float";
    if (node.text.trim() !== "") out.push(isNumber ? `#${node.text.replaceAll("_", "")}` : node.text);
    return;
  }
  for (const [index, below] of node.children.entries()) {
    const closes = /^[)\]}]$/.test(
      node.children.slice(index + 1).find(({ type }) => type !== "comment")?.type ?? "",
    );
    if (below.type === "," && closes) continue;
    if (below.type === "->" || below.field === "return_type") continue;
    emit(below, out);
  }
  if (node.type === "block") out.push(";");
}

/** The node as one text in which layout, comments, quotes and annotations make no difference. */
export function printPython(node: PythonNode | null | undefined): string {
  if (!node) return "";
  const out: string[] = [];
  emit(node, out);
  return out.join(" ");
}

export const hasCall = (node: PythonNode): boolean =>
  /^(?:call|await|yield|raise_statement|assert_statement|with_statement|import_statement|import_from_statement|subscript)$/.test(
    node.type,
  ) || node.children.some(hasCall);
