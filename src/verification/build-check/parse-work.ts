import { isScript } from "../syntax/script.ts";
import { checkSource } from "./check-source.ts";
import { readPythonImports } from "./python-imports.ts";
import { readScriptImports } from "./script-imports.ts";
import type { SourceChange } from "./source-change.ts";

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export type ParseRequest =
  | { readonly task: "faults"; readonly items: readonly SourceChange[] }
  | { readonly task: "imports"; readonly items: readonly SourceText[] };

/** What the process of its own does, by `runApart`: a result for each item, in order. */
export async function work({ task, items }: ParseRequest): Promise<unknown[]> {
  const results: unknown[] = [];
  if (task === "faults") for (const change of items) results.push(await checkSource(change));
  else
    for (const { path, text } of items)
      results.push(isScript(path) ? readScriptImports(path, text) : await readPythonImports(text));
  return results;
}
