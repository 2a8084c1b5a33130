import type { SyntaxFault } from "../syntax/fault.ts";
import { faultOfJson, isJson } from "../syntax/json.ts";
import { faultOfPython } from "../syntax/python.ts";
import { isScript, parseScript } from "../syntax/script.ts";
import { faultOf, findUnbalanced, withTree } from "../syntax/tree-sitter.ts";
import { faultOfYaml } from "../syntax/yaml.ts";

type Parse = (text: string, before: string | null) => Promise<SyntaxFault | null>;

/**
 * How a file is parsed, told by its name. A language is here only when its parser refuses nothing that the
 * language's own tool takes, beside that tool on thousands of real files. The grammars of Rust and CSS meet macros,
 * and what came later than they did: there, an error counts when brackets do not match either.
 */
export function parserOf(path: string): Parse | null {
  if (isScript(path)) return async (text) => scriptFault(path, text);
  if (isJson(path)) return async (text, before) => faultOfJson(path, text, before);
  if (/\.ya?ml$/i.test(path)) return async (text) => faultOfYaml(text);
  if (/\.pyi?$/.test(path)) return (text) => withTree("python", text, faultOfPython);
  if (path.endsWith(".go")) return (text) => withTree("go", text, faultOf);
  if (path.endsWith(".rs")) return (text) => withTree("rust", text, unbalanced);
  if (path.endsWith(".css")) return (text) => withTree("css", text, unbalanced);
  return null;
}

const unbalanced: Parameters<typeof withTree<SyntaxFault | null>>[2] = (tree) =>
  tree.rootNode.hasError ? findUnbalanced(tree) : null;

function scriptFault(path: string, text: string): SyntaxFault | null {
  const parsed = parseScript(path, text);
  return parsed && "fault" in parsed ? parsed.fault : null;
}
