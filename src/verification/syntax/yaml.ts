import { parseAllDocuments } from "yaml";
import { placeOf, type SyntaxFault } from "./fault.ts";

/** Helm, Jinja, ERB: YAML only once it is filled in. `${{` belongs to a workflow and is YAML. */
const isTemplate = (text: string): boolean => /(?<!\$)\{\{|\{%|<%/.test(text);

/** The first error of YAML text; several documents are fine, and so are keys that occur twice: many readers take them. */
export function faultOfYaml(text: string): SyntaxFault | null {
  if (isTemplate(text)) return null;
  const documents = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const [error] = documents.flatMap((document) => document.errors);
  // The parser's own stack is no rule of the language.
  if (error?.message.includes("call stack")) return null;
  return error ? { ...placeOf(text, error.pos[0]), message: error.message } : null;
}
