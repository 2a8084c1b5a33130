import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RunCreated, RunEvent } from "../domain/events.ts";
import type { RunState } from "../domain/fold.ts";
import type { RunRow } from "../domain/ledger.ts";
import { phasesOf } from "../domain/plan.ts";
import { isEnded, type RunStateName } from "../domain/run.ts";
import type { Admission } from "../executor/admit-plan.ts";
import { createRun } from "../executor/create-run.ts";
import { withPlanLease } from "../executor/lease.ts";
import { toFailure } from "../failures/fingerprint.ts";
import { type Finding, refusalsOf } from "../plan/findings.ts";
import { createRunId } from "../plan/identity.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { driveRun } from "./drive.ts";
import { admit, findingLines } from "./plan.ts";
import { createProgressDisplay, type ProgressOptions } from "./progress-display.ts";
import { assertTrusted } from "./trust.ts";
import { holdLine } from "./views/isolation.ts";
import { reportOf } from "./views/report.ts";
import { renderReport } from "./views/report-markdown.ts";
import { exitCodeOf, runResult } from "./views/run-result.ts";
import { jsonText } from "./views/text.ts";

export interface OutputOptions extends ProgressOptions {
  readonly json?: boolean;
}

interface RunOptions extends OutputOptions {
  readonly new?: boolean;
  readonly continue?: string;
  readonly keepGoing?: boolean;
  readonly maxParallel?: number;
}

/** Lints, pins and drives a run of a plan. */
export function run(context: CommandContext, planPath: string, options: RunOptions): Promise<ExitCode> {
  return withApp(context, async (app) => {
    await assertTrusted(context, app);
    const admission = await admit(context, app, planPath, options.maxParallel);
    if (!options.json) for (const line of findingLines(admission.findings)) context.terminal.note(line);
    const { refused, ...admitted } = assertAdmitted(admission, !!options.keepGoing);
    const earlier = options.continue ? (await findRun(app, options.continue)).state : undefined;
    if (earlier && !isEnded(earlier.state)) throw unfinished(earlier);
    const assertAlone = async () => {
      if (!options.new && !options.continue) await assertNoneUnfinished(app, admitted.created.planId);
    };
    await assertWritable(app);
    await assertAlone();
    const created = await withHighestTokens(app, admitted.created);
    const runId = createRunId(created.planId, randomBytes);
    const deps = await app.openExecutor({ onEvent: () => undefined, onOutput: () => undefined });
    await withPlanLease(deps, created.planId, async () => {
      await assertAlone();
      await createRun(
        deps,
        runId,
        ...(earlier ? continueFrom(earlier, created, refused) : ([created, refused] as const)),
      );
    });
    return driveAndReport(context, app, runId, options);
  });
}

/** What calls of the builders have used in earlier runs, where a budget asks for it. */
async function withHighestTokens(app: App, created: RunCreated): Promise<RunCreated> {
  const budgets = [created.plan.budget, ...phasesOf(created.plan).map(({ phase }) => phase.budget)];
  if (budgets.every(({ tokens }) => tokens === undefined)) return created;
  return { ...created, highestTokens: await app.store.index.highestTokens() };
}

/** Goes on with a run that was stopped or cut off, as it was pinned when it began. */
export function resume(
  context: CommandContext,
  name: string | undefined,
  options: OutputOptions,
): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const { state } = await findRun(app, name, (row) => !isEnded(row.state as RunStateName));
    if (isEnded(state.state)) throw alreadyEnded(state);
    await assertWritable(app);
    return driveAndReport(context, app, state.runId, options);
  });
}

/** Workspaces are needed first when the run is in the ledger already: a full or closed disk is told before. */
async function assertWritable({ platform, workspaceRoot }: App): Promise<void> {
  const probe = join(workspaceRoot, "probe");
  await platform.files.write(probe, "Made to see whether workspaces can be.\n");
  await platform.files.remove(probe);
}

/** Drives a run with its progress on stderr, then tells what came of it on stdout. */
export async function driveAndReport(
  context: CommandContext,
  app: App,
  runId: string,
  options: OutputOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  if (!options.quiet && !options.events) terminal.note(holdLine(await app.platform.processes.isolation()));
  const display = createProgressDisplay(terminal, options);
  const { state, stopped } = await driveRun(app, runId, display).finally(() => display.end());
  if (options.events) terminal.print(jsonText(runResult(state)));
  else if (options.json) terminal.printJson(runResult(state));
  else terminal.print(renderReport(reportOf(state)));
  if (!options.json && !options.events) for (const line of goOnWith(state, stopped)) terminal.note(line);
  return exitCodeOf(state, stopped);
}

/** What to type next, where the run has not ended. */
function goOnWith(state: RunState, stopped: boolean): string[] {
  if (isEnded(state.state)) return [];
  if (stopped) return [`Go on with: autopack resume ${state.runId}`];
  return state.phases
    .filter(({ state: is }) => is === "gated" || is === "asked")
    .map(({ spec }) => `Decide with: autopack approve ${state.runId} ${spec.id} --reason "..." (or reject)`);
}

/** Any error refuses the plan; with `--keep-going` only the phases at fault are, before their first attempt. */
function assertAdmitted(
  { created, findings }: Admission,
  keepGoing: boolean,
): { readonly created: RunCreated; readonly refused: readonly RunEvent[] } {
  const refusals = refusalsOf(findings);
  if (!created || refusals.plan.length > 0 || (refusals.phases.size > 0 && !keepGoing))
    throw planRefused(findings, !!created && refusals.plan.length === 0);
  const refused = [...refusals.phases].map(
    ([phaseId, errors]): RunEvent => ({
      type: "phase-refused",
      data: { phaseId, failure: refusalFailure(errors) },
    }),
  );
  return { created, refused };
}

function refusalFailure(errors: readonly Finding[]) {
  return toFailure({
    kind: "plan-refused",
    message: errors[0]?.message ?? "plan lint refused the phase",
    evidence: errors.map((finding) => ({
      label: `${finding.file}:${finding.line}:${finding.column}`,
      detail: `${finding.code}: ${finding.message} ${finding.action}`,
    })),
  });
}

/** A linked run begins at the earlier one's head; phases certified there whose identity is the same are skipped. */
function continueFrom(
  earlier: RunState,
  created: RunCreated,
  refused: readonly RunEvent[],
): readonly [RunCreated, readonly RunEvent[]] {
  const skipped = earlier.phases.flatMap((phase): RunEvent[] => {
    const { certificate, certifiedIn = earlier.runId } = phase;
    const phaseId = phase.spec.id;
    const known = earlier.created.phaseHashes[phaseId];
    if (!certificate || known === undefined || known !== created.phaseHashes[phaseId]) return [];
    return [{ type: "phase-skipped", data: { phaseId, certifiedIn, certificate } }];
  });
  const skippedIds = new Set(skipped.map((event) => "phaseId" in event.data && event.data.phaseId));
  const open = refused.filter((event) => !("phaseId" in event.data && skippedIds.has(event.data.phaseId)));
  const last = earlier.phases
    .map((phase) => phase.certificate)
    .findLast((certificate) => certificate?.commit === earlier.head);
  const base = { ref: earlier.runId, commit: earlier.head, tree: last?.tree ?? earlier.created.base.tree };
  return [{ ...created, base, continues: earlier.runId }, [...skipped, ...open]];
}

async function assertNoneUnfinished(app: App, planId: string): Promise<void> {
  const rows = await app.store.index.runs();
  const open = rows.find((row: RunRow) => row.planId === planId && !isEnded(row.state as RunStateName));
  if (open) throw unfinished(open);
}

const unfinished = ({ runId, state }: { readonly runId: string; readonly state: string }) =>
  new AppError({
    code: "run-unfinished",
    message: `run ${runId} of this plan is ${state} and has not ended`,
    action: `Go on with \`autopack resume ${runId}\`, end it with \`autopack cancel ${runId}\`, or start another with --new.`,
    exitCode: exitCodes.plan,
  });

const mostNamed = 10;
const nameFinding = ({ file, line, column, code }: Finding): string => `${file}:${line}:${column} ${code}`;

function planRefused(findings: readonly Finding[], canKeepGoing: boolean): AppError {
  const errors = findings.filter((finding) => finding.severity === "error");
  return new AppError({
    code: "plan-refused",
    message: `the plan is refused: ${errors.slice(0, mostNamed).map(nameFinding).join(", ")}${errors.length > mostNamed ? ` and ${errors.length - mostNamed} more` : ""}`,
    action: canKeepGoing
      ? "Mend the plan, or run its other phases with --keep-going."
      : "Mend the plan; `autopack plan lint` tells what to do.",
    exitCode: exitCodes.plan,
  });
}

const alreadyEnded = ({ runId, state }: RunState) =>
  new AppError({
    code: "run-ended",
    message: `run ${runId} has ended already: ${state}`,
    action: `Mend the plan and start a linked run with \`autopack run PLAN --continue ${runId}\`.`,
    exitCode: exitCodes.plan,
  });
