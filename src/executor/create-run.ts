import { AppError } from "../domain/app-error.ts";
import { type RunCreated, type RunEvent, runStream } from "../domain/events.ts";
import { createRunRefs, removeRunRefs } from "../platform/private-repository.ts";
import type { ExecutorDeps } from "./deps.ts";
import { acquireLease } from "./lease.ts";

/**
 * Pins a run in the ledger: its plan, builders, scripts, limits and base, and what is known of its phases before
 * the first attempt (`phase-refused`, `phase-skipped`). The refs come first, so that a run in the ledger always has
 * them, and go again when the ledger does not take the run; the lease comes before, so that `clean` does not take
 * them for a leftover, and ends with this process where the store cannot even take its release.
 */
export async function createRun(
  deps: ExecutorDeps,
  runId: string,
  created: RunCreated,
  known: readonly RunEvent[],
): Promise<void> {
  const { platform, repository, leases, ledger } = deps;
  const stream = runStream(runId);
  const lease = await acquireLease(deps, stream);
  if (!lease.ok) throw new Error(`the id of the new run ${runId} is taken`);
  const { base, continues } = created;
  const chain = continues === undefined ? {} : { continues };
  try {
    await createRunRefs(platform, repository, { runId, base: base.commit, ...chain });
    const appended = await ledger.append({
      stream,
      expectedSeq: 0,
      events: [{ type: "run-created", data: created }, ...known],
      actor: deps.actor,
      at: platform.clock.now().toISOString(),
      lease: lease.value,
    });
    if (!appended.ok) throw new Error(`run ${runId} could not be created: ${appended.error.message}`);
  } catch (error) {
    if (error instanceof AppError) await removeRunRefs(platform, repository, { runId, base: base.commit });
    throw error;
  }
  await leases.release(lease.value);
}
