import { clearHazards } from "./clear-hazards.ts";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";
import type { Workspace } from "./workspace.ts";

/** How a workspace differs from its commit, ignored files included. */
export interface WorkspaceOutputs {
  /** New files, and folders of which nothing is tracked, without a slash at the end. */
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
}

/** Looks at what setup left: the code of an earlier phase may have run in it. */
export async function listOutputs(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  workspace: Workspace,
  limits: { readonly fileBytes: number },
): Promise<WorkspaceOutputs> {
  await clearHazards(workspace.tree, limits.fileBytes);
  const list = async (...how: string[]): Promise<string[]> => {
    const output = await gitOrThrow(git, {
      gitDir: repository.gitDir,
      workTree: workspace.tree,
      indexFile: workspace.indexFile,
      args: ["ls-files", "-z", ...how],
    });
    return [...new Set(output.split("\0"))].filter((path) => path !== "");
  };
  const added = await list("--others", "--directory", "--no-empty-directory");
  const deleted = await list("--deleted");
  const modified = (await list("--modified")).filter((path) => !deleted.includes(path));
  return { added: added.map((path) => path.replace(/\/$/, "")), modified, deleted };
}
