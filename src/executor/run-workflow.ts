import type { RunState } from "../domain/fold.ts";
import { unreachable } from "../domain/result.ts";
import { decideRun, type RunStep } from "./decide-run.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { type Journal, OwnershipLost } from "./journal.ts";
import { openAttempt, runPhase } from "./phase-workflow.ts";
import { publish } from "./publish.ts";
import { closeOpenAttempts, reconcile } from "./reconcile.ts";
import { acceptRequests } from "./requests.ts";
import { createRunBreaker } from "./run-breaker.ts";
import { createShared } from "./step.ts";

/**
 * Drives a run to its end, or until `stop`. Whatever fails once the run is another's is what that one took away, and
 * told as the loss.
 *
 * @throws OwnershipLost, and what is nobody's expectation
 */
export async function runWorkflow(
  deps: ExecutorDeps,
  dispatcher: Dispatcher,
  journal: Journal,
  stop: AbortSignal,
): Promise<RunState> {
  try {
    return await driveRun(deps, dispatcher, journal, stop);
  } catch (error) {
    await journal.beat();
    throw journal.lost.reason instanceof OwnershipLost ? journal.lost.reason : error;
  }
}

/**
 * Folds, decides, performs, appends, again. A crash needs no code of its own here; `reconcile` looks at what the last
 * process left behind and the loop goes on.
 */
async function driveRun(
  deps: ExecutorDeps,
  dispatcher: Dispatcher,
  journal: Journal,
  stop: AbortSignal,
): Promise<RunState> {
  const self = await deps.platform.processes.identify();
  const resumed = journal.state.startedAt !== undefined;
  await journal.append({
    type: "run-started",
    data: { resumed, host: self?.host ?? "", pid: self?.pid ?? 0 },
  });
  await reconcile(deps, journal);

  const shared = createShared();
  const breaker = createRunBreaker(deps, journal);
  const halt = AbortSignal.any([stop, journal.lost]);
  const leave = new AbortController();
  const phaseStop = AbortSignal.any([halt, leave.signal]);
  try {
    while (!halt.aborted) {
      await acceptRequests(deps, journal);
      // Without an event this stores a jump of the clock alone, before anything is decided by the time.
      await journal.append();
      if (journal.state.cancelRequested) leave.abort();
      // One moment is asked and decided about: phases go on meanwhile.
      const [run, active] = [journal.state, dispatcher.active()];
      const refusals = await breaker.look(run, active);
      const now = deps.platform.clock.now();
      const step = decideRun(run, active, now, refusals, deps.random, shared.liveTokens);
      if (step.do === "wait") {
        await wait(deps, () => dispatcher.settled(active), journal, step, halt);
        continue;
      }
      if (journal.state.state === "waiting") await journal.append({ type: "run-woken", data: {} });
      if (step.do === "end") return await endRun(deps, journal, step);
      if (step.do === "pause") return await pause(journal, step.why);
      if (step.do === "start") {
        if (step.attempt) await openAttempt(journal, step.phaseId, step.attempt);
        dispatcher.start(step.phaseId, () => runPhase(deps, journal, shared, step.phaseId, phaseStop));
      } else if (step.do === "probe")
        dispatcher.start(step.phaseId, () => breaker.probe(step.phaseId, step.breaker, phaseStop));
      else if (step.do === "turn") await breaker.takeTurn(step.phaseId, step.account);
      else await appendStep(journal, step);
    }
  } finally {
    leave.abort();
    await dispatcher.idle();
  }
  journal.lost.throwIfAborted();
  await journal.append({ type: "run-waiting", data: { on: "person", why: String(stop.reason) } });
  return journal.state;
}

/** Everything that is left waits for a person: the process need not. */
async function pause(journal: Journal, why: string): Promise<RunState> {
  if (journal.state.waiting?.on === "person") return journal.state;
  return journal.append({ type: "run-waiting", data: { on: "person", why } });
}

async function wait(
  deps: ExecutorDeps,
  settled: () => Promise<void>,
  journal: Journal,
  step: Extract<RunStep, { do: "wait" }>,
  halt: AbortSignal,
): Promise<void> {
  const { clock } = deps.platform;
  const asleep = step.until !== undefined;
  if (asleep && journal.state.state === "running")
    await journal.append({
      type: "run-waiting",
      data: { on: "time", why: step.why, until: step.until.toISOString() },
    });
  const ms = asleep ? Math.max(0, step.until.getTime() - clock.now().getTime()) : deps.pollMs;
  const woken = new AbortController();
  await Promise.race([
    settled(),
    clock.sleep(Math.min(ms, deps.pollMs), AbortSignal.any([halt, woken.signal])),
  ]).finally(() => woken.abort());
}

async function appendStep(
  journal: Journal,
  step: Exclude<RunStep, { do: "start" | "probe" | "turn" | "wait" | "end" | "pause" }>,
): Promise<void> {
  const { phaseId } = step;
  switch (step.do) {
    case "block":
      await journal.append({ type: "phase-blocked", data: { phaseId, by: step.by, cause: step.cause } });
      return;
    case "delay":
      await journal.append({
        type: "phase-delayed",
        data: {
          phaseId,
          until: step.until.toISOString(),
          failure: step.failure,
          ...(step.backOffMs === undefined ? {} : { backOffMs: step.backOffMs }),
        },
      });
      return;
    case "fail":
    case "ask": {
      const { do: does, ...data } = step;
      await journal.append({ type: does === "fail" ? "phase-failed" : "phase-asked", data });
      return;
    }
    default:
      unreachable(step);
  }
}

async function endRun(
  deps: ExecutorDeps,
  journal: Journal,
  step: Extract<RunStep, { do: "end" }>,
): Promise<RunState> {
  await closeOpenAttempts(deps, journal, step.why);
  await publish(deps, journal);
  const { state, reason, why } = step;
  return journal.append({ type: "run-ended", data: { state, why, ...(reason ? { reason } : {}) } });
}
