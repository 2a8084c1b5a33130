import { join } from "node:path";
import { ok } from "../domain/result.ts";
import { createWorkspace, type Workspace, writeInto } from "../platform/workspace.ts";
import { type AttemptContext, failStep, placeOf, type Step } from "./step.ts";

/** A workspace of `commit` with the files in it that `carry` names, from the user's checkout. */
export async function freshWorkspace(
  context: AttemptContext,
  what: string,
  commit: string,
): Promise<Step<Workspace>> {
  const { deps, journal } = context;
  const { carry } = journal.state.created.plan;
  const workspace = await createWorkspace(deps.platform, deps.repository, placeOf(context, what), commit);
  for (const path of carry) {
    const data = await deps.platform.files.read(join(deps.repository.user.root, path));
    if (!data)
      return failStep({
        kind: "carry-missing",
        message: `${path} is named in carry and is not in the checkout.`,
        evidence: [{ label: "path", detail: path }],
      });
    await writeInto(deps.platform, workspace, join("tree", path), data);
  }
  return ok(workspace);
}
