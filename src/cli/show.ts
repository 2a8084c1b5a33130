import { join } from "node:path";
import type { App } from "../app.ts";
import { conversationOf } from "../context/conversation/conversation.ts";
import { summariseConversation } from "../context/conversation/summarise.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { LogRef } from "../domain/certificate.ts";
import type { RunState } from "../domain/fold.ts";
import type { RunRecord } from "../domain/record.ts";
import { readEarlierRuns } from "../executor/earlier-runs.ts";
import { listSome, quote } from "../plan/wording.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { findImported } from "./records.ts";
import { conversationResult, renderConversation } from "./views/conversation.ts";
import { renderImportedPhase } from "./views/imported.ts";
import { phaseDetail } from "./views/phase-detail.ts";
import { type LogText, renderPhase } from "./views/show.ts";

export function show(
  context: CommandContext,
  name: string,
  phaseId: string,
  options: { readonly json?: boolean; readonly logs?: boolean; readonly conversation?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const imported = await findImported(app, name);
    if (imported) return showImported(context, imported, phaseId, options.json === true);
    const { state } = await findRun(app, name);
    const detail = phaseDetail(state, phaseId);
    if (!detail)
      throw noSuchPhase(
        state.runId,
        state.phases.map((phase) => phase.spec.id),
        phaseId,
      );
    if (options.conversation) {
      const conversation = await readConversation(app, state, phaseId);
      if (options.json) terminal.printJson(conversation);
      else terminal.print(renderConversation(conversation));
    } else if (options.json) terminal.printJson(detail);
    else
      terminal.print(
        renderPhase(state, phaseId, options.logs ? await readLogs(app, state, phaseId) : []) ?? "",
      );
    return exitCodes.complete;
  });
}

async function readConversation(app: App, state: RunState, phaseId: string) {
  const earlier = await readEarlierRuns(app.store.ledger, state);
  const conversation = conversationOf(state, phaseId, earlier);
  const budget = state.created.limits.conversationTokens;
  return conversationResult(conversation, summariseConversation(conversation, budget), budget);
}

async function readLogs(app: App, state: RunState, phaseId: string): Promise<LogText[]> {
  const attempts = state.phases.find((phase) => phase.spec.id === phaseId)?.attempts ?? [];
  const refs = attempts
    .flatMap(({ build, verification }) => [
      build?.log,
      ...(verification?.checks.map((check) => check.log) ?? []),
    ])
    .filter((ref): ref is LogRef => !!ref);
  const texts: LogText[] = [];
  for (const { path } of refs) {
    const data = await app.platform.files.read(join(app.artifactsRoot, path));
    texts.push({ path, text: data?.toString("utf8") ?? "(this output is no longer kept)" });
  }
  return texts;
}

function showImported(
  { terminal }: CommandContext,
  run: RunRecord,
  phaseId: string,
  json: boolean,
): ExitCode {
  const phase = run.phases.find((candidate) => candidate.phaseId === phaseId);
  if (!phase)
    throw noSuchPhase(
      run.runId,
      run.phases.map((candidate) => candidate.phaseId),
      phaseId,
    );
  const contradictions = run.contradictions.filter((one) => one.phaseId === phaseId);
  if (json) terminal.printJson({ schemaVersion: 1, origin: run.origin, ...phase, contradictions });
  else terminal.print(renderImportedPhase(run, phase));
  return exitCodes.complete;
}

function noSuchPhase(runId: string, phases: readonly string[], phaseId: string): AppError {
  return new AppError({
    code: "no-such-phase",
    message: `run ${quote(runId)} has no phase ${quote(phaseId)}`,
    action: phases.length === 0 ? "It has no phases." : `Its phases are ${listSome(phases, 20)}.`,
    exitCode: exitCodes.plan,
  });
}
