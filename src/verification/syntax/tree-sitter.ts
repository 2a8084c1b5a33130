import { createRequire } from "node:module";
import { Language, type Node, Parser, type Tree } from "web-tree-sitter";
import type { SyntaxFault } from "./fault.ts";

export type GrammarName = "python" | "go" | "rust" | "css" | "bash" | "javascript" | "typescript" | "tsx";

const require = createRequire(import.meta.url);
let ready: Promise<void> | undefined;
const languages = new Map<GrammarName, Promise<Language>>();

async function load(name: GrammarName): Promise<Language> {
  ready ??= Parser.init();
  await ready;
  return Language.load(require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`));
}

/** Hands `use` the tree of a text, which is freed after; grammars are loaded once. */
export async function withTree<T>(name: GrammarName, text: string, use: (tree: Tree) => T): Promise<T> {
  const language = languages.get(name) ?? load(name);
  languages.set(name, language);
  const loaded = await language;
  const parser = new Parser().setLanguage(loaded);
  try {
    const tree = parser.parse(text);
    if (!tree) throw new Error(`tree-sitter gave no tree for ${name}`);
    try {
      return use(tree);
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/**
 * The first error of a tree; null when it has none. Where brackets do not match, that is the place: the region that
 * tree-sitter calls an error may begin far above what is wrong.
 */
export function faultOf(tree: Tree): SyntaxFault | null {
  if (!tree.rootNode.hasError) return null;
  const unbalanced = findUnbalanced(tree);
  if (unbalanced) return unbalanced;
  let node = tree.rootNode;
  for (;;) {
    if (node.isMissing) return { ...placeOfNode(node), message: `expected ${node.type}` };
    const next = node.children.find((child) => child.isError || child.isMissing || child.hasError);
    if (!next) return { ...placeOfNode(node), message: "this does not parse" };
    node = next;
  }
}

const placeOfNode = ({ startPosition: { row, column } }: Pick<Node, "startPosition">) => ({
  line: row + 1,
  column: column + 1,
});

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const isCloser = (type: string): boolean => type === ")" || type === "]" || type === "}";

/** The first bracket that is closed by another, or the innermost that is never closed. */
export function findUnbalanced(tree: Tree): SyntaxFault | null {
  const open: { readonly type: string; readonly place: { line: number; column: number } }[] = [];
  const cursor = tree.walk();
  try {
    for (;;) {
      if (cursor.gotoFirstChild()) continue;
      const type = cursor.nodeType;
      if (!cursor.nodeIsMissing) {
        const place = placeOfNode(cursor);
        if (Object.hasOwn(closers, type)) open.push({ type, place });
        else if (isCloser(type)) {
          const opener = open.pop();
          if (!opener) return { ...place, message: `\`${type}\` closes nothing` };
          if (closers[opener.type] !== type)
            return {
              ...place,
              message: `\`${type}\` does not close the \`${opener.type}\` of line ${opener.place.line}`,
            };
        }
      }
      while (!cursor.gotoNextSibling())
        if (!cursor.gotoParent()) {
          const last = open.at(-1);
          return last ? { ...last.place, message: `\`${last.type}\` is never closed` } : null;
        }
    }
  } finally {
    cursor.delete();
  }
}
