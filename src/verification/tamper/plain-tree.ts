import type { Tree, TreeCursor } from "web-tree-sitter";
import { type GrammarName, withTree } from "../syntax/tree-sitter.ts";

/** A node of a tree, out of the reach of the WebAssembly memory it came from. */
export class PlainNode {
  readonly type: string;
  readonly field: string | null;
  readonly named: boolean;
  readonly start: number;
  readonly children: PlainNode[] = [];
  private readonly end: number;
  private readonly source: string;

  constructor(cursor: TreeCursor, source: string) {
    this.type = cursor.nodeType;
    this.field = cursor.currentFieldName;
    this.named = cursor.nodeIsNamed;
    this.start = cursor.startIndex;
    this.end = cursor.endIndex;
    this.source = source;
  }

  get text(): string {
    return this.source.slice(this.start, this.end);
  }
}

/** Deeper code is written by no person, and walking it could use up the stack. */
export const maxDepth = 400;

/** The whole tree as plain nodes; null where it has a syntax error or is too deep. */
export const parsePlain = (grammar: GrammarName, source: string): Promise<PlainNode | null> =>
  withTree(grammar, source, (tree) => (tree.rootNode.hasError ? null : copyTree(tree, source)));

function copyTree(tree: Tree, source: string): PlainNode | null {
  const cursor = tree.walk();
  const root = new PlainNode(cursor, source);
  const open = [root];
  const enter = () => {
    const node = new PlainNode(cursor, source);
    open.at(-1)?.children.push(node);
    open.push(node);
  };
  try {
    for (;;) {
      if (cursor.gotoFirstChild()) {
        if (open.length > maxDepth) return null;
        enter();
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return root;
        open.pop();
      }
      open.pop();
      enter();
    }
  } finally {
    cursor.delete();
  }
}

/** Whether a text is too deep for code that walks it by recursion, or does not parse. */
export const isTooDeep = (grammar: GrammarName, source: string): Promise<boolean> =>
  withTree(grammar, source, (tree) => tree.rootNode.hasError || depthOf(tree) > maxDepth);

/** As far as `maxDepth` and one more. */
function depthOf(tree: Tree): number {
  const cursor = tree.walk();
  let [depth, most] = [0, 0];
  try {
    while (most <= maxDepth) {
      if (cursor.gotoFirstChild()) {
        most = Math.max(most, ++depth);
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return most;
        depth--;
      }
    }
    return most;
  } finally {
    cursor.delete();
  }
}
