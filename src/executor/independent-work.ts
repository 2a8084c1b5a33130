import type { PhaseState, RunState } from "../domain/fold.ts";
import type { BlobEntry } from "../platform/private-repository.ts";
import { diffTrees } from "../platform/tree-diff.ts";
import type { ExecutorDeps } from "./deps.ts";

/**
 * The files of `base` without what phases have done to them that the plan says this one is independent of: those of its own tier
 * that it does not depend on. Which of them came first is chance, and no reason to try again.
 */
export async function filesWithoutOthers(
  { platform, repository }: Pick<ExecutorDeps, "platform" | "repository">,
  run: RunState,
  phase: PhaseState,
  base: string,
  blobs: readonly BlobEntry[],
): Promise<BlobEntry[]> {
  const files = new Map(blobs.map((blob) => [blob.path, blob]));
  for (const { onto, commit } of integratedBy(run, phase, base))
    for (const { path, oldMode, oldBlob } of await diffTrees(platform, repository, onto, commit))
      if (oldMode === "000000") files.delete(path);
      else files.set(path, { path, mode: oldMode, blob: oldBlob });
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The steps by which independent phases led to `base`: the latest first. */
function integratedBy(run: RunState, phase: PhaseState, base: string) {
  const needed = neededBy(run, phase);
  const steps = new Map(
    run.phases.flatMap(({ spec, tier, certificate }) =>
      certificate
        ? [
            [
              certificate.commit,
              { ...certificate, independent: tier === phase.tier && !needed.has(spec.id) },
            ] as const,
          ]
        : [],
    ),
  );
  const found: { readonly onto: string; readonly commit: string }[] = [];
  for (let step = steps.get(base); step; step = steps.get(step.onto)) if (step.independent) found.push(step);
  return found;
}

/** All that a phase depends on, directly or not. */
function neededBy(run: RunState, phase: PhaseState): Set<string> {
  const needed = new Set(phase.spec.dependsOn);
  for (const id of needed)
    for (const further of run.phases.find(({ spec }) => spec.id === id)?.spec.dependsOn ?? [])
      needed.add(further);
  return needed;
}
