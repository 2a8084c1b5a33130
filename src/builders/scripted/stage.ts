import { join } from "node:path";
import type { LogRef } from "../../domain/certificate.ts";
import type { Problem } from "../../domain/failure.ts";
import type { Reach } from "../../domain/isolation.ts";
import type { Argv } from "../../domain/plan.ts";
import { redact } from "../../domain/redact.ts";
import { type Log, openLog } from "../../platform/output.ts";
import type { Platform, ProcessResult } from "../../platform/ports.ts";
import type { BuildTask } from "../builder.ts";
import { builderFailed, builderTimedOut, problemOf } from "../problem.ts";
import { heldAs, taskEnvironment } from "../task-environment.ts";

export type ScriptDeps = Pick<Platform, "processes" | "files" | "clock">;

/** How a step ends the build before its last step. */
export interface StepEnd {
  readonly exitCode: number | null;
  readonly problem?: Problem;
  readonly stopped?: boolean;
  /** Whether the builder still came to report what it used and claims. */
  readonly reports: boolean;
}

/** Where a script is played: the task, what is left of its time, and its log. */
export interface Stage {
  readonly deps: ScriptDeps;
  readonly task: BuildTask;
  remainingMs(): number;
  say(text: string): Promise<void>;
  /** Runs a real child in the workspace; its output becomes a part of the log. */
  runProgram(argv: Argv): Promise<ProcessResult>;
  /** null when nothing was said: then there is no file. */
  closeLog(): Promise<LogRef | null>;
}

export function openStage(deps: ScriptDeps, task: BuildTask, reach: Reach): Stage {
  const started = performance.now();
  const { root, path, maxBytes } = task.log;
  let log: Log | undefined;
  let programs = 0;
  let truncated = false;

  async function write(text: string): Promise<void> {
    log ??= await openLog(root, path, maxBytes);
    await log.write(text);
  }
  return {
    deps,
    task,
    remainingMs: () => task.timeoutMs - (performance.now() - started),
    async say(text) {
      const shown = redact(text, []);
      await write(`${shown}\n`);
      for (const line of shown.split("\n")) task.onLine(line.slice(0, 500));
    },
    async runProgram(argv) {
      programs += 1;
      const ownLog = { root, path: `${path}.step-${programs}`, maxBytes };
      const result = await deps.processes.run({
        ...heldAs(task, reach),
        argv,
        env: taskEnvironment(task),
        timeoutMs: Math.max(1, this.remainingMs()),
        graceMs: task.graceMs,
        marker: task.marker,
        log: ownLog,
        signal: task.signal,
        onLine: task.onLine,
      });
      const output = await deps.files.read(join(root, ownLog.path));
      await deps.files.remove(join(root, ownLog.path));
      if (output && output.length > 0) await write(output.toString("utf8"));
      truncated ||= result.log.truncated;
      return { ...result, log: { ...result.log, path } };
    },
    async closeLog() {
      if (!log) return null;
      const kept = await log.close();
      return { ...kept, truncated: kept.truncated || truncated };
    },
  };
}

/** How a program's end ends the build; undefined when the script goes on. */
export function endAfter(stage: Stage, result: ProcessResult): StepEnd | undefined {
  if (result.ended === "cancelled") return stoppedEnd;
  const problem = problemOf(result, stage.task.timeoutMs);
  if (!problem) return undefined;
  return { exitCode: result.exitCode, problem, reports: result.ended === "exited" };
}

export const stoppedEnd: StepEnd = { exitCode: null, stopped: true, reports: false };

export const timedOutEnd = (stage: Stage): StepEnd => ({
  exitCode: null,
  problem: builderTimedOut(stage.task.timeoutMs),
  reports: false,
});

/** The script asks for what cannot be done. */
export const scriptAtFault = (why: string): StepEnd => ({
  exitCode: null,
  problem: builderFailed(`the script is at fault: ${why}`),
  reports: false,
});
