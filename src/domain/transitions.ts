import type { RunStateName } from "./run.ts";

export const phaseStates = [
  "queued",
  "executing",
  "verifying",
  "gated",
  "asked",
  "complete",
  "failed",
  "skipped",
  "blocked",
] as const;
export type PhaseStateName = (typeof phaseStates)[number];

export const endedPhaseStates: readonly PhaseStateName[] = ["complete", "failed", "skipped", "blocked"];
/** An attempt is open: a run does not end over it. */
export const openPhaseStates: readonly PhaseStateName[] = ["executing", "verifying", "gated"];
/** Dependants of a phase in one of these states may start. */
export const satisfiedPhaseStates: readonly PhaseStateName[] = ["complete", "skipped"];

/** Which event may follow in which state of a phase, and where it leads. What is not here is refused. */
export const phaseTransitions = {
  queued: {
    "attempt-started": "executing",
    "phase-refused": "failed",
    "phase-blocked": "blocked",
    "phase-skipped": "skipped",
    "phase-delayed": "queued",
    "phase-asked": "asked",
    "phase-failed": "failed",
  },
  executing: {
    "build-started": "executing",
    "builder-warned": "executing",
    "build-ended": "executing",
    "change-read": "executing",
    "change-assessed": "executing",
    "part-built": "queued",
    "verification-started": "verifying",
    "attempt-failed": "queued",
    "attempt-interrupted": "queued",
  },
  verifying: {
    "verification-started": "verifying",
    "check-ended": "verifying",
    "gate-decided": "verifying",
    "phase-gated": "gated",
    "integration-started": "verifying",
    "phase-completed": "complete",
    "attempt-failed": "queued",
    "attempt-interrupted": "queued",
  },
  gated: {
    "phase-approved": "verifying",
    "attempt-failed": "queued",
    "attempt-interrupted": "queued",
  },
  asked: {
    "phase-retried": "queued",
    "phase-failed": "failed",
  },
  complete: {},
  failed: {},
  skipped: {},
  blocked: {},
} as const satisfies Record<PhaseStateName, Record<string, PhaseStateName>>;

/** The events that may follow in state `S`; naming another is a type error. */
export type LegalPhaseEvent<S extends PhaseStateName> = keyof (typeof phaseTransitions)[S] & string;
export type PhaseEventType = { [S in PhaseStateName]: LegalPhaseEvent<S> }[PhaseStateName];

export const runTransitions = {
  created: { "run-started": "running", "run-ended": "ended" },
  running: {
    "run-started": "running",
    "run-waiting": "waiting",
    "run-ended": "ended",
    "clock-jumped": "running",
    "baseline-recorded": "running",
    "request-accepted": "running",
    "publishing-started": "running",
    "run-published": "running",
    "publishing-refused": "running",
  },
  waiting: {
    "run-started": "running",
    "run-woken": "running",
    "run-waiting": "waiting",
    "run-ended": "ended",
    "clock-jumped": "waiting",
    "request-accepted": "waiting",
  },
  succeeded: {},
  partial: {},
  failed: {},
  cancelled: {},
} as const satisfies Record<RunStateName, Record<string, RunStateName | "ended">>;

export type LegalRunEvent<S extends RunStateName> = keyof (typeof runTransitions)[S] & string;
export type RunLevelEventType = { [S in RunStateName]: LegalRunEvent<S> }[RunStateName];

/** The state that `event` leads to from `state`: defined for every legal pair, a type error for the others. */
export function nextPhaseState<S extends PhaseStateName>(
  state: S,
  event: LegalPhaseEvent<S>,
): PhaseStateName {
  return (phaseTransitions[state] as Record<string, PhaseStateName>)[event] as PhaseStateName;
}

/** As `nextPhaseState`, for a pair known only at run time: undefined when it is illegal. */
export function findPhaseTransition(state: PhaseStateName, event: string): PhaseStateName | undefined {
  const row: Record<string, PhaseStateName> = phaseTransitions[state];
  return Object.hasOwn(row, event) ? row[event] : undefined;
}

/** `ended` stands for the ended state that the event itself names. */
export function findRunTransition(state: RunStateName, event: string): RunStateName | "ended" | undefined {
  const row: Record<string, RunStateName | "ended"> = runTransitions[state];
  return Object.hasOwn(row, event) ? row[event] : undefined;
}
