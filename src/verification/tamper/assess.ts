import picomatch from "picomatch";
import type { TamperFinding } from "../../domain/finding.ts";
import type { Allowance, TamperContext, TamperFile } from "./model.ts";
import { readChange } from "./read-change.ts";
import { tamperRules } from "./rules.ts";

const order = { block: 0, review: 1, note: 2 } as const;

const allows = ({ rule, paths }: Allowance, finding: TamperFinding): boolean =>
  rule === finding.rule &&
  (paths === undefined || paths.some((glob) => picomatch.isMatch(finding.path, glob, { dot: true })));

/**
 * The signs in a change that a check was made easier instead of the code better, worst first. Pass the whole change:
 * what moves within it is found again. Files that do not parse give no finding that needs their tree; that they do
 * not parse is for the build check to say. What the plan allows is told with its reason, and not left out.
 */
export async function assessTampering(
  change: readonly TamperFile[],
  { owned, reports = [], allow }: TamperContext,
): Promise<TamperFinding[]> {
  const judged = await readChange(change, { owned, reports });
  const findings: TamperFinding[] = [];
  for (const { id, assess } of tamperRules)
    for (const draft of await assess(judged)) {
      const finding = { rule: id, ...draft };
      const allowed = allow.find((one) => allows(one, finding))?.reason;
      findings.push(allowed === undefined ? finding : { ...finding, allowed });
    }
  return findings.sort(
    (a, b) =>
      order[a.severity] - order[b.severity] || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
  );
}
