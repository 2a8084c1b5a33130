import { ok } from "../domain/result.ts";
import { carryFile } from "../platform/carry-file.ts";
import { createWorkspace, type Workspace } from "../platform/workspace.ts";
import { assertHeld } from "../platform/workspace-owner.ts";
import { type AttemptContext, failStep, placeOf, type Step } from "./step.ts";

/**
 * A workspace of `commit` with the files in it that `carry` names, from the user's checkout. Made only by who holds the
 * run: it may have been asleep for long.
 */
export async function freshWorkspace(
  context: AttemptContext,
  what: string,
  commit: string,
): Promise<Step<Workspace>> {
  const { deps, journal } = context;
  const { carry } = journal.state.created.plan;
  await journal.beat();
  journal.lost.throwIfAborted();
  const workspace = await createWorkspace(deps.platform, deps.repository, placeOf(context, what), commit);
  for (const path of carry) {
    await assertHeld(deps.platform.files, workspace.dir, workspace.place);
    const carried = await carryFile(deps.platform.files, deps.repository.user.root, path, workspace.tree);
    if (!carried.ok)
      return failStep({
        kind: "carry-missing",
        message: `${path} is named in carry, and ${carried.error}.`,
        evidence: [{ label: "path", detail: path }],
      });
  }
  return ok(workspace);
}
