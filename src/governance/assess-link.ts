import { normalisePath } from "../domain/paths.ts";
import type { PhaseSpec } from "../domain/plan.ts";
import { type PathPolicy, showPath } from "./path-policy.ts";

/**
 * Why a symbolic link may not stand at `path`, as the rest of a sentence; null when it may. The target is
 * resolved by its text, which is exact because the folder of a tracked path is a real one and `..` is accepted
 * only at the target's beginning: behind a name it would climb from wherever that name, if a link, leads.
 */
export function assessLink(
  path: string,
  target: string | undefined,
  { policy, phase }: { readonly policy: PathPolicy; readonly phase: Pick<PhaseSpec, "id" | "scope"> },
): string | null {
  if (target === undefined || target === "")
    return "is a symbolic link whose target could not be read; use a regular file.";
  const points = `points at ${showPath(target)}`;
  if (/^(\/|[A-Za-z]:)/.test(target))
    return `${points}, an absolute path; use a relative one inside the repository.`;
  if (/(^|\/)(?!\.{1,2}\/)[^/]+\/+(\.\/+)*\.\.(\/|$)/.test(target))
    return `${points}, which climbs with ".." behind a name; write the path directly.`;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const resolved = normalisePath(folder + target);
  if (!resolved.ok) return `${points}, and there ${resolved.error}; use a target inside the repository.`;
  const judgement = policy.assessPath(resolved.value, { phaseId: phase.id, write: phase.scope.write });
  if (judgement.verdict === "refused" && judgement.kind === "protected-path")
    return `${points}, which is protected; use a regular file or another target.`;
  return null;
}
