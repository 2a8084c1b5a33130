import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BuildReport } from "../builders/builder.ts";
import { renderPrompt } from "../context/prompt.ts";
import type { BuildRecord } from "../domain/events.ts";
import type { PhaseState } from "../domain/fold.ts";
import { ok } from "../domain/result.ts";
import { classify } from "../failures/classify/classify.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { rememberPrepared } from "../platform/prepared.ts";
import { writeInto } from "../platform/workspace.ts";
import { remainingOfPhase } from "./budgets.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import {
  type AttemptContext,
  attemptOf,
  logOf,
  markerOf,
  phaseOf,
  resultFileIn,
  type Step,
  stopStep,
} from "./step.ts";

/** Lets the builder work; one whose end is recorded already is not called again. */
export async function build(context: AttemptContext): Promise<Step<BuildRecord>> {
  const recorded = attemptOf(context).build;
  if (recorded) return ok(recorded);

  const { deps, journal, phaseId, attempt } = context;
  const workspace = await prepareWorkspace(context, "build", attemptOf(context).base, async () => undefined);
  if (!workspace.ok) return workspace;

  const { limits } = journal.state.created;
  await rememberPrepared(deps.platform, deps.repository, workspace.value, limits);

  const prompt = promptOf(context);
  await writeInto(deps.platform, workspace.value, "order/prompt.md", prompt);
  const promptSha256 = createHash("sha256").update(prompt).digest("hex");
  await journal.append({ type: "build-started", data: { phaseId, attempt, promptSha256 } });

  const phase = phaseOf(journal.state, phaseId);
  const left = remainingOfPhase(journal.state, phase, deps.platform.clock.now());
  const pinned = journal.state.created.builders[phaseId];
  if (!pinned) throw new Error(`no builder is pinned for phase ${phaseId}`);
  const report = await deps.createBuilder(pinned).build({
    runId: journal.runId,
    phase: phase.spec,
    attempt: triesOf(phase),
    prompt,
    promptFile: join(workspace.value.order, "prompt.md"),
    resultFile: resultFileIn(workspace.value),
    workspace: workspace.value.tree,
    scratch: workspace.value.dir,
    limits: journal.state.created.limits,
    timeoutMs: Math.max(1, left.ms),
    graceMs: limits.stopGraceMs,
    marker: markerOf(context, "build"),
    log: logOf(context, "build"),
    ...(left.tokens === undefined ? {} : { tokensLeft: left.tokens }),
    signal: context.stop,
    onLine: (line) => deps.onOutput(phaseId, line),
  });
  if (report.stopped) return stopStep;
  const record = toRecord(report, deps.platform.clock.now());
  await journal.append({ type: "build-ended", data: { phaseId, attempt, build: record } });
  return ok(record);
}

/** Which try this is for the builder: one that was cut off is made again, not followed by the next. */
const triesOf = (phase: PhaseState): number =>
  phase.attempts.filter((attempt) => attempt.outcome !== "interrupted").length;

function promptOf(context: AttemptContext): string {
  const { created } = context.journal.state;
  const phase = phaseOf(context.journal.state, context.phaseId);
  return renderPrompt({
    goal: created.goal,
    phase: phase.spec,
    checks: created.plan.checks,
    failures: phase.attempts.flatMap(({ attempt, failure }) =>
      failure && failure.class !== "transient" ? [{ attempt, failure }] : [],
    ),
    feedbackChars: created.limits.feedbackBytes,
  });
}

function toRecord(report: BuildReport, now: Date): BuildRecord {
  const { exitCode, durationMs, tokens, claim, log, problem } = report;
  const failure = problem && toFailure(classify(problem, now));
  return { exitCode, durationMs, tokens, claim, log, ...(failure ? { failure } : {}) };
}
