import type { BuildTask } from "./builder.ts";

/** The variables by which a builder's program learns of its task. */
export function taskEnvironment(task: BuildTask): Record<string, string> {
  return {
    AUTOPACK_RUN: task.runId,
    AUTOPACK_PHASE: task.phase.id,
    AUTOPACK_ATTEMPT: String(task.attempt),
    AUTOPACK_WORKSPACE: task.workspace,
    AUTOPACK_PROMPT_FILE: task.promptFile,
    AUTOPACK_RESULT: task.resultFile,
  };
}
