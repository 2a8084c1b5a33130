import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { Assessment } from "../domain/assessment.ts";
import { version } from "../version.ts";
import { assessRepository } from "./assess-repository.ts";
import { ownTestRuns, withCheckRuns } from "./check-runs.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { createStages } from "./stages.ts";
import { assessmentDocument } from "./views/assessment.ts";
import { assessmentMarkdown, type WebAddress, webAddressOf } from "./views/assessment-markdown.ts";
import { assessmentSarif } from "./views/assessment-sarif.ts";
import { renderAssessment } from "./views/assessment-text.ts";

interface AssessFlags {
  readonly run?: readonly string[];
  readonly at: string;
  readonly claims?: readonly string[];
  readonly runTests?: boolean;
  readonly firstPass?: boolean;
  readonly format: "text" | "markdown" | "json" | "sarif";
  readonly json?: boolean;
}

export function assess(context: CommandContext, flags: AssessFlags): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const assessment = await assessWith(context, app, flags);
    if (assessment.decisionMatrix.runs.length === 0) throw nothingToAssess();
    switch (flags.json ? "json" : flags.format) {
      case "json":
        terminal.printJson(assessmentDocument(assessment));
        break;
      case "sarif":
        terminal.printJson(assessmentSarif(assessment, version));
        break;
      case "markdown":
        terminal.print(assessmentMarkdown(assessment, await webAddress(app)));
        break;
      case "text":
        terminal.print(renderAssessment(assessment, terminal));
    }
    return exitCodes.complete;
  });
}

function assessWith(context: CommandContext, app: App, flags: AssessFlags): Promise<Assessment> {
  const stages = createStages(context.terminal);
  const onStage = stages.begin;
  const options = { runs: flags.run ?? [], at: flags.at, claims: flags.claims ?? [], onStage };
  const { runTests, firstPass = false } = flags;
  if (!runTests && !firstPass) return assessRepository(app, options).finally(stages.end);
  return withCheckRuns(context, app, (runs) =>
    assessRepository(app, { ...options, testsAt: (revision) => ownTestRuns(runs, revision, firstPass) }),
  ).finally(stages.end);
}

async function webAddress({ platform: { git }, repository }: App): Promise<WebAddress> {
  const remote = await git.run({
    gitDir: repository.commonDir,
    args: ["config", "--get", "remote.origin.url"],
  });
  return remote.code === 0 ? webAddressOf(remote.stdout.trim()) : null;
}

const nothingToAssess = (): AppError =>
  new AppError({
    code: "nothing-to-assess",
    message: "there is no run in the ledger of this repository",
    action: "Run a plan with `autopack run`, or import the record of other runs with `autopack import`.",
    exitCode: exitCodes.plan,
  });
