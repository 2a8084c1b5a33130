import { createRequire } from "node:module";
import { Language, Parser, type Tree, type TreeCursor } from "web-tree-sitter";

const installed = createRequire(import.meta.url);
const loaded = new Map<string, Promise<Parser>>();
let started: Promise<void> | undefined;

export type GrammarName = "python" | "bash" | "javascript" | "typescript" | "tsx";

async function load(name: GrammarName): Promise<Parser> {
  started ??= Parser.init();
  await started;
  const parser = new Parser();
  parser.setLanguage(
    await Language.load(installed.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`)),
  );
  return parser;
}

/** A parser for the language, loaded once for the whole process, when it is first needed. */
export function createParser(name: GrammarName): Promise<Parser> {
  const parser = loaded.get(name) ?? load(name);
  loaded.set(name, parser);
  return parser;
}

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
export async function parsePlain(grammar: GrammarName, source: string): Promise<PlainNode | null> {
  const tree = (await createParser(grammar)).parse(source);
  if (!tree) return null;
  try {
    return tree.rootNode.hasError ? null : copyTree(tree, source);
  } finally {
    tree.delete();
  }
}

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

/** Whether a tree is too deep to be walked, or no tree at all. Frees the tree. */
export function isTooDeep(tree: Tree | null): boolean {
  if (!tree) return true;
  const cursor = tree.walk();
  try {
    if (tree.rootNode.hasError) return true;
    for (let depth = 0; ; ) {
      if (cursor.gotoFirstChild()) {
        if (++depth > maxDepth) return true;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return false;
        depth--;
      }
    }
  } finally {
    cursor.delete();
    tree.delete();
  }
}
