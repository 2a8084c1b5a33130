import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BuildReport, BuildTask } from "../builders/builder.ts";
import { conversationOf } from "../context/conversation/conversation.ts";
import { summariseConversation } from "../context/conversation/summarise.ts";
import { renderPrompt } from "../context/prompt.ts";
import { findBuilder, isRepair } from "../domain/builders.ts";
import type { BuildRecord, PinnedBuilder } from "../domain/events.ts";
import type { Problem } from "../domain/failure.ts";
import type { PhaseState } from "../domain/fold.ts";
import { ok } from "../domain/result.ts";
import { classify } from "../failures/classify/classify.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { rememberPrepared } from "../platform/prepared.ts";
import { writeInto } from "../platform/workspace.ts";
import { remainingOfPhase, tokensFree } from "./budgets.ts";
import { readEarlierRuns } from "./earlier-runs.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import { startOf } from "./repair.ts";
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

  const { limits } = journal.state.created;
  await rememberPrepared(deps.platform, deps.repository, workspace.value, limits);

  const prompt = await promptOf(context);
  await writeInto(deps.platform, workspace.value, "order/prompt.md", prompt);
  const promptSha256 = createHash("sha256").update(prompt).digest("hex");
  await journal.append({ type: "build-started", data: { phaseId, attempt, promptSha256 } });

  const phase = phaseOf(journal.state, phaseId);
  const { builder } = attemptOf(context);
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
    ...tokenLimitOf(context, pinned),
    signal: watch.signal,
    onLine: watch.onLine,
  });
  // The watch ends with the builder, also where that throws.
  const [report, stuck] = await Promise.all([working, working.then(watch.end, watch.end)]);
  if (report.stopped && !stuck) return stopStep;
  const ended = report.stopped && stuck ? { ...report, problem: stuck } : report;
  const record = toRecord(isRepair(builder) ? repaired(ended) : ended, deps.platform.clock.now());
  await journal.append({ type: "build-ended", data: { phaseId, attempt, build: record } });
  return ok(record);
}

/** Which try this is for the builder: one that was cut off is made again, not followed by the next. */
const triesOf = (phase: PhaseState, builder: string): number =>
  phase.attempts.filter((attempt) => attempt.outcome !== "interrupted" && attempt.builder === builder).length;

/** A fixer mostly exits non-zero where something is left that it cannot mend: the check says so. No model is called. */
function repaired({ problem, ...report }: BuildReport): BuildReport {
  return { ...report, tokens: 0, ...(problem && problem.kind !== "builder-failed" ? { problem } : {}) };
}

/** A builder's own time, as often enlarged as the attempt says, and what is left of the phase's. */
function timeOf(context: AttemptContext, { longestMs, name }: PinnedBuilder): number {
  const { deps, journal, phaseId } = context;
  const { checkMs, roomFactor } = journal.state.created.limits;
  const phase = phaseOf(journal.state, phaseId);
  const left = remainingOfPhase(journal.state, phase, deps.platform.clock.now()).ms;
  const own = isRepair(name) ? checkMs : longestMs;
  const room = roomFactor ** (attemptOf(context).room ?? 0);
  return Math.max(1, own === undefined ? left : Math.min(own * room, left));
}

/**
 * What the builder may report before it is ended: what it declares, with the tolerated overrun, and what budgets leave it
 * beside the others at work.
 */
function tokenLimitOf(context: AttemptContext, { maxTokens }: PinnedBuilder): Pick<BuildTask, "tokens"> {
  const { journal, phaseId, shared } = context;
  const { reserved } = attemptOf(context);
  const { overrunFactor } = journal.state.created.limits;
  const own = maxTokens === undefined ? undefined : reserved;
  const freeNow = () => tokensFree(journal.state, phaseOf(journal.state, phaseId), shared.liveTokens);
  const free = freeNow();
  if (own === undefined && free === undefined) return {};
  return {
    tokens: {
      most: Math.max(0, Math.min(own ?? Number.POSITIVE_INFINITY, free ?? Number.POSITIVE_INFINITY)),
      assess(used) {
        shared.liveTokens.set(phaseId, used);
        const left = freeNow();
        if (left !== undefined && used > left) return spent("tokens-exhausted", left, "that were left");
        if (own !== undefined && used > own * overrunFactor)
          return spent("builder-over-tokens", own, "that are set aside for it");
        return null;
      },
    },
  };
}

const spent = (kind: "tokens-exhausted" | "builder-over-tokens", most: number, which: string): Problem => ({
  kind,
  message: `the builder was ended: it reported more than the ${most} tokens ${which}`,
  evidence: [],
});

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
    checks: created.plan.checks,
    conversation: summariseConversation(conversation, created.limits.conversationTokens).text,
  });
}

function toRecord(report: BuildReport, now: Date): BuildRecord {
  const { exitCode, durationMs, tokens, claim, decisions, log, problem } = report;
  return {
    exitCode,
    durationMs,
    tokens,
    claim,
    ...(decisions.length > 0 ? { decisions } : {}),
    log,
    ...(problem ? { failure: toFailure(classify(problem, now)) } : {}),
  };
}
