import { probingUntil } from "./decide-refusal.ts";
import type { BreakerMemory } from "./memory.ts";
import type { Breaker } from "./registry.ts";

export interface ProbeOrder {
  readonly runId: string;
  readonly now: () => Date;
  /** The longest a probe takes: after that, somebody else may begin one. */
  readonly limitMs: number;
  /** Waits after a failed probe: the first, doubled each time up to the longest. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Looks whether a provider is back, with what is cheap to ask. Of all the processes that share the store, one at a time does.
 * `taken`: another one is at it, or the breaker is gone.
 */
export async function probeOnce(
  memory: BreakerMemory,
  { fingerprint, scope, inputs }: Breaker,
  order: ProbeOrder,
  probe: () => Promise<{ readonly passed: boolean; readonly why: string }>,
): Promise<"passed" | "failed" | "taken"> {
  const { runId, now } = order;
  const id = { fingerprint, scope, inputs };
  const find = (registry: BreakerMemory["registry"]) =>
    registry.inScope(scope).find((other) => other.fingerprint === fingerprint && sameInputs(other, inputs));
  const begun = await memory.append((registry) => {
    const current = find(registry);
    const started = now();
    if (!current || probingUntil(current, started) !== undefined) return null;
    if (current.notBefore !== undefined && Date.parse(current.notBefore) > started.getTime()) return null;
    const until = new Date(started.getTime() + order.limitMs).toISOString();
    return { type: "probe-started", data: { ...id, runId, until } };
  });
  if (!begun) return "taken";
  const { passed, why } = await probe();
  await memory.append((registry) => {
    const current = find(registry);
    if (current?.probing?.runId !== runId) return null;
    const waitMs = Math.min(order.firstMs * 2 ** Math.min(current.probes, 30), order.maxMs);
    const notBefore = new Date(now().getTime() + waitMs).toISOString();
    return { type: "probe-ended", data: { ...id, runId, passed, why, notBefore } };
  });
  return passed ? "passed" : "failed";
}

const sameInputs = ({ inputs }: Breaker, others: Breaker["inputs"]): boolean =>
  Object.keys(inputs).length === Object.keys(others).length &&
  Object.entries(inputs).every(([name, value]) => others[name] === value);
