import type { BreakerScope, Inputs, SeenFailure, Try } from "../../domain/breaker.ts";
import type { DecidedBy } from "../../domain/decided-by.ts";
import { type Candidate, decideRefusal, type Refusal } from "./decide-refusal.ts";
import { pickInputs } from "./inputs.ts";
import type { BreakerMemory } from "./memory.ts";
import { opensAt } from "./opens-at.ts";
import { type ProbeOrder, probeOnce } from "./probe.ts";
import { isEndedBy } from "./registry.ts";

/** What a failure is, for whoever remembers it. */
export interface Seen {
  /** The same for the same cause. */
  readonly fingerprint: string;
  readonly failure: SeenFailure;
  readonly decidedBy: DecidedBy;
  /** How far it reaches: one of the candidate's scopes. */
  readonly scope: BreakerScope;
  /** The names of the candidate's inputs that it depends on; left out: all. */
  readonly dependsOn?: readonly string[];
  /** When the provider said to come back, ISO 8601. */
  readonly retryAt?: string;
}

export interface GuardOptions extends Omit<ProbeOrder, "runId"> {
  /** Failures of a provider after which a probe goes first. */
  readonly probeAfter: number;
  /** Left out: a provider's failures close nothing off. */
  readonly probe?: () => Promise<{ readonly passed: boolean; readonly why: string }>;
}

export type Guarded<T> =
  | { readonly did: "succeed"; readonly value: T }
  | { readonly did: "fail"; readonly error: unknown; readonly seen: Seen }
  /** It was not called. */
  | { readonly did: "refuse"; readonly refusal: Refusal };

/** Calls `work` unless what is remembered says that it would only fail again, and remembers how it ended. */
export async function guard<T>(
  memory: BreakerMemory,
  tried: Try,
  candidate: Candidate,
  options: GuardOptions,
  work: () => Promise<T>,
  describe: (error: unknown) => Seen,
): Promise<Guarded<T>> {
  await memory.refresh();
  const refusal = decideRefusal(memory.registry, candidate, options.now());
  if (refusal && !(await isBack(memory, tried.runId, refusal, options))) return { did: "refuse", refusal };
  try {
    const value = await work();
    await recordSuccess(memory, tried, candidate);
    return { did: "succeed", value };
  } catch (error) {
    const seen = describe(error);
    if (seen.decidedBy !== "provider" || options.probe)
      await recordFailure(memory, tried, candidate.inputs, seen, options);
    return { did: "fail", error, seen };
  }
}

async function isBack(
  memory: BreakerMemory,
  runId: string,
  refusal: Refusal,
  { probe, ...order }: GuardOptions,
): Promise<boolean> {
  if (refusal.until !== "probe" || !probe) return false;
  return (await probeOnce(memory, refusal.breaker, { ...order, runId }, probe)) === "passed";
}

/** Stores a failure once. */
export function recordFailure(
  memory: BreakerMemory,
  tried: Try,
  inputs: Inputs,
  { fingerprint, failure, decidedBy, scope, dependsOn, retryAt }: Seen,
  { probeAfter, firstMs, now }: Pick<GuardOptions, "probeAfter" | "firstMs" | "now">,
): Promise<boolean> {
  const { runId, phaseId, attempt } = tried;
  const id = { runId, phaseId, attempt, fingerprint, scope };
  const notBefore = retryAt ?? new Date(now().getTime() + firstMs).toISOString();
  return memory.append((registry) =>
    registry.holds(tried)
      ? null
      : {
          type: "failure-recorded",
          data: {
            ...id,
            failure,
            decidedBy,
            inputs: dependsOn ? pickInputs(inputs, dependsOn) : inputs,
            opensAt: opensAt(decidedBy, probeAfter),
            ...(decidedBy === "provider" ? { notBefore } : {}),
          },
        },
  );
}

/** Stores a success, where anything is remembered that it ends. */
export function recordSuccess(
  memory: BreakerMemory,
  { runId, phaseId, attempt }: Try,
  { scopes, inputs }: Candidate,
): Promise<boolean> {
  const data = { runId, phaseId, attempt, scopes, inputs };
  return memory.append((registry) =>
    scopes.some((scope) => registry.inScope(scope).some((breaker) => isEndedBy(breaker, data)))
      ? { type: "success-recorded", data }
      : null,
  );
}
