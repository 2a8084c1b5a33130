import fc from "fast-check";
import { canonicalJson } from "../../src/domain/canonical.ts";
import type { PhaseEvent, RunEvent, RunLevelEvent } from "../../src/domain/events.ts";
import { applyRunEvent, type PhaseState, type RunState } from "../../src/domain/fold.ts";
import { endedRunStates, runFailureReasons } from "../../src/domain/run.ts";
import {
  type PhaseEventType,
  phaseTransitions,
  type RunLevelEventType,
  runTransitions,
} from "../../src/domain/transitions.ts";
import {
  certificateOf,
  changeOf,
  checkOf,
  createdRun,
  type Draw,
  failureOf,
  gitId,
  logRef,
  nothing,
  sha256,
} from "./drawn-facts.ts";

/** A run's events in order, each with the time at which it is to be appended. */
export interface History {
  readonly runId: string;
  readonly steps: readonly Step[];
}
interface Step {
  readonly at: string;
  readonly event: RunEvent;
  /** Whether the domain accepts it after the accepted steps before it. */
  readonly legal: boolean;
}

const allPhaseEvents = [
  ...new Set(Object.values(phaseTransitions).flatMap((row) => Object.keys(row))),
] as PhaseEventType[];
const allRunEvents = [
  ...new Set(Object.values(runTransitions).flatMap((row) => Object.keys(row))),
] as RunLevelEventType[];

/** Histories that the domain accepts as a whole: retries, interruptions, blocked and skipped phases included. */
export const legalHistories = (maxSteps = 80): fc.Arbitrary<History> => histories(maxSteps, 0);

/** Histories in which about every third step is any event at all, plausible for the state or not. */
export const anyHistories = (maxSteps = 80): fc.Arbitrary<History> => histories(maxSteps, 3);

function histories(maxSteps: number, strayOneIn: number): fc.Arbitrary<History> {
  return fc
    .tuple(
      fc.stringMatching(/^[a-z]{3,8}-[0-9a-f]{4}$/),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat({ max: 9_999 }), { minLength: 100, maxLength: maxSteps * 6, size: "max" }),
    )
    .map(([runId, tiers, draws]) => walk(runId, tiers, { draws, maxSteps, strayOneIn }));
}

interface Walk {
  readonly draws: readonly number[];
  readonly maxSteps: number;
  /** 0 for none. */
  readonly strayOneIn: number;
}

function walk(runId: string, tiers: readonly number[], { draws, maxSteps, strayOneIn }: Walk): History {
  let used = 0;
  const draw: Draw = (n) => (draws[used++] ?? 0) % n;
  const steps: Step[] = [];
  let state: RunState | undefined;
  let clock = Date.parse("2026-11-23T20:00:00.000Z");
  const offer = (event: RunEvent) => {
    clock += draw(60_000);
    const at = new Date(clock).toISOString();
    const next = applyRunEvent(runId, state, { ...event, at, seq: (state?.seq ?? 0) + 1 });
    if (next.ok) state = next.value;
    steps.push({ at, event, legal: next.ok });
  };
  const created: RunEvent = { type: "run-created", data: createdRun(runId, tiers, draw) };
  offer(created);
  while (state && used < draws.length && steps.length < maxSteps) {
    const stray = strayOneIn > 0 && draw(strayOneIn) === 0;
    const event = stray ? strayEvent(state, created, draw) : legalEvent(state, draw);
    if (!event) break;
    offer(event);
  }
  return { runId, steps };
}

/** What leads on is drawn mostly; else no walk would ever get to a certificate. */
const leadsOn: ReadonlySet<string> = new Set<RunEvent["type"]>([
  "run-started",
  "run-woken",
  "attempt-started",
  "build-started",
  "build-ended",
  "change-read",
  "change-assessed",
  "part-built",
  "verification-started",
  "check-ended",
  "gate-decided",
  "phase-gated",
  "phase-approved",
  "integration-started",
  "phase-completed",
]);

function legalEvent(state: RunState, draw: Draw): RunEvent | undefined {
  const isLegal = (event: RunEvent) =>
    applyRunEvent(state.runId, state, { ...event, at: state.lastEventAt, seq: state.seq + 1 }).ok;
  const makers: ((from: Draw) => RunEvent)[] = Object.keys(runTransitions[state.state]).map(
    (type) => (from) => runEvent(type as RunLevelEventType, state, from),
  );
  for (const phase of state.phases)
    for (const type of Object.keys(phaseTransitions[phase.state]))
      makers.push((from) => phaseEvent(type as PhaseEventType, phase, state, from));
  const legal = makers.map((make) => ({ make, plain: make(nothing) })).filter(({ plain }) => isLegal(plain));
  const usual = legal.filter(({ plain }) => leadsOn.has(plain.type) && !restarts(state, plain));
  const from = usual.length === 0 || draw(12) === 0 ? legal : usual;
  const chosen = from[draw(from.length || 1)];
  if (!chosen) return undefined;
  const event = chosen.make(draw);
  return isLegal(event) ? event : chosen.plain;
}

/** What is legal and yet leads in a circle: a run taken up again, a round of checks begun anew. */
function restarts(state: RunState, { type, data }: RunEvent): boolean {
  if (type === "run-started") return state.state === "running";
  const phase = state.phases.find(({ spec }) => "phaseId" in data && spec.id === data.phaseId);
  const decision = phase?.attempts.at(-1)?.verification?.decision;
  return (
    type === "verification-started" &&
    phase?.state === "verifying" &&
    decision !== "block" &&
    decision !== "needs-review"
  );
}

function strayEvent(state: RunState, created: RunEvent, draw: Draw): RunEvent {
  const phase = state.phases[draw(state.phases.length)] as PhaseState;
  const kind = draw(8);
  if (kind === 0) return created;
  if (kind < 3) return runEvent(allRunEvents[draw(allRunEvents.length)] as RunLevelEventType, state, draw);
  const type = allPhaseEvents[draw(allPhaseEvents.length)] as PhaseEventType;
  const event = phaseEvent(type, phase, state, draw);
  if (draw(3) > 0) return event;
  // The same, said of another attempt, round or phase.
  const wrong = [{ attempt: draw(4) }, { round: draw(4) }, { phaseId: "nowhere" }, { tree: gitId(draw) }];
  return { ...event, data: { ...event.data, ...wrong[draw(wrong.length)] } } as RunEvent;
}

function runEvent(type: RunLevelEventType, state: RunState, draw: Draw): RunLevelEvent {
  const publication = { branch: `autopack/${state.runId}`, commit: state.head };
  switch (type) {
    case "run-started":
      return { type, data: { resumed: state.startedAt !== undefined, host: "here", pid: 1 + draw(30_000) } };
    case "run-waiting":
      return {
        type,
        data: { on: (["time", "person", "budget"] as const)[draw(3)] ?? "time", why: "a wait" },
      };
    case "run-woken":
      return { type, data: {} };
    case "clock-jumped":
      return { type, data: { byMs: (draw(3) - 1) * (3000 + draw(100_000_000)) } };
    case "run-ended": {
      const done = state.phases.every((phase) => phase.state === "complete" || phase.state === "skipped");
      const others = endedRunStates.filter((name) => name !== "succeeded");
      const ended = done ? "succeeded" : (others[draw(others.length)] ?? "failed");
      const reason = ended === "failed" ? runFailureReasons[draw(runFailureReasons.length)] : undefined;
      return { type, data: { state: ended, ...(reason ? { reason } : {}), why: "it ended" } };
    }
    case "request-accepted":
      return { type, data: { requestSeq: state.requestSeq + 1, type: "cancel-requested" } };
    case "baseline-recorded": {
      const about = { check: "test", commit: state.head, tree: gitId(draw), key: sha256(draw) };
      const counts = { total: 2, passed: 2, failed: 0, skipped: 0 };
      return { type, data: { ...about, use: "made", state: "valid", exitCode: 0, counts } };
    }
    case "publishing-started":
    case "run-published":
      return { type, data: publication };
    case "publishing-refused":
      return { type, data: { ...publication, why: "it is checked out" } };
  }
}

function phaseEvent(type: PhaseEventType, phase: PhaseState, state: RunState, draw: Draw): PhaseEvent {
  const phaseId = phase.spec.id;
  const current = phase.attempts.at(-1);
  const attempt = type === "attempt-started" ? phase.attempts.length + 1 : phase.attempts.length;
  const round = current?.verification?.round ?? 0;
  const tree = current?.change?.tree ?? gitId(draw);
  const verified = current?.verification;
  const facts = { phaseId, attempt };
  switch (type) {
    case "attempt-started": {
      const part = draw(4) === 0 ? { part: { number: 1 + draw(2), of: 2 } } : {};
      return {
        type,
        data: { ...facts, base: state.head, builder: "scripted", reserved: draw(9_999), ...part },
      };
    }
    case "part-built":
      return { type, data: facts };
    case "build-started":
      return { type, data: { ...facts, promptSha256: sha256(draw) } };
    case "builder-warned": {
      const warning = draw(2) === 0 ? null : ({ kind: "builder-silent", message: "no word" } as const);
      return { type, data: { ...facts, warning } };
    }
    case "build-ended": {
      const failure = draw(6) === 0 ? { failure: failureOf(draw) } : {};
      const tokens = draw(3) === 0 ? null : draw(9_999);
      const build = { exitCode: draw(2), durationMs: draw(9_999), tokens, claim: "done", log: logRef(draw) };
      return { type, data: { ...facts, build: { ...build, ...failure } } };
    }
    case "change-read":
      return { type, data: { ...facts, change: changeOf(state.head, phase.spec, draw) } };
    case "change-assessed": {
      const violation = { kind: "out-of-scope", path: "Größe 測試.ts", message: "not in scope" } as const;
      const violations = draw(6) === 0 ? [violation] : [];
      return { type, data: { ...facts, violations, grantsUsed: [] } };
    }
    case "verification-started":
      return { type, data: { ...facts, round: round + 1, tree, onto: state.head } };
    case "check-ended":
      return { type, data: { ...facts, round, result: checkOf(draw) } };
    case "gate-decided": {
      const passed = verified?.checks.every((check) => check.outcome === "passed") ?? true;
      const good = draw(4) === 3 ? "needs-review" : "pass";
      const decision = passed ? good : draw(2) === 0 ? "block" : "inconclusive";
      const reasons = decision === "pass" ? [] : ["it is as it is"];
      return { type, data: { ...facts, round, decision, reasons } };
    }
    case "phase-gated":
      return { type, data: { ...facts, reviews: [{ key: "tampering x", message: "a person looks at it" }] } };
    case "phase-approved":
      return { type, data: { ...facts, by: "a person", reason: "as it was wanted" } };
    case "integration-started": {
      const ledgerHead = { seq: state.seq, hash: sha256(draw) };
      const subject = { tree: verified?.tree ?? tree, onto: verified?.onto ?? state.head };
      return { type, data: { ...facts, ...subject, commit: gitId(draw), ledgerHead } };
    }
    case "phase-completed":
      return { type, data: { ...facts, certificate: certificateOf(state, phase, draw) } };
    case "attempt-failed":
      return { type, data: { ...facts, failure: failureOf(draw), tree: draw(2) === 0 ? null : tree } };
    case "attempt-interrupted":
      return { type, data: { ...facts, cause: draw(2) === 0 ? "crash" : "stopped", why: "it was cut off" } };
    case "phase-delayed":
      return { type, data: { phaseId, until: state.lastEventAt, failure: failureOf(draw) } };
    case "phase-refused":
      return { type, data: { phaseId, failure: failureOf(draw) } };
    case "phase-blocked":
      return { type, data: { phaseId, by: "another", cause: "check-failed" } };
    case "phase-skipped": {
      const certificate = certificateOf(state, phase, draw);
      return { type, data: { phaseId, certifiedIn: "earlier-0000", certificate } };
    }
    case "phase-failed":
      return { type, data: { phaseId, failure: failureOf(draw), because: "the attempts are used up" } };
    case "phase-asked": {
      const passedOver = [{ step: "another-builder", why: "too dear" }] as const;
      return { type, data: { phaseId, failure: failureOf(draw), because: "nothing is left", passedOver } };
    }
    case "phase-retried":
      return { type, data: { phaseId, by: "a person", reason: "mended" } };
  }
}

/** The folded state of the legal steps, made without any store. */
export function foldLegal({ runId, steps }: History): RunState | undefined {
  let state: RunState | undefined;
  for (const { at, event, legal } of steps) {
    if (!legal) continue;
    const data = JSON.parse(canonicalJson(event.data)) as never;
    const next = applyRunEvent(runId, state, {
      type: event.type,
      data,
      at,
      seq: (state?.seq ?? 0) + 1,
    } as never);
    if (!next.ok) throw new Error(`a step that is marked legal is not: ${next.error.message}`);
    state = next.value;
  }
  return state;
}
