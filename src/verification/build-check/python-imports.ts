import type { Node } from "web-tree-sitter";
import { withTree } from "../syntax/tree-sitter.ts";
import type { ImportUse } from "./script-imports.ts";

/**
 * The modules that a Python file imports: `pkg.mod`, `.mod`, `..pkg.mod`; of `from pkg import name` also `pkg.name`,
 * which may be a module or not. What stands in a `try`, an `if` or a `with` is guarded.
 */
export function readPythonImports(text: string): Promise<PythonImport[]> {
  return withTree("python", text, (tree) =>
    tree.rootNode
      .descendantsOfType(["import_statement", "import_from_statement"])
      .flatMap((node) => importsOf(node)),
  );
}

export interface PythonImport extends ImportUse {
  /** Whether the last part may be a name in the module instead of a module. */
  readonly isName: boolean;
}

function importsOf(statement: Node): PythonImport[] {
  const isGuarded = isInGuard(statement);
  const use = (node: Node, specifier: string, isName: boolean): PythonImport => {
    const { row, column } = node.startPosition;
    return { specifier, line: row + 1, column: column + 1, isGuarded, isType: false, isName };
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
