import { runStream } from "../domain/events.ts";
import type { Lease, LeaseHeld } from "../domain/ledger.ts";
import type { Result } from "../domain/result.ts";
import type { ExecutorDeps } from "./deps.ts";

/** Takes the lease of a run's stream for this process; an owner on this host that is dead is replaced at once. */
export async function acquireRun(
  deps: Pick<ExecutorDeps, "platform" | "leases">,
  runId: string,
): Promise<Result<Lease, LeaseHeld>> {
  const { processes, clock } = deps.platform;
  const self = await processes.identify();
  if (!self) throw new Error("this process cannot be identified");
  return deps.leases.acquire(runStream(runId), self, clock.now(), async (owner) => {
    if (owner.host !== self.host) return undefined;
    if (owner.bootId !== self.bootId) return false;
    return (await processes.identify(owner.pid))?.startTime === owner.startTime;
  });
}
