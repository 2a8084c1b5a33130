import { join } from "node:path";
import type { PhaseState } from "../domain/fold.ts";
import { openPhaseStates } from "../domain/transitions.ts";
import { removeWorkspace } from "../platform/workspace.ts";
import type { ExecutorDeps } from "./deps.ts";
import { isUnread } from "./discard.ts";
import { integrate } from "./integrate-step.ts";
import { interruptAttempt } from "./interrupt.ts";
import type { Journal } from "./journal.ts";
import { type AttemptContext, attemptOf, createShared, placeOf, runMarker } from "./step.ts";

/**
 * Brings the world in line with the ledger after a process ended without saying so: its children are ended, an
 * integration under way is finished, an attempt whose builder was cut off is interrupted, workspaces that no open
 * attempt needs are removed. What can go on is left as it is.
 */
export async function reconcile(deps: ExecutorDeps, journal: Journal): Promise<void> {
  await deps.platform.processes.endLeftovers(runMarker(deps, journal.runId));
  for (const context of openAttempts(deps, journal)) {
    const { integration, build, change, buildStartedAt } = attemptOf(context);
    if (integration && change) await integrate(context, change);
    else if (buildStartedAt && !build)
      await interruptAttempt(context, "crash", "the executor ended while the builder was at work");
    else if (build && !change && !(await workspaceExists(context)))
      await interruptAttempt(context, "crash", "the builder's workspace is gone");
  }
  await removeStaleWorkspaces(deps, journal);
}

/** Ends the attempts that are open when a run ends before its phases do. */
export async function closeOpenAttempts(deps: ExecutorDeps, journal: Journal, why: string): Promise<void> {
  for (const context of openAttempts(deps, journal)) await interruptAttempt(context, "stopped", why);
  await removeStaleWorkspaces(deps, journal);
}

const isOpen = (phase: PhaseState): boolean => openPhaseStates.includes(phase.state);

function openAttempts(deps: ExecutorDeps, journal: Journal): AttemptContext[] {
  const shared = createShared();
  const stop = journal.lost;
  return journal.state.phases.filter(isOpen).map((phase) => ({
    deps,
    journal,
    shared,
    stop,
    phaseId: phase.spec.id,
    attempt: phase.attempts.length,
  }));
}

const workspaceExists = async (context: AttemptContext): Promise<boolean> => {
  const { root, runId, name } = placeOf(context, "build");
  return (await context.deps.platform.files.stat(join(root, runId, name, "tree"))) !== null;
};

async function removeStaleWorkspaces(deps: ExecutorDeps, journal: Journal): Promise<void> {
  const { runId } = journal;
  const kept = new Set(openAttempts(deps, journal).map((context) => placeOf(context, "build").name));
  for (const { spec, attempts } of journal.state.phases)
    for (const attempt of attempts.filter(isUnread)) kept.add(`${spec.id}.${attempt.attempt}.build`);
  const folder = join(deps.workspaceRoot, runId);
  const names = (await deps.platform.files.list(folder)) ?? [];
  // A workspace that cannot be removed was told when its step ended, and is there for `clean`.
  for (const name of names)
    if (!kept.has(name))
      await removeWorkspace(deps.platform, deps.repository, {
        root: deps.workspaceRoot,
        runId,
        name,
        fence: journal.fence,
      });
  if ((await deps.platform.files.list(folder))?.length === 0) await deps.platform.files.remove(folder);
}
