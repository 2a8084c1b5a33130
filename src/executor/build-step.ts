import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BuildReport } from "../builders/builder.ts";
import { conversationOf } from "../context/conversation/conversation.ts";
import { summariseConversation } from "../context/conversation/summarise.ts";
import { renderPrompt } from "../context/prompt.ts";
import { findBuilder, isRepair } from "../domain/builders.ts";
import type { BuildRecord, PinnedLimits } from "../domain/events.ts";
import type { PhaseState } from "../domain/fold.ts";
import { ok } from "../domain/result.ts";
import { classify } from "../failures/classify/classify.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { keepsFiles } from "../platform/git-folder.ts";
import { rememberPrepared } from "../platform/prepared.ts";
import { writeInto } from "../platform/workspace.ts";
import { timeOf, tokenLimitOf } from "./call-limits.ts";
import { readEarlierRuns } from "./earlier-runs.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import { tellLimit } from "./run-limits.ts";
import { startOf } from "./starting-point.ts";
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
import { watchForStuck } from "./stuck-watch.ts";

/** Lets the builder work; one whose end is recorded already is not called again. */
export async function build(context: AttemptContext): Promise<Step<BuildRecord>> {
  const recorded = attemptOf(context).build;
  if (recorded) return ok(recorded);

  const { deps, journal, phaseId, attempt, shared } = context;
  const begun = phaseOf(journal.state, phaseId);
  const start = startOf(begun, attemptOf(context));
  const workspace = await prepareWorkspace(context, "build", start, async () => undefined);
  if (!workspace.ok) return workspace;

  const { limits, plan } = journal.state.created;
  const isFresh = plan.setup.length + plan.carry.length === 0;
  if (!isFresh || !(await keepsFiles(deps.platform, workspace.value.tree)))
    await rememberPrepared(deps.platform, deps.repository, workspace.value, limits);

  const prompt = await promptOf(context);
  await writeInto(deps.platform, workspace.value, "order/prompt.md", prompt);
  const promptSha256 = createHash("sha256").update(prompt).digest("hex");
  await journal.append({ type: "build-started", data: { phaseId, attempt, promptSha256 } });

  const phase = phaseOf(journal.state, phaseId);
  const { builder, part } = attemptOf(context);
  const pinned = findBuilder(journal.state.created, phaseId, builder);
  if (!pinned) throw new Error(`no builder ${builder} is pinned for phase ${phaseId}`);
  shared.liveTokens.delete(phaseId);
  const watch = watchForStuck(context, workspace.value);
  const working = deps.createBuilder(pinned).build({
    runId: journal.runId,
    phase: phase.spec,
    attempt: triesOf(phase, builder),
    prompt,
    promptFile: join(workspace.value.order, "prompt.md"),
    resultFile: resultFileIn(workspace.value),
    workspace: workspace.value.tree,
    scratch: workspace.value.dir,
    limits: journal.state.created.limits,
    timeoutMs: timeOf(context, pinned),
    graceMs: limits.stopGraceMs,
    marker: markerOf(context, "build"),
    log: logOf(context, "build"),
    ...(part ? { part } : {}),
    ...tokenLimitOf(context, pinned),
    signal: watch.signal,
    onLine: watch.onLine,
  });
  // The watch ends with the builder, also where that throws.
  const [report, stuck] = await Promise.all([working, working.then(watch.end, watch.end)]);
  if (report.stopped && !stuck) return stopStep;
  const ended = report.stopped && stuck ? { ...report, problem: stuck } : report;
  const shown = isRepair(builder) ? repaired(ended) : ended;
  const record = toRecord(shown, deps.platform.clock.now(), limits);
  await journal.append({ type: "build-ended", data: { phaseId, attempt, build: record } });
  // At once: others with the same provider begin at any moment.
  await tellLimit(deps, journal.state, phaseId, attemptOf(context));
  return ok(record);
}

/** Which try this is for the builder: one that was cut off is made again, not followed by the next. */
const triesOf = (phase: PhaseState, builder: string): number =>
  phase.attempts.filter((attempt) => attempt.outcome !== "interrupted" && attempt.builder === builder).length;

/** However a fixer ended (mostly non-zero, where something is left that it cannot mend): the check says what came of it. */
function repaired(report: BuildReport): BuildReport {
  const { problem: _, ...ended } = report;
  return { ...ended, tokens: 0 };
}

async function promptOf(context: AttemptContext): Promise<string> {
  const { deps, journal, phaseId } = context;
  const { created } = journal.state;
  const conversation = conversationOf(
    journal.state,
    phaseId,
    await readEarlierRuns(deps.ledger, journal.state),
  );
  return renderPrompt({
    goal: created.goal,
    phase: phaseOf(journal.state, phaseId).spec,
    part: attemptOf(context).part,
    checks: created.plan.checks,
    conversation: summariseConversation(conversation, created.limits.conversationTokens).text,
  });
}

function toRecord(report: BuildReport, now: Date, limits: PinnedLimits): BuildRecord {
  const { exitCode, durationMs, tokens, claim, decisions, log, problem } = report;
  return {
    exitCode,
    durationMs,
    tokens,
    claim,
    ...(decisions.length > 0 ? { decisions } : {}),
    log,
    ...(problem ? { failure: toFailure(classify(problem, now, limits)) } : {}),
  };
}
