import type { Diagnostic } from "../../domain/finding.ts";
import { checkSource, faultAt } from "./check-source.ts";
import { findFaultsApart } from "./parse-apart.ts";
import { isSample, longestRead, type SourceChange } from "./source-change.ts";
import { parserOf } from "./syntax-fault.ts";

/**
 * What keeps changed files from being read: conflict markers, and the first place where a file does not parse. Only
 * what the change brought: a file that did not parse before is let be, and so is a new one in a folder of samples.
 * Parsed in a process of its own; a file that its parser does not survive is nested too deeply for any.
 */
export async function checkSources(changes: readonly SourceChange[]): Promise<Diagnostic[]> {
  const judged = changes.filter(
    ({ path, text, before }) =>
      text !== null && text.length <= longestRead && !(before === null && isSample(path)),
  );
  const parsed = judged.filter(({ path }) => parserOf(path) !== null);
  const results = await findFaultsApart(parsed);
  const byPath = new Map(parsed.map(({ path }, index) => [path, results[index]]));
  const found: Diagnostic[] = [];
  for (const change of judged) {
    const result = byPath.has(change.path) ? byPath.get(change.path) : await checkSource(change);
    if (result !== "died") found.push(...(result ?? []));
    else if (!(await diedBefore(change)))
      found.push(faultAt(change.path, null, null, "syntax", "it is nested too deeply to be parsed"));
  }
  return found;
}

async function diedBefore(change: SourceChange): Promise<boolean> {
  const [result] = await findFaultsApart([{ ...change, text: change.before, before: null }]);
  return result === "died";
}
