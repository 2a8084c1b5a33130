import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { version } from "../version.ts";
import { assessRepository } from "./assess-repository.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { assessmentDocument } from "./views/assessment.ts";
import { assessmentMarkdown, type WebAddress, webAddressOf } from "./views/assessment-markdown.ts";
import { assessmentSarif } from "./views/assessment-sarif.ts";
import { renderAssessment } from "./views/assessment-text.ts";

interface AssessFlags {
  readonly run?: readonly string[];
  readonly at: string;
  readonly claims?: readonly string[];
  readonly runTests?: boolean;
  readonly format: "text" | "markdown" | "json" | "sarif";
  readonly json?: boolean;
}

export function assess(context: CommandContext, flags: AssessFlags): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const assessment = await assessRepository(app, {
      runs: flags.run ?? [],
      at: flags.at,
      claims: flags.claims ?? [],
      runTests: flags.runTests ?? false,
    });
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
