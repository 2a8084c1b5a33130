import type { Exit } from "./model.ts";
import { at, named, type PythonNode, printPython } from "./python-tree.ts";

const exits = /^(?:sys\.exit|os\._exit|exit|quit|_exit|SystemExit)$/;
const isSuccess = (given: PythonNode | undefined): boolean =>
  given === undefined || /^(?:0+|None|False|os\.EX_OK)$/.test(given.text) || given.type === "identifier";
const isMainGuard = (condition: PythonNode | null): boolean => /\b__name__\b/.test(condition?.text ?? "");

/**
 * Statements that end the process as a success while the file is loaded; of `os._exit`, which no runner can catch,
 * those in functions too. What ends a program of its own is not told.
 */
export function readPythonExits(root: PythonNode, lineAt: (offset: number) => number): Exit[] {
  const found: Exit[] = [];
  const statements = named(root);
  const isImportable = statements.some(({ type }) =>
    /^(?:function_definition|class_definition|decorated_definition)$/.test(type),
  );

  const visit = (node: PythonNode, isSure: boolean, isFollowed: boolean, inFunction: boolean): void => {
    const below = (sure: boolean, inside: readonly PythonNode[] = node.children) => {
      for (const one of inside) visit(one, sure, isFollowed, inFunction);
    };
    switch (node.type) {
      case "function_definition":
      case "lambda":
        for (const one of node.children) visit(one, false, isFollowed, true);
        return;
      case "if_statement":
        if (!isMainGuard(at(node, "condition"))) below(false);
        return;
      case "for_statement":
      case "while_statement":
      case "match_statement":
      case "boolean_operator":
      case "conditional_expression":
      case "except_clause":
        return below(false);
      case "raise_statement": {
        const raised = named(node)[0];
        if (raised?.text === "SystemExit" && !inFunction) add(undefined);
        break;
      }
      case "call": {
        const name = at(node, "function")?.text ?? "";
        if (exits.test(name) && (!inFunction || name.endsWith("_exit"))) add(named(at(node, "arguments"))[0]);
        break;
      }
    }
    below(isSure);

    function add(code: PythonNode | undefined): void {
      const line = lineAt(node.start);
      if (isSuccess(code)) found.push({ line, text: printPython(node), isSure, isFollowed, isImportable });
    }
  };
  for (const [index, statement] of statements.entries())
    visit(statement, true, index < statements.length - 1, false);
  return found;
}
