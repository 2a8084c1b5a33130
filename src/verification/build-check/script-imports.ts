import { type Node, visitorKeys } from "oxc-parser";
import { placeOf } from "../syntax/fault.ts";
import { parseScript } from "../syntax/script.ts";
import type { ImportUse } from "./import-use.ts";

interface Found {
  readonly isGuarded: boolean;
  readonly source: Node | null | undefined;
  readonly isRequire?: boolean;
}

/**
 * What a JavaScript or TypeScript file imports, re-exports and requires; null when it does not parse. A `require`
 * that is the file's own (AMD, bundles) says nothing about files.
 */
export function readScriptImports(path: string, text: string): ImportUse[] | null {
  const parsed = parseScript(path, text);
  if (!parsed || "fault" in parsed) return null;
  const found: Found[] = [];
  let hasOwnRequire = false;
  const pending: { readonly node: Node; readonly isGuarded: boolean }[] = [
    { node: parsed.program, isGuarded: false },
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, isGuarded } = next;
    const use = useOf(node, isGuarded);
    if (use) found.push(use);
    hasOwnRequire ||= definesRequire(node);
    for (const key of visitorKeys[node.type] ?? [])
      for (const child of [(node as unknown as Record<string, Node | (Node | null)[] | null>)[key]].flat())
        if (child)
          pending.push({ node: child, isGuarded: guards(node, key) || (isGuarded && key !== "handler") });
  }
  return found
    .filter(({ isRequire }) => !(isRequire && hasOwnRequire))
    .flatMap(({ source, isGuarded }): ImportUse[] => {
      const specifier = literalOf(source);
      if (specifier === null || !source) return [];
      return [{ specifier, ...placeOf(text, source.start), isGuarded, isName: false }];
    })
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function useOf(node: Node, isGuarded: boolean): Found | null {
  switch (node.type) {
    case "ImportDeclaration":
      return { source: node.source, isGuarded };
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return { source: node.source, isGuarded };
    case "ImportExpression":
      return { source: node.source, isGuarded };
    case "TSImportType":
      return { source: node.source, isGuarded };
    case "TSExternalModuleReference":
      return { source: node.expression, isGuarded };
    case "CallExpression": {
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      return isRequire ? { source: node.arguments[0], isGuarded, isRequire } : null;
    }
    default:
      return null;
  }
}

/** Whether a failure in this child of the node is met there. */
function guards(node: Node, key: string): boolean {
  if (node.type === "TryStatement") return key === "block" && node.handler !== null;
  if (node.type !== "CallExpression" || key !== "callee" || node.callee.type !== "MemberExpression")
    return false;
  const { property } = node.callee;
  if (property.type !== "Identifier") return false;
  return property.name === "catch" || (property.name === "then" && node.arguments.length > 1);
}

const isNamedRequire = (node: Node | null): boolean => node?.type === "Identifier" && node.name === "require";

function definesRequire(node: Node): boolean {
  switch (node.type) {
    case "FunctionDeclaration":
      return isNamedRequire(node.id) || node.params.some(isNamedRequire);
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return node.params.some(isNamedRequire);
    case "VariableDeclarator": {
      const { init } = node;
      const isCreated = init?.type === "CallExpression" && nameOf(init.callee) === "createRequire";
      return isNamedRequire(node.id) && !isCreated;
    }
    default:
      return false;
  }
}

function nameOf(node: Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "MemberExpression" && node.property.type === "Identifier" ? node.property.name : "";
}

function literalOf(node: Node | null | undefined): string | null {
  if (node?.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}
