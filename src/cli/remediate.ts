import { dirname, join, parse as parsePath, resolve } from "node:path";
import type { App } from "../app.ts";
import { proposeDispositions } from "../assessment/remediation/propose.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { Assessment } from "../domain/assessment.ts";
import { type CreditProof, foldDispositions, subjectOf } from "../domain/dispositions.ts";
import { quote } from "../plan/wording.ts";
import { assessRepository } from "./assess-repository.ts";
import { proveCommit, withCheckRuns } from "./check-runs.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { type Decision, decideRemediation } from "./decide-remediation.ts";
import { recordDispositions } from "./record-dispositions.ts";
import { parseRemediation, renderRemediation } from "./remediation-file.ts";
import { type Exports, exportPhases } from "./remediation-plans.ts";
import { createStages } from "./stages.ts";
import { renderEffects } from "./views/remediation.ts";

interface PlanOptions {
  readonly run?: readonly string[];
  readonly at: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** Proposes a disposition for whatever an assessment has something to say of. Records nothing. */
export function plan(context: CommandContext, options: PlanOptions): Promise<ExitCode> {
  const { terminal, directory } = context;
  return withApp(context, async (app) => {
    const output = options.output === undefined ? undefined : resolve(directory, options.output);
    if (output !== undefined && (await app.platform.files.stat(output)) !== null) throw alreadyThere(output);
    const assessment = await assessAt(context, app, options.at, options.run ?? []);
    const { proposals, toInvestigate } = proposeDispositions(assessment, await dispositionsOf(app));
    const { revision } = assessment;
    const open = toInvestigate.map(({ record, recommendation }) => ({
      subject: subjectOf(record),
      reason: recommendation.reason,
    }));
    const text = renderRemediation({ revision, proposals }, open);
    if (output !== undefined) await app.platform.files.write(output, text);
    const written = output === undefined ? {} : { written: output };
    if (options.json)
      terminal.printJson({ schemaVersion: 1, revision, ...written, proposals, toInvestigate: open });
    else if (output === undefined) terminal.print(text.trimEnd());
    else {
      terminal.print(`${proposals.length} proposed, ${open.length} left for you to look into: ${output}`);
      terminal.print(`Review it, then: autopack remediate apply ${options.output}`);
    }
    return exitCodes.complete;
  });
}

interface ApplyOptions {
  readonly yes?: boolean;
  readonly verify?: boolean;
  readonly into?: string;
  readonly json?: boolean;
}

/** Shows what the dispositions of a file do, and with `yes` records them: all or none. */
export function apply(context: CommandContext, file: string, options: ApplyOptions): Promise<ExitCode> {
  const { terminal, directory, environment } = context;
  return withApp(context, async (app) => {
    const path = resolve(directory, file);
    const data = await app.platform.files.read(path, app.config.limits.plan_bytes);
    if (data === null) throw noSuchFile(file);
    const { revision, proposals } = parseRemediation(data, file);
    const assessment = await assessAt(context, app, revision, []);
    const decisions = decideRemediation(proposals, assessment, await dispositionsOf(app), file);
    const open = decisions.filter(({ already }) => already === null);
    const into = resolve(directory, options.into ?? join(dirname(file), parsePath(file).name));
    const exports = await exportPhases(app, open.flatMap(exportedOf), into);
    await assertFree(app, exports);
    const proves = options.verify && options.yes && open.some(({ proposal }) => proposal.kind === "credit");
    const proof = proves ? await withCheckRuns(context, app, (runs) => proveCommit(runs, revision)) : null;
    const on = { exports, by: environment.user, proof };
    const recorded = options.yes ? await record(app, open, on) : [];
    const ids = new Map(open.map((decision, index) => [decision, recorded[index]]));
    const files = [...exports.files.keys()];
    if (options.json)
      terminal.printJson({
        schemaVersion: 1,
        revision,
        recorded: recorded.length > 0,
        decisions: decisions.map((decision) => {
          const { proposal, effect, already } = decision;
          return { ...proposal, effect, id: already ?? ids.get(decision) ?? null };
        }),
        files,
      });
    else terminal.print(renderEffects({ decisions, files, recorded, file }, terminal));
    return exitCodes.complete;
  });
}

const exportedOf = ({ proposal: { kind, reason }, phases }: Decision) =>
  phases.map((phase) => ({ kind, phase, reason }));

/** The files first: a disposition never names a plan that is not there. */
async function record(
  app: App,
  open: readonly Decision[],
  on: { readonly exports: Exports; readonly by: string; readonly proof: CreditProof | null },
): Promise<readonly string[]> {
  for (const [file, content] of on.exports.files) await app.platform.files.write(file, content);
  return recordDispositions(app, open, on);
}

export function assessAt(
  { terminal }: CommandContext,
  app: App,
  at: string,
  runs: readonly string[],
): Promise<Assessment> {
  const stages = createStages(terminal);
  return assessRepository(app, { runs, at, claims: [], onStage: stages.begin }).finally(stages.end);
}

export const dispositionsOf = async (app: App) => foldDispositions(await app.store.ledger.readDispositions());

/** A file of another making is not overwritten; one with the same bytes is ours. */
async function assertFree(app: App, { files }: Exports): Promise<void> {
  for (const [file, content] of files) {
    const present = await app.platform.files.stat(file);
    if (present === null) continue;
    if ((await app.platform.files.read(file))?.toString("utf8") !== content) throw alreadyThere(file);
  }
}

export const alreadyThere = (path: string): AppError =>
  new AppError({
    code: "already-there",
    message: `${quote(path)} is there already`,
    action: "Name another file or folder, or move that one away.",
    exitCode: exitCodes.plan,
  });

const noSuchFile = (file: string): AppError =>
  new AppError({
    code: "no-such-file",
    message: `there is no file ${quote(file)}`,
    action: "`autopack remediate plan --output FILE` makes one.",
    exitCode: exitCodes.plan,
  });
