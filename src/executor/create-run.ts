import { type RunCreated, type RunEvent, runStream } from "../domain/events.ts";
import { createRunRefs } from "../platform/private-repository.ts";
import type { ExecutorDeps } from "./deps.ts";
import { acquireRun } from "./lease.ts";

/**
 * Pins a run in the ledger: its plan, builders, scripts, limits and base, and what is known of its phases before
 * the first attempt (`phase-refused`, `phase-skipped`). The refs come first, so that a run in the ledger always
 * has them; the lease comes before, so that `clean` does not take them for a leftover.
 */
export async function createRun(
  deps: ExecutorDeps,
  runId: string,
  created: RunCreated,
  known: readonly RunEvent[],
): Promise<void> {
  const { platform, leases, ledger } = deps;
  const { base, continues } = created;
  const chain = continues === undefined ? {} : { continues };
  const lease = await acquireRun(deps, runId);
  if (!lease.ok) throw new Error(`the id of the new run ${runId} is taken`);
  await createRunRefs(platform, deps.repository, { runId, base: base.commit, ...chain });
  const appended = await ledger.append({
    stream: runStream(runId),
    expectedSeq: 0,
    events: [{ type: "run-created", data: created }, ...known],
    actor: deps.actor,
    at: platform.clock.now().toISOString(),
    lease: lease.value,
  });
  await leases.release(lease.value);
  if (!appended.ok) throw new Error(`run ${runId} could not be created: ${appended.error.message}`);
}
