import type { Node } from "web-tree-sitter";
import { withTree } from "../syntax/tree-sitter.ts";
import type { ImportUse } from "./import-use.ts";

/**
 * The modules that a Python file imports: `pkg.mod`, `.mod`, `..pkg.mod`; of `from pkg import name` also `pkg.name`,
 * which may be a module or not. What stands in a `try`, an `if` or a `with` is guarded.
 */
export function readPythonImports(text: string): Promise<ImportUse[]> {
  return withTree("python", text, (tree) =>
    tree.rootNode
      .descendantsOfType(["import_statement", "import_from_statement"])
      .flatMap((node) => importsOf(node)),
  );
}

function importsOf(statement: Node): ImportUse[] {
  const isGuarded = isInGuard(statement);
  const use = (node: Node, specifier: string, isName: boolean): ImportUse => {
    const { row, column } = node.startPosition;
    return { specifier, line: row + 1, column: column + 1, isGuarded, isName };
  };
  const nameOf = (node: Node): Node =>
    node.type === "aliased_import" ? (node.childForFieldName("name") ?? node) : node;
  const names = statement.childrenForFieldName("name").map(nameOf);
  if (statement.type === "import_statement") return names.map((name) => use(name, name.text, false));
  const module = statement.childForFieldName("module_name");
  if (!module) return [];
  const from = module.text.replace(/\s/g, "");
  const prefix = from.endsWith(".") ? from : `${from}.`;
  const whole = from.endsWith(".") ? [] : [use(module, from, false)];
  return [...whole, ...names.map((name) => use(name, `${prefix}${name.text}`, true))];
}

function isInGuard(statement: Node): boolean {
  let inside = statement;
  for (let node = statement.parent; node; node = node.parent) {
    if (node.type === "try_statement" && node.childForFieldName("body")?.equals(inside)) return true;
    if (node.type === "with_statement" || node.type === "if_statement") return true;
    inside = node;
  }
  return false;
}
