import { expect, it } from "vitest";
import { withTempStore } from "../../test/harness/temp-store.ts";
import type { ProcessIdentity } from "../domain/ledger.ts";
import type { Clock } from "../platform/ports.ts";
import { identifyProcess } from "../platform/process-table.ts";
import type { Store } from "../store/sqlite/open.ts";
import { acquireLease, withPlanLease } from "./lease.ts";

const stream = "run/r";
const day = 86_400_000;
const start = Date.parse("2026-11-23T20:00:00.000Z");
const elsewhere: ProcessIdentity = { host: "elsewhere", bootId: "b", pid: 1, startTime: "1" };

/** A clock that moves only by sleeping; `onSleep` is what others do meanwhile. */
function clockAt(ms: number, onSleep: (now: Date) => Promise<unknown> = async () => undefined) {
  let now = start + ms;
  let slept = 0;
  const clock: Clock = {
    now: () => new Date(now),
    elapsed: () => slept,
    async sleep(duration) {
      slept += duration;
      now += duration;
      await onSleep(new Date(now));
    },
  };
  return { clock, slept: () => slept };
}

const depsOf = ({ leases }: Store, clock: Clock) => ({
  leases,
  leaseMs: 60_000,
  pollMs: 5,
  platform: { clock, processes: { identify: (pid = process.pid) => identifyProcess(pid) } as never },
});

const heldBy = async ({ leases }: Store, owner: ProcessIdentity) => {
  const lease = await leases.acquire(stream, owner, new Date(start), async () => true);
  if (!lease.ok) throw new Error("it was free");
  return lease.value;
};

it.each([
  ["a day forwards", day],
  ["an hour backwards", -3_600_000],
])("leaves a run to its owner when the clock jumps %s, for it gives signs of life", (_, jump) =>
  withTempStore(async (store) => {
    const lease = await heldBy(store, elsewhere);
    const { clock, slept } = clockAt(jump, (now) =>
      store.leases.renew(lease, new Date(now.getTime() - jump)),
    );
    expect(await acquireLease(depsOf(store, clock), stream)).toMatchObject({ error: { code: "lease-held" } });
    expect(slept()).toBe(15_000);
  }),
);

it.each([60_001, day, -60_001])("takes a lease that is silent at %i ms, after watching for two signs", (ms) =>
  withTempStore(async (store) => {
    await heldBy(store, elsewhere);
    const { clock, slept } = clockAt(ms);
    expect(await acquireLease(depsOf(store, clock), stream)).toMatchObject({ value: { fence: 2 } });
    expect(slept()).toBe(30_000);
  }),
);

it("leaves a lease alone that was renewed in time", () =>
  withTempStore(async (store) => {
    await heldBy(store, elsewhere);
    const { clock, slept } = clockAt(60_000);
    expect(await acquireLease(depsOf(store, clock), stream)).toMatchObject({ error: { owner: elsewhere } });
    expect(slept()).toBe(0);
  }));

it("takes the lease of a dead process of this host at once, and of one before the last boot", () =>
  withTempStore(async (store) => {
    const self = await identifyProcess(process.pid);
    if (!self) throw new Error("this process is not found");
    const { clock, slept } = clockAt(1);
    await heldBy(store, { ...self, startTime: "another" });
    expect(await acquireLease(depsOf(store, clock), stream)).toMatchObject({ value: { fence: 2 } });
    await heldBy(store, { ...self, bootId: "another" });
    expect(await acquireLease(depsOf(store, clock), stream)).toMatchObject({ value: { fence: 4 } });
    expect(slept()).toBe(0);
  }));

it("lets one at a time look for unfinished runs of a plan", () =>
  withTempStore(async (store) => {
    const steps: string[] = [];
    const deps = depsOf(store, clockAt(0, () => new Promise((resolve) => setTimeout(resolve, 1))).clock);
    const work = (name: string) => () =>
      new Promise<void>((resolve) => {
        steps.push(`${name} in`);
        setTimeout(() => {
          steps.push(`${name} out`);
          resolve();
        }, 10);
      });
    await Promise.all([withPlanLease(deps, "p", work("a")), withPlanLease(deps, "p", work("b"))]);
    const [first] = steps[0]!.split(" ");
    const second = first === "a" ? "b" : "a";
    expect(steps).toEqual([`${first} in`, `${first} out`, `${second} in`, `${second} out`]);
    await expect(withPlanLease(deps, "p", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await store.leases.holder("plan/p")).toBeUndefined();
  }));
