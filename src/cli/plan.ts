import { basename, dirname, join, resolve } from "node:path";
import type { App } from "../app.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { type Admission, admitPlan } from "../executor/admit-plan.ts";
import { type Finding, showFinding } from "../plan/findings.ts";
import { planJsonSchema } from "../plan/schema.ts";
import { realPath } from "../platform/files.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { cleanLines, plural } from "./views/text.ts";

export function lint(
  context: CommandContext,
  planPath: string,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const { findings } = await admit(context, app, planPath);
    const errors = findings.filter((finding) => finding.severity === "error").length;
    if (options.json) context.terminal.printJson({ schemaVersion: 1, errors, findings });
    else {
      for (const line of findingLines(findings)) context.terminal.print(line);
      context.terminal.print(summary(errors, findings.length - errors));
    }
    return errors > 0 ? exitCodes.plan : exitCodes.complete;
  });
}

export async function schema(context: CommandContext): Promise<ExitCode> {
  context.terminal.printJson(planJsonSchema());
  return exitCodes.complete;
}

/** Judges the plan at a path as the person gave it, against the repository that the app is open for. */
export async function admit(
  context: CommandContext,
  app: App,
  planPath: string,
  maxParallel?: number,
): Promise<Admission> {
  const path = resolve(context.directory, planPath);
  return admitPlan({
    platform: app.platform,
    root: app.repository.root,
    home: context.environment.home,
    own: [
      app.repository.root,
      app.repository.commonDir,
      context.environment.stateDir,
      context.environment.configDir,
    ],
    config: app.config,
    configPath: app.configFile?.path,
    planPath: join(await realPath(dirname(path)), basename(path)),
    workspaceRoot: app.workspaceRoot,
    variables: context.environment.all,
    ...(maxParallel === undefined ? {} : { maxParallel }),
  });
}

export const findingLines = (findings: readonly Finding[]): string[] =>
  findings.flatMap((finding) => cleanLines(showFinding(finding)));

function summary(errors: number, warnings: number): string {
  if (errors === 0 && warnings === 0) return "The plan is sound.";
  const counts = `${plural(errors, "error")}, ${plural(warnings, "warning")}`;
  return errors > 0 ? `The plan is refused: ${counts}.` : `The plan can run: ${counts}.`;
}
