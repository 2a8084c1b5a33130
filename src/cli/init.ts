import { join } from "node:path";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { rememberTrust } from "../executor/trust.ts";
import { detectToolchain } from "../plan/detect.ts";
import { renderConfig, renderPlanTemplate } from "../plan/starter.ts";
import type { Platform } from "../platform/ports.ts";
import { type CommandContext, withApp } from "./command-context.ts";

/** Writes autopack.yaml from what the repository shows, and a first plan; what is there is not overwritten. */
export function init(
  context: CommandContext,
  options: { readonly json?: boolean; readonly force?: boolean },
): Promise<ExitCode> {
  const { terminal, environment } = context;
  return withApp(context, async (app) => {
    const { files } = app.platform;
    const { root } = app.repository;
    const detected = await detectToolchain(files, root);
    const texts = { "autopack.yaml": renderConfig(detected), "autopack-plan.yaml": renderPlanTemplate() };
    const there: string[] = [];
    for (const name of Object.keys(texts)) if (await files.stat(join(root, name))) there.push(name);
    if (there.length > 0 && !options.force) throw alreadyThere(there);
    const config = { path: join(root, "autopack.yaml"), text: texts["autopack.yaml"] };
    await rememberTrust(files, environment.stateDir, config);
    await writeAll(files, root, texts, there);
    if (options.json) terminal.printJson({ schemaVersion: 1, written: Object.keys(texts), detected, next });
    else {
      if (detected.found.length === 0) terminal.print("Found no toolchain here.");
      for (const { name, because } of detected.found) terminal.print(`Found ${name} (${because}).`);
      for (const command of detected.setup) terminal.print(`  setup: ${command}`);
      for (const { name, run } of detected.checks) terminal.print(`  check ${name}: ${run}`);
      for (const note of detected.notes) terminal.print(`Note: ${note}`);
      terminal.print(
        "Wrote autopack.yaml and autopack-plan.yaml, whose stand-in builder works as it is. Next:",
      );
      terminal.print(`  ${next}`);
      terminal.print(
        "Then put your own builder and phases in; after a change of autopack.yaml: autopack trust.",
      );
    }
    return exitCodes.complete;
  });
}

const next = "autopack run autopack-plan.yaml";

/** All of them, or none that was not there before. */
async function writeAll(
  files: Platform["files"],
  root: string,
  texts: Readonly<Record<string, string>>,
  there: readonly string[],
): Promise<void> {
  try {
    for (const [name, text] of Object.entries(texts)) await files.write(join(root, name), text);
  } catch (error) {
    for (const name of Object.keys(texts)) if (!there.includes(name)) await files.remove(join(root, name));
    throw error;
  }
}

const alreadyThere = (names: readonly string[]) =>
  new AppError({
    code: "already-initialised",
    message: `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} there already`,
    action: "Edit what is there, or overwrite it with --force.",
    exitCode: exitCodes.plan,
  });
