import { dirname, join } from "node:path/posix";
import type { Diagnostic } from "../../domain/finding.ts";
import { isScript } from "../syntax/script.ts";
import { findBrokenPython } from "./python-modules.ts";
import { createScriptResolver, isRelative, type ScriptResolver } from "./resolve-script.ts";
import { type ImportUse, readScriptImports } from "./script-imports.ts";
import { isSample, longestRead, type SourceChange } from "./source-change.ts";
import { type ChangedTree, readUnchanged } from "./tree-files.ts";

/**
 * Imports that a change broke: in its own files those that are new, or whose target it took away, and in unchanged
 * files those of a module that it took away. JavaScript and TypeScript by what resolves in the prepared workspace,
 * Python by the files of the project.
 */
export async function checkImports(tree: ChangedTree): Promise<Diagnostic[]> {
  const resolver = createScriptResolver(tree);
  const gone = goneModules(tree.changes);
  const found: Diagnostic[] = [];
  for (const change of tree.changes) {
    if (change.text === null || !isScript(change.path) || isLeft(change)) continue;
    found.push(...(await checkScript(change, change.text, gone, resolver)));
  }
  if (gone.size > 0)
    for await (const { path, text } of readUnchanged(tree, isScript)) {
      if (isSample(path) || ![...gone].some((module) => text.includes(stemOf(module)))) continue;
      for (const use of readScriptImports(path, text) ?? [])
        if (namesGone(path, use.specifier, gone) && (await resolver.isMissingFile(path, use)))
          found.push(missing(path, use));
    }
  return [...found, ...(await findBrokenPython(tree))];
}

const isLeft = ({ path, text, before }: SourceChange): boolean =>
  (text?.length ?? 0) > longestRead || (before === null && isSample(path));

async function checkScript(
  { path, before }: SourceChange,
  text: string,
  gone: ReadonlySet<string>,
  resolver: ScriptResolver,
): Promise<Diagnostic[]> {
  const known = new Set(
    before === null ? [] : readScriptImports(path, before)?.map(({ specifier }) => specifier),
  );
  const found: Diagnostic[] = [];
  for (const use of readScriptImports(path, text) ?? []) {
    if (known.has(use.specifier) && !namesGone(path, use.specifier, gone)) continue;
    if (await resolver.isMissingFile(path, use)) found.push(missing(path, use));
    else if (!isRelative(use.specifier) && (await resolver.isUnknownPackage(path, use)))
      found.push(error(path, use, `the package of \`${use.specifier}\` is neither installed nor declared`));
  }
  return found;
}

const missing = (path: string, use: ImportUse): Diagnostic =>
  error(path, use, `\`${use.specifier}\` names no file`);

const error = (path: string, { line, column }: ImportUse, message: string): Diagnostic => ({
  path,
  line,
  column,
  severity: "error",
  rule: "unresolved-import",
  message,
});

const withoutEnding = (path: string): string => path.replace(/(\.d)?\.[cm]?[jt]sx?$/, "");

/** What the change deleted, as a relative import may name it: with its ending and without, a folder for its index. */
function goneModules(changes: readonly SourceChange[]): Set<string> {
  const names = changes
    .filter(({ status }) => status === "deleted")
    .flatMap(({ path }) => [path, withoutEnding(path), withoutEnding(path).replace(/\/index$/, "")]);
  return new Set(names);
}

const stemOf = (module: string): string => module.slice(module.lastIndexOf("/") + 1);

function namesGone(from: string, specifier: string, gone: ReadonlySet<string>): boolean {
  if (!isRelative(specifier)) return false;
  const target = join(dirname(from), specifier.replace(/[?#].*$/s, "")).replace(/\/$/, "");
  return gone.has(target) || gone.has(withoutEnding(target));
}
