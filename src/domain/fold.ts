import type { Certificate } from "./certificate.ts";
import type { PassedOver } from "./chain.ts";
import { isPhaseEvent, type PhaseEvent, type RunCreated, type RunLevelEvent } from "./events.ts";
import type { Failure } from "./failure.ts";
import { type AttemptState, applyToAttempt } from "./fold-attempt.ts";
import { type Folded, illegal, type Occurred } from "./folded.ts";
import { type PhaseSpec, phasesOf } from "./plan.ts";
import { ok } from "./result.ts";
import type { RunFailureReason, RunStateName } from "./run.ts";
import {
  findPhaseTransition,
  findRunTransition,
  openPhaseStates,
  type PhaseStateName,
} from "./transitions.ts";

export interface PhaseState {
  readonly spec: PhaseSpec;
  readonly tier: number;
  readonly state: PhaseStateName;
  readonly attempts: readonly AttemptState[];
  /** Another attempt is pointless before this instant. */
  readonly notBefore?: string;
  /** What it waits for until then: a kind of failure and its message. */
  readonly waitsFor?: string;
  readonly failure?: Failure;
  /** Why the phase ended as failed: the rule of decide-next that ended it. */
  readonly because?: string;
  /** Steps that were not taken before the phase ended, or before a person was asked. */
  readonly passedOver?: readonly PassedOver[];
  /** Each time that a person wanted another attempt, and after which one. */
  readonly retries?: readonly { readonly by: string; readonly reason: string; readonly after: number }[];
  readonly blockedBy?: string;
  readonly certificate?: Certificate;
  readonly certifiedIn?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface RunState {
  readonly runId: string;
  readonly created: RunCreated;
  readonly state: RunStateName;
  readonly reason?: RunFailureReason;
  readonly endedWhy?: string;
  readonly waiting?: { readonly on: string; readonly why: string; readonly until?: string };
  readonly phases: readonly PhaseState[];
  /** The commit that the next phase builds on. */
  readonly head: string;
  readonly seq: number;
  /** The last request folded in. */
  readonly requestSeq: number;
  readonly cancelRequested: boolean;
  readonly published?: { readonly branch: string; readonly commit: string };
  readonly publishing?: { readonly branch: string; readonly commit: string };
  readonly publishingRefused?: { readonly branch: string; readonly commit: string; readonly why: string };
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly lastEventAt: string;
  /** Time under way in milliseconds, up to the last event; the time without a process is not in it. */
  readonly activeMs: number;
}

/** The state of run `runId` after `events`, from its beginning. */
export function foldRun(runId: string, events: Iterable<Occurred>): Folded<RunState> {
  let state: RunState | undefined;
  for (const event of events) {
    const next = applyRunEvent(runId, state, event);
    if (!next.ok) return next;
    state = next.value;
  }
  return state ? ok(state) : illegal(`run ${runId} has no events`);
}

/** The state after one more event: a pure function, and the only place that knows what an event does. */
export function applyRunEvent(runId: string, state: RunState | undefined, event: Occurred): Folded<RunState> {
  if (event.type === "run-created") {
    if (state) return illegal("the run exists already");
    return ok(createRun(runId, event.data, event));
  }
  if (!state) return illegal(`${event.type} before run-created`);
  const next = isPhaseEvent(event) ? applyToPhases(state, event) : applyToRun(state, event);
  if (!next.ok) return next;
  return ok({
    ...next.value,
    seq: event.seq,
    lastEventAt: event.at,
    activeMs: activeBy(state, event),
  });
}

/** What passed between two events counts, unless no process was there to work, or the clock alone moved. */
function activeBy(state: RunState, event: Occurred): number {
  const under = state.state === "running" || (state.state === "waiting" && state.waiting?.on === "time");
  if (!under || event.type === "run-started") return state.activeMs;
  const passed = Date.parse(event.at) - Date.parse(state.lastEventAt);
  if (event.type === "clock-jumped")
    return Math.max(state.activeMs, state.activeMs + passed - event.data.byMs);
  return state.activeMs + Math.max(0, passed);
}

function createRun(runId: string, created: RunCreated, event: Occurred): RunState {
  return {
    runId,
    created,
    state: "created",
    phases: phasesOf(created.plan).map(({ tier, phase }) => ({
      spec: phase,
      tier,
      state: "queued",
      attempts: [],
    })),
    head: created.base.commit,
    seq: event.seq,
    requestSeq: 0,
    cancelRequested: false,
    createdAt: event.at,
    lastEventAt: event.at,
    activeMs: 0,
  };
}

function applyToRun(
  state: RunState,
  event: Occurred<Exclude<RunLevelEvent, { type: "run-created" }>>,
): Folded<RunState> {
  const next = findRunTransition(state.state, event.type);
  if (!next) return illegal(`${event.type} cannot follow in a run that is ${state.state}`);
  const { waiting: _, ...rest } = state;
  const base: RunState = next === "ended" ? rest : { ...(next === "waiting" ? state : rest), state: next };
  switch (event.type) {
    case "run-started":
      return ok({ ...base, startedAt: state.startedAt ?? event.at });
    case "run-waiting":
      return ok({ ...base, waiting: event.data });
    case "run-woken":
    case "clock-jumped":
    case "baseline-recorded":
      return ok(base);
    case "run-ended":
      return endRun(base, event);
    case "request-accepted":
      return ok({
        ...base,
        requestSeq: event.data.requestSeq,
        cancelRequested: state.cancelRequested || event.data.type === "cancel-requested",
      });
    case "publishing-started":
      return ok({ ...base, publishing: event.data });
    case "run-published": {
      const { publishing: __, publishingRefused: ___, ...settled } = base;
      return ok({ ...settled, published: event.data });
    }
    case "publishing-refused": {
      const { publishing: __, ...settled } = base;
      return ok({ ...settled, publishingRefused: event.data });
    }
  }
}

function endRun(
  state: RunState,
  event: Extract<RunLevelEvent, { type: "run-ended" }> & { at: string },
): Folded<RunState> {
  const ended = event.data.state;
  if (ended === "created" || ended === "running" || ended === "waiting")
    return illegal(`a run does not end as ${ended}`);
  const open = state.phases.find((phase) => openPhaseStates.includes(phase.state));
  if (open) return illegal(`the run cannot end while phase ${open.spec.id} is ${open.state}`);
  const done = state.phases.every((phase) => phase.state === "complete" || phase.state === "skipped");
  if ((ended === "succeeded") !== done && ended !== "cancelled")
    return illegal(`a run ${done ? "with" : "without"} all phases complete does not end as ${ended}`);
  return ok({
    ...state,
    state: ended,
    ...(event.data.reason ? { reason: event.data.reason } : {}),
    endedWhy: event.data.why,
    endedAt: event.at,
  });
}

function applyToPhases(state: RunState, event: Occurred<PhaseEvent>): Folded<RunState> {
  const known = event.type === "phase-skipped" || event.type === "phase-refused";
  if (state.state !== "running" && !(known && state.state === "created"))
    return illegal(`${event.type} in a run that is ${state.state}`);
  const index = state.phases.findIndex((phase) => phase.spec.id === event.data.phaseId);
  const phase = state.phases[index];
  if (!phase) return illegal(`${event.type} names an unknown phase: ${event.data.phaseId}`);
  const to = findPhaseTransition(phase.state, event.type);
  if (!to) return illegal(`${event.type} cannot follow in phase ${phase.spec.id}, which is ${phase.state}`);
  const next = applyToPhase(phase, event, activeBy(state, event));
  if (!next.ok) return illegal(`${event.type} in phase ${phase.spec.id}: ${next.error.message}`);
  if (event.type === "integration-started" && event.data.onto !== state.head)
    return illegal(`integration of ${phase.spec.id} onto ${event.data.onto}, but the head is ${state.head}`);
  return ok({
    ...state,
    phases: state.phases.with(index, { ...next.value, state: to }),
    head: event.type === "phase-completed" ? event.data.certificate.commit : state.head,
  });
}

function applyToPhase(phase: PhaseState, event: Occurred<PhaseEvent>, activeMs: number): Folded<PhaseState> {
  const ended = { endedAt: event.at };
  switch (event.type) {
    case "attempt-started": {
      if (event.data.attempt !== phase.attempts.length + 1)
        return illegal(`attempt ${event.data.attempt} after ${phase.attempts.length}`);
      const { phaseId: _, ...data } = event.data;
      const { notBefore: __, waitsFor: ___, ...rest } = phase;
      const started: AttemptState = {
        ...data,
        startedAt: event.at,
        startedActiveMs: activeMs,
      };
      return ok({ ...rest, attempts: [...phase.attempts, started], startedAt: phase.startedAt ?? event.at });
    }
    case "phase-delayed": {
      const { until, failure, backOffMs } = event.data;
      const last = phase.attempts.at(-1);
      const attempts =
        last && backOffMs !== undefined ? phase.attempts.with(-1, { ...last, backOffMs }) : phase.attempts;
      const waitsFor = `${failure.kind}: ${failure.message}`;
      return ok({ ...phase, attempts, notBefore: until, waitsFor, startedAt: phase.startedAt ?? event.at });
    }
    case "phase-refused":
      return ok({
        ...phase,
        ...ended,
        failure: event.data.failure,
        because: "refused before the first attempt",
      });
    case "phase-failed": {
      const { phaseId: _, ...why } = event.data;
      return ok({ ...phase, ...ended, ...why });
    }
    case "phase-asked": {
      const { phaseId: _, ...why } = event.data;
      return ok({ ...phase, ...why });
    }
    case "phase-retried": {
      const { by, reason } = event.data;
      const { failure: _, because: __, passedOver: ___, ...again } = phase;
      const retry = { by, reason, after: phase.attempts.length };
      return ok({ ...again, retries: [...(phase.retries ?? []), retry] });
    }
    case "phase-blocked":
      return ok({ ...phase, ...ended, blockedBy: event.data.by, because: event.data.cause });
    case "phase-skipped":
      return ok({
        ...phase,
        ...ended,
        certificate: event.data.certificate,
        certifiedIn: event.data.certifiedIn,
      });
    default: {
      const attempt = phase.attempts.at(-1);
      if (!attempt || attempt.attempt !== event.data.attempt || attempt.outcome)
        return illegal(`attempt ${event.data.attempt} is not the one under way`);
      const next = applyToAttempt(attempt, event, activeMs);
      if (!next.ok) return next;
      const ended = next.value.outcome ? { ...next.value, endedActiveMs: activeMs } : next.value;
      const attempts = phase.attempts.with(-1, ended);
      if (event.type !== "phase-completed") return ok({ ...phase, attempts });
      return ok({ ...phase, endedAt: event.at, attempts, certificate: event.data.certificate });
    }
  }
}
