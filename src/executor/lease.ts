import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Lease, LeaseHeld, LeaseHolder, ProcessIdentity } from "../domain/ledger.ts";
import type { Result } from "../domain/result.ts";
import type { ExecutorDeps } from "./deps.ts";

type LeaseDeps = Pick<ExecutorDeps, "leases" | "leaseMs" | "pollMs"> & {
  readonly platform: Pick<ExecutorDeps["platform"], "clock" | "processes">;
};

/** How often an owner gives a sign of life while its lease lasts. */
export const signsPerLease = 4;

/** Takes the lease of a stream for this process, when nobody else lives by it. */
export async function acquireLease(deps: LeaseDeps, stream: string): Promise<Result<Lease, LeaseHeld>> {
  const { processes, clock } = deps.platform;
  const self = await processes.identify();
  if (!self) throw new Error("this process cannot be identified");
  return deps.leases.acquire(stream, self, clock.now(), async (holder) => {
    if (await isDead(deps, self, holder.owner)) return true;
    const age = clock.now().getTime() - Date.parse(holder.renewedAt);
    // A time in the future means as little as one long past: one of the two clocks was set.
    return Math.abs(age) > deps.leaseMs && (await staysSilent(deps, stream, holder));
  });
}

/** Known for a process of this host alone. */
async function isDead(
  { platform }: LeaseDeps,
  self: ProcessIdentity,
  owner: ProcessIdentity,
): Promise<boolean> {
  if (owner.host !== self.host) return false;
  if (owner.bootId !== self.bootId) return true;
  return (await platform.processes.identify(owner.pid))?.startTime !== owner.startTime;
}

/**
 * Watches for two signs of life that are due. What clocks say is not enough to take a run from its owner: this one
 * may have jumped, that of another host may be wrong.
 */
async function staysSilent(deps: LeaseDeps, stream: string, seen: LeaseHolder): Promise<boolean> {
  for (let signs = 0; signs < 2; signs++) {
    await deps.platform.clock.sleep(deps.leaseMs / signsPerLease);
    const now = await deps.leases.holder(stream);
    if (now && now.renewedAt !== seen.renewedAt) return false;
  }
  return true;
}

/**
 * Lets one process at a time do `work` on the runs of a plan: two that look for an unfinished run at the same moment
 * would both find none, and both start one.
 */
export async function withPlanLease<T>(deps: LeaseDeps, planId: string, work: () => Promise<T>): Promise<T> {
  const lease = await waitForLease(deps, `plan/${planId}`);
  try {
    return await work();
  } finally {
    await deps.leases.release(lease);
  }
}

async function waitForLease(deps: LeaseDeps, stream: string): Promise<Lease> {
  for (let waited = 0; ; waited += deps.pollMs) {
    const lease = await acquireLease(deps, stream);
    if (lease.ok) return lease.value;
    if (waited > deps.leaseMs) throw planBusy(lease.error);
    await deps.platform.clock.sleep(deps.pollMs);
  }
}

const planBusy = ({ owner }: LeaseHeld): AppError =>
  new AppError({
    code: "plan-busy",
    message: `process ${owner.pid} on ${owner.host} has been starting a run of this plan for too long`,
    action: "Look at that process, then run the command again.",
    exitCode: exitCodes.environment,
  });
