import { setTimeout as after } from "node:timers/promises";
import type { App, Listeners } from "../app.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { RunState } from "../domain/fold.ts";
import type { LeaseHeld } from "../domain/ledger.ts";
import type { ExecutorDeps } from "../executor/deps.ts";
import { type Journal, OwnershipLost, openJournal } from "../executor/journal.ts";
import { createLocalDispatcher } from "../executor/local/local-dispatcher.ts";
import { runWorkflow } from "../executor/run-workflow.ts";

export interface Driven {
  readonly state: RunState;
  /** True when a signal stopped it; the run can be resumed. */
  readonly stopped: boolean;
}

/**
 * Drives a run in this process to its end, or until a signal. The first SIGINT, SIGTERM or SIGHUP stops the
 * builders and leaves a run that can be resumed; the second ends the process at once.
 *
 * @throws AppError `run-held` when another process drives it, `run-lost` when one took it over meanwhile.
 */
export async function driveRun(app: App, runId: string, listeners: Listeners): Promise<Driven> {
  const deps = await app.openExecutor(listeners);
  const opened = await openJournal(deps, runId);
  if (!opened.ok)
    throw opened.error.code === "lease-held" ? runHeld(runId, opened.error) : gone(runId, opened.error.code);
  return drive(deps, opened.value);
}

async function drive(deps: ExecutorDeps, journal: Journal): Promise<Driven> {
  const signals = listenForSignals();
  try {
    const state = await runWorkflow(deps, createLocalDispatcher(), journal, signals.stop);
    return { state, stopped: signals.stop.aborted };
  } catch (error) {
    throw error instanceof OwnershipLost ? runLost(journal.runId, error) : error;
  } finally {
    signals.release();
    await journal.close();
  }
}

/** A signal that a terminal and a parent both deliver counts once. */
const sameSignalMs = 300;

export function listenForSignals(): { readonly stop: AbortSignal; release(): void } {
  const stop = new AbortController();
  let first = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stop.signal.aborted) {
      first = performance.now();
      stop.abort(`stopped by ${signal}; \`autopack resume\` goes on`);
    } else if (performance.now() - first > sameSignalMs) process.exit(exitCodes.interrupted);
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    stop: stop.signal,
    release() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Waits until a run that another process drives has ended, or `ms` have passed. */
export async function waitForEnd(app: App, runId: string, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    const row = (await app.store.index.runs()).find((candidate) => candidate.runId === runId);
    if (row?.endedAt) return;
    await after(100);
  }
}

function runHeld(runId: string, held: LeaseHeld): AppError {
  const { host, pid } = held.owner;
  return new AppError({
    code: "run-held",
    message: `run ${runId} is driven by process ${pid} on ${host} (last sign of life ${held.renewedAt})`,
    action: `Watch it with \`autopack status ${runId}\`, or end it with \`autopack cancel ${runId}\`.`,
    exitCode: exitCodes.environment,
  });
}

function runLost(runId: string, cause: OwnershipLost): AppError {
  return new AppError({
    code: "run-lost",
    message: `run ${runId} was taken over by another process while this one gave no sign of life`,
    action: `Nothing was written since; look at it with \`autopack status ${runId}\`.`,
    exitCode: exitCodes.environment,
    cause,
  });
}

function gone(runId: string, code: "no-such-run" | "run-ended"): AppError {
  return new AppError({
    code,
    message: `run ${runId} ${code === "run-ended" ? "has ended already" : "is not in the ledger"}`,
    action: "`autopack status` lists the runs of this repository.",
    exitCode: exitCodes.plan,
  });
}
