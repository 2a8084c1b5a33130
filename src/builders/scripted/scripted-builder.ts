import type { PinnedBuilder } from "../../domain/events.ts";
import { redact } from "../../domain/redact.ts";
import type { Builder, BuildReport } from "../builder.ts";
import { cutClaim, cutDecisions, tokensOf } from "../reported.ts";
import { parseScript, type ScriptProblem } from "./parse-script.ts";
import { exitWith, playSteps } from "./play.ts";
import type { AttemptScript, Script } from "./script-schema.ts";
import { openStage, type ScriptDeps, type Stage, type StepEnd, scriptAtFault } from "./stage.ts";

/** A builder that plays a script, step by step: see docs/scripted-builder.md. */
export function createScriptedBuilder(
  deps: ScriptDeps,
  pinned: Extract<PinnedBuilder, { kind: "scripted" }>,
): Builder {
  const script = parseScript(pinned.content);
  return {
    async build(task) {
      const started = performance.now();
      const attempt = script.ok ? attemptOf(script.value, task.attempt) : undefined;
      const stage = openStage(deps, task, pinned.reach);
      let end: StepEnd;
      try {
        end = script.ok ? await playAttempt(attempt, stage) : scriptAtFault(showProblems(script.error));
      } catch (error) {
        await stage.closeLog();
        throw error;
      }
      const durationMs = Math.round(performance.now() - started);
      return { ...toReport(end, attempt), durationMs, log: await stage.closeLog() };
    },
  };
}

function attemptOf(script: Script, attempt: number): AttemptScript | undefined {
  return script.attempts[attempt - 1] ?? (script.repeat_last ? script.attempts.at(-1) : undefined);
}

async function playAttempt(attempt: AttemptScript | undefined, stage: Stage): Promise<StepEnd> {
  if (attempt) return (await playSteps(attempt.steps, stage)) ?? exitWith(attempt.exit);
  const message = `the script has no entry for attempt ${stage.task.attempt}`;
  return { exitCode: null, problem: { kind: "script-exhausted", message, evidence: [] }, reports: false };
}

function showProblems(problems: readonly ScriptProblem[]): string {
  return problems
    .slice(0, 5)
    .map(({ line, message }) => `line ${line}: ${message}`)
    .join("; ");
}

function toReport(
  end: StepEnd,
  attempt: AttemptScript | undefined,
): Pick<BuildReport, "exitCode" | "tokens" | "claim" | "decisions" | "problem" | "stopped"> {
  const reported = end.reports ? attempt : undefined;
  const claim = reported?.claim;
  return {
    exitCode: end.exitCode,
    tokens: tokensOf(reported?.tokens),
    claim: claim === undefined ? null : cutClaim(redact(claim, [])),
    decisions: cutDecisions((reported?.decisions ?? []).map((decision) => redact(decision, []))),
    ...(end.problem ? { problem: end.problem } : {}),
    stopped: end.stopped ?? false,
  };
}
