import type { Diagnostic } from "../../domain/finding.ts";
import { isScript } from "../syntax/script.ts";
import { faultAt } from "./check-source.ts";
import type { ImportLanguage, ImportUse } from "./import-use.ts";
import { readImportsApart } from "./parse-apart.ts";
import { createPythonImports, isPython } from "./python-modules.ts";
import { createScriptImports } from "./resolve-script.ts";
import { isSample, longestRead, type SourceChange } from "./source-change.ts";
import { type ChangedTree, readUnchanged } from "./tree-files.ts";

/**
 * Imports that a change broke: in its own files those that are new, or whose target it took away, and in unchanged
 * files those of a module that it took away. JavaScript and TypeScript by what resolves in the prepared workspace,
 * Python by the files of the project. Silent wherever a bundler, a generator or an alias may provide what is missing.
 */
export async function checkImports(tree: ChangedTree): Promise<Diagnostic[]> {
  const scripts = await findBroken(tree, createScriptImports(tree));
  return [...scripts, ...(await findBroken(tree, createPythonImports(tree)))];
}

/** Whether a file of that name can break an import, by what it asks for or by being gone. */
export const hasImports = (path: string): boolean => isScript(path) || isPython(path);

interface Importer {
  readonly path: string;
  readonly text: string;
  readonly before: string | null;
  /** Of a file that the change did not touch, only what it took away can be broken. */
  readonly status: "added" | "modified" | "unchanged";
}

/** Of a language; more help nobody. */
const mostFaults = 100;

async function findBroken(tree: ChangedTree, language: ImportLanguage): Promise<Diagnostic[]> {
  const importers = tree.changes.filter(({ path }) => language.fits(path)).flatMap(toImporter);
  if (language.gone.length > 0)
    for await (const { path, text } of readUnchanged(tree, (one) => language.fits(one) && !isSample(one)))
      if (language.gone.some((word) => text.includes(word)))
        importers.push({ path, text, before: null, status: "unchanged" });
  const texts = importers.flatMap(({ path, text, before }) => [
    { path, text },
    { path, text: before ?? "" },
  ]);
  const uses = await readImportsApart(texts);
  const found: Diagnostic[] = [];
  for (const [index, { path, status }] of importers.entries()) {
    const known = new Set(usesOf(uses[2 * index + 1]).map(({ specifier }) => specifier));
    // From another place, the same relative import leads elsewhere.
    const isKnown = ({ specifier }: ImportUse) =>
      known.has(specifier) && !(status === "added" && specifier.startsWith("."));
    for (const use of usesOf(uses[2 * index])) {
      if (use.isGuarded) continue;
      const fault = await language.faultOf(path, use, status !== "unchanged" && !isKnown(use));
      if (fault !== null) found.push(faultAt(path, use.line, use.column, "unresolved-import", fault));
      if (found.length === mostFaults) return found;
    }
  }
  return found;
}

const usesOf = (result: readonly ImportUse[] | "died" | null | undefined): readonly ImportUse[] =>
  result === "died" ? [] : (result ?? []);

function toImporter({ path, status, text, before }: SourceChange): Importer[] {
  if (text === null || text.length > longestRead || status === "deleted") return [];
  return before === null && isSample(path) ? [] : [{ path, text, before, status }];
}
