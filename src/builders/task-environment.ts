import { dirname } from "node:path";
import type { Reach } from "../domain/isolation.ts";
import type { ProcessSpec } from "../platform/ports.ts";
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
    AUTOPACK_MAX_SECONDS: String(Math.floor(task.timeoutMs / 1000)),
    ...(task.part ? { AUTOPACK_PART: `${task.part.number}/${task.part.of}` } : {}),
    ...(task.tokens ? { AUTOPACK_MAX_TOKENS: String(task.tokens.most) } : {}),
  };
}

/** Where a builder's program runs and what it may reach: the folder of its order besides what its entry lists. */
export function heldAs(
  task: BuildTask,
  reach: Reach,
): Pick<ProcessSpec, "cwd" | "reach" | "scratch" | "limits"> {
  const { workspace, scratch, limits, resultFile } = task;
  return {
    cwd: workspace,
    reach: { ...reach, writable: [...reach.writable, dirname(resultFile)] },
    ...(scratch === undefined ? {} : { scratch }),
    ...(limits === undefined ? {} : { limits }),
  };
}
