import { alternativesOf } from "../domain/builders.ts";
import type { PassedOver } from "../domain/chain.ts";
import type { Failure } from "../domain/failure.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { scopesOverlap } from "../domain/paths.ts";
import type { RunFailureReason, RunStateName } from "../domain/run.ts";
import { endedPhaseStates, satisfiedPhaseStates } from "../domain/transitions.ts";
import type { Refusal } from "../failures/breaker/decide-refusal.ts";
import type { Breaker } from "../failures/breaker/registry.ts";
import type { Attempt, Offer, Prospects } from "../failures/chain.ts";
import { decideNext } from "../failures/decide-next.ts";
import { type LiveTokens, priceOf, remainingOfPhase, remainingOfRun, tokensFree } from "./budgets.ts";
import { repairFor } from "./starting-point.ts";

/** What the run does next; found by looking at the folded state alone. */
export type RunStep =
  /** `attempt` is left out where one is open already: that goes on. */
  | { readonly do: "start"; readonly phaseId: string; readonly attempt?: Attempt }
  /** Ask cheaply whether the phase's provider is there. */
  | { readonly do: "probe"; readonly phaseId: string; readonly breaker: Breaker }
  /** Take the phase's turn behind the limit of a provider's account. */
  | { readonly do: "turn"; readonly phaseId: string; readonly account: string }
  | { readonly do: "block"; readonly phaseId: string; readonly by: string; readonly cause: string }
  | {
      readonly do: "delay";
      readonly phaseId: string;
      readonly until: Date;
      readonly failure: Failure;
      readonly backOffMs?: number;
    }
  /** The phase ends; or a person is asked whether it is tried again. */
  | {
      readonly do: "fail" | "ask";
      readonly phaseId: string;
      readonly failure: Failure;
      readonly because: string;
      readonly passedOver?: readonly PassedOver[];
    }
  /** Nothing to start: work is going on (no `until`), or everything left waits for a time. */
  | { readonly do: "wait"; readonly until?: Date; readonly why: string }
  /** Only a person can continue. */
  | { readonly do: "pause"; readonly why: string }
  | {
      readonly do: "end";
      readonly state: RunStateName;
      readonly reason?: RunFailureReason;
      readonly why: string;
    };

/** What the breaker says of what a phase's next attempt may be. */
export type Refusals = (phaseId: string, offer: Offer) => Refusal | null;

/** Pure: the same state, clock, set of active phases, refusals, drawn numbers and tokens reported by now give the same step. */
export function decideRun(
  run: RunState,
  active: ReadonlySet<string>,
  now: Date,
  refusals: Refusals,
  random: () => number,
  live: LiveTokens = new Map(),
): RunStep {
  const stopped = stopWhole(run, now);
  if (stopped) return active.size > 0 ? { do: "wait", why: stopped.why } : stopped;

  const tier = tierAtWork(run);
  let wake: Wake | undefined;
  for (const phase of run.phases) {
    const waits = isLeftToPerson(phase) || active.has(phase.spec.id);
    if (phase.tier !== tier || !isOpen(phase) || waits) continue;
    const step = decidePhase(run, phase, active, now, { refusals, random, live });
    if (step === "later") continue;
    if (!("wakes" in step)) return step;
    if (!wake || step.wakes < wake.wakes) wake = step;
  }
  if (active.size > 0) return { do: "wait", why: `${active.size} at work` };
  if (wake)
    return { do: "wait", until: wake.wakes, why: `every phase that is left waits, first ${wake.why}` };
  const left = run.phases.filter(isLeftToPerson).map((phase) => phase.spec.id);
  if (left.length > 0) return { do: "pause", why: `${left.join(", ")} to be approved or rejected` };
  return endOf(run);
}

const isLeftToPerson = ({ state }: PhaseState): boolean => state === "gated" || state === "asked";

/** The phases that may be tried next: queued, of the tier that is at work, with all that they depend on. */
export function findReady(run: RunState, active: ReadonlySet<string>): PhaseState[] {
  if (active.size >= run.created.limits.maxParallel) return [];
  const tier = tierAtWork(run);
  return run.phases.filter(
    ({ spec, state, tier: own }) =>
      own === tier &&
      state === "queued" &&
      !active.has(spec.id) &&
      neededBy(run, spec).every((other) => satisfiedPhaseStates.includes(other.state)),
  );
}

const tierAtWork = (run: RunState): number =>
  Math.min(...run.phases.filter(isOpen).map((phase) => phase.tier));

const neededBy = (run: RunState, { dependsOn }: PhaseState["spec"]): PhaseState[] =>
  dependsOn.flatMap((id) => run.phases.find((other) => other.spec.id === id) ?? []);

interface Circumstances {
  readonly refusals: Refusals;
  readonly random: () => number;
  readonly live: LiveTokens;
}

/** A phase that waits, and for what. */
interface Wake {
  readonly wakes: Date;
  readonly why: string;
}

/** The step of one open phase; when it wakes where it waits for a time, `later` when others must end first. */
function decidePhase(
  run: RunState,
  phase: PhaseState,
  active: ReadonlySet<string>,
  now: Date,
  { refusals, random, live }: Circumstances,
): RunStep | Wake | "later" {
  const phaseId = phase.spec.id;
  const needed = neededBy(run, phase.spec);
  const broken = needed.find(isEndedBadly);
  if (phase.state === "queued" && broken) return { do: "block", phaseId, ...blockOf(run, broken) };
  if (!needed.every((other) => satisfiedPhaseStates.includes(other.state))) return "later";
  if (active.size >= run.created.limits.maxParallel || overlapsActive(run, phase, active)) return "later";
  if (phase.state !== "queued") return { do: "start", phaseId };

  const remaining = remainingOfPhase(run, phase, now);
  const prospects = prospectsOf(run, phase, refusals);
  // Without a builder there is no attempt: lint has refused such a phase.
  if (!prospects) return "later";
  const next = decideNext(phase, now, remaining, run.created.limits, prospects, random);
  switch (next.do) {
    case "attempt":
      return isSetAside(run, phase, next, live) ? "later" : { do: "start", phaseId, attempt: next };
    case "probe":
      return { do: "probe", phaseId, breaker: next.breaker };
    case "turn":
      return { do: "turn", phaseId, account: next.account };
    case "end":
    case "ask": {
      const { do: does, ...why } = next;
      return { do: does === "end" ? "fail" : "ask", phaseId, ...why };
    }
    case "wait": {
      const { do: _, ...wait } = next;
      const { until, failure } = wait;
      return phase.notBefore === until.toISOString()
        ? { wakes: until, why: `${phaseId}: ${failure.kind}: ${failure.message}`.slice(0, 300) }
        : { do: "delay", phaseId, ...wait };
    }
  }
}

/** Whether what an attempt is to have is set aside for builders at work. */
function isSetAside(run: RunState, phase: PhaseState, { reserved = 0 }: Attempt, live: LiveTokens): boolean {
  const free = tokensFree(run, phase, live);
  return free !== undefined && reserved > Math.max(0, free);
}

/** What the phase's next attempt may be; undefined where no builder is pinned for it. */
function prospectsOf(run: RunState, phase: PhaseState, refusals: Refusals): Prospects | undefined {
  const phaseId = phase.spec.id;
  const { builders, limits } = run.created;
  const own = builders[phaseId];
  const repair = repairFor(run, phase);
  return (
    own && {
      own,
      alternatives: alternativesOf(run.created, phaseId),
      roomFactor: limits.roomFactor,
      ...(repair ? { repair } : {}),
      price: (offer) => priceOf(run, phase, offer),
      refusal: (offer) => refusals(phaseId, offer),
    }
  );
}

const isOpen = (phase: PhaseState): boolean => !endedPhaseStates.includes(phase.state);
const isEndedBadly = (phase: PhaseState): boolean => phase.state === "failed" || phase.state === "blocked";

/** A blocked phase names the phase at the root of it. */
function blockOf(run: RunState, broken: PhaseState): { by: string; cause: string } {
  const root = run.phases.find((phase) => phase.spec.id === (broken.blockedBy ?? broken.spec.id)) ?? broken;
  const failure = root.failure;
  return {
    by: root.spec.id,
    cause: failure
      ? `${root.spec.id} failed: ${failure.kind}: ${failure.message}`
      : `${root.spec.id} did not complete`,
  };
}

function overlapsActive(run: RunState, phase: PhaseState, active: ReadonlySet<string>): boolean {
  return run.phases.some(
    (other) => active.has(other.spec.id) && scopesOverlap(other.spec.scope.write, phase.spec.scope.write),
  );
}

/** Reasons that end the whole run before its phases do. */
function stopWhole(run: RunState, now: Date): Extract<RunStep, { do: "end" }> | undefined {
  if (!run.phases.some(isOpen)) return endOf(run);
  if (run.cancelRequested) return { do: "end", state: "cancelled", why: "cancelled on request" };
  const left = remainingOfRun(run, now);
  const spent = left.ms <= 0 ? "time" : left.tokens !== undefined && left.tokens <= 0 ? "token" : undefined;
  if (spent) return { ...endOf(run), reason: "budget-exhausted", why: `the run's ${spent} budget is spent` };
  const broken = repeatedOrchestratorError(run);
  if (broken)
    return { ...endOf(run), reason: "environment", why: `autopack failed twice alike: ${broken.message}` };
  return undefined;
}

function repeatedOrchestratorError(run: RunState): Failure | undefined {
  const seen = new Set<string>();
  for (const failure of run.phases.flatMap((phase) => phase.attempts.map((attempt) => attempt.failure))) {
    if (failure?.kind !== "orchestrator-error") continue;
    if (seen.has(failure.fingerprint)) return failure;
    seen.add(failure.fingerprint);
  }
  return undefined;
}

function endOf(run: RunState): Extract<RunStep, { do: "end" }> {
  const done = run.phases.filter((phase) => satisfiedPhaseStates.includes(phase.state)).length;
  const why = `${done} of ${run.phases.length} phases complete`;
  if (done === run.phases.length) return { do: "end", state: "succeeded", why };
  if (done > 0) return { do: "end", state: "partial", why };
  return { do: "end", state: "failed", reason: reasonOf(run), why };
}

/** Why nothing of a run succeeded, by the failures of its phases. */
function reasonOf(run: RunState): RunFailureReason {
  const classes = new Set(run.phases.map((phase) => phase.failure?.class));
  if (classes.has("resource")) return "budget-exhausted";
  if (classes.has("environment") || classes.has("internal")) return "environment";
  if (classes.has("policy")) return "policy-violation";
  return "needs-human-review";
}
