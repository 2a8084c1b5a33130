import { join } from "node:path";
import type { AttemptState } from "../domain/fold-attempt.ts";
import { removeWorkspace } from "../platform/workspace.ts";
import { type AttemptContext, placeOf } from "./step.ts";

/**
 * Removes a workspace that served its purpose. One that cannot go, such as one with another user's files in it,
 * takes nothing from what was proven in it: it is told, and stays for `clean`.
 */
export async function discardWorkspace(context: AttemptContext, what: string): Promise<void> {
  const { deps, phaseId } = context;
  const place = placeOf(context, what);
  const removed = await removeWorkspace(deps.platform, deps.repository, place);
  if (!removed.ok) deps.onOutput(phaseId, `autopack: the workspace ${place.name} stays: ${removed.error}`);
}

/** Whether a builder worked, and what it wrote was kept nowhere but in its workspace: that is not removed. */
export const isUnread = ({ buildStartedAt, change, interruption }: AttemptState): boolean =>
  buildStartedAt !== undefined && !change && !interruption?.rescue;

/** The folder of the builder's workspace. */
export function buildFolder(context: AttemptContext): string {
  const { root, runId, name } = placeOf(context, "build");
  return join(root, runId, name);
}
