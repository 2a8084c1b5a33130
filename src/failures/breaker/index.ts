/**
 * The circuit breaker: remembers causes of failures by fingerprint, scope and inputs, and refuses what would only fail again.
 * `docs/breaker.md` shows its use; `examples/breaker/` runs it.
 */
export type {
  BreakerEvent,
  BreakerEventData,
  BreakerId,
  BreakerScope,
  BreakerScopeKind,
  Inputs,
  SeenFailure,
  Try,
} from "../../domain/breaker.ts";
export type { DecidedBy } from "../../domain/decided-by.ts";
export { type Candidate, decideRefusal, type Refusal } from "./decide-refusal.ts";
export { type Guarded, type GuardOptions, guard, recordFailure, recordSuccess, type Seen } from "./guard.ts";
export { digestInput, matches, pickInputs } from "./inputs.ts";
export type { Limit, Limits } from "./limits.ts";
export { type BreakerMemory, type BreakerStore, createMemory, createProcessStore } from "./memory.ts";
export { opensAt } from "./opens-at.ts";
export { type ProbeOrder, probeOnce } from "./probe.ts";
export { type Breaker, foldRegistry, type Registry, type Remembered } from "./registry.ts";
export { type LimitOptions, type Refused, recordLimit, recordServed, takeTurn } from "./turns.ts";
