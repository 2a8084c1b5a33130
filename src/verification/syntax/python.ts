import type { Node, Tree } from "web-tree-sitter";
import type { SyntaxFault } from "./fault.ts";
import { faultOf } from "./tree-sitter.ts";

/** The first fault of a Python tree. Indentation that Python refuses is no error to the grammar: it is read here. */
export function faultOfPython(tree: Tree): SyntaxFault | null {
  return faultOf(tree) ?? findIndentation(tree);
}

function findIndentation(tree: Tree): SyntaxFault | null {
  const cursor = tree.walk();
  try {
    for (;;) {
      if (cursor.nodeType === "block" || cursor.nodeType === "module") {
        const fault = indentationOf(cursor.currentNode);
        if (fault) return fault;
      }
      if (cursor.gotoFirstChild()) continue;
      while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return null;
    }
  } finally {
    cursor.delete();
  }
}

function indentationOf(block: Node): SyntaxFault | null {
  const statements = block.namedChildren.filter((child) => child.type !== "comment");
  const [first] = statements;
  if (!first) {
    if (block.type === "module") return null;
    const { row, column } = block.startPosition;
    return { line: row + 1, column: column + 1, message: "expected an indented block" };
  }
  let row = first.startPosition.row;
  for (const statement of statements) {
    const { startPosition: start, endPosition: end } = statement;
    // What follows a semicolon, or the colon of the line itself, stands where it likes.
    if (
      start.row > row &&
      start.column !== first.startPosition.column &&
      first.startPosition.row !== block.parent?.startPosition.row
    )
      return { line: start.row + 1, column: start.column + 1, message: "unexpected indentation" };
    row = end.row;
  }
  return null;
}
