import { createInterface } from "node:readline/promises";
import type { App } from "../app.ts";
import { type ConfigFile, resolveConfig } from "../config.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { showArgv } from "../domain/plan.ts";
import { isUnhidden } from "../domain/redact.ts";
import { isTrusted, rememberTrust } from "../executor/trust.ts";
import { resolveChecks, toArgv } from "../plan/resolve.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { stripControl } from "./views/text.ts";

/** Shows what the repository's configuration would run, and remembers that a person allowed exactly this text. */
export function trust(
  context: CommandContext,
  options: { readonly json?: boolean; readonly yes?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const file = app.configFile;
    if (!file) throw noConfiguration();
    const effects = effectsOf(file, context.environment.all);
    if (options.json) {
      if (options.yes) await rememberTrust(app.platform.files, context.environment.stateDir, file);
      terminal.printJson({ schemaVersion: 1, file: file.path, effects, trusted: !!options.yes });
      return options.yes ? exitCodes.complete : exitCodes.policy;
    }

    terminal.print(`${file.path} makes this happen:`);
    for (const { what, effect } of effects) terminal.print(stripControl(`  ${what}: ${effect}`));
    if (effects.length === 0) terminal.print("  none");
    if (!options.yes && !(await confirm("Allow them?"))) throw notTrusted(file.path);
    await rememberTrust(app.platform.files, context.environment.stateDir, file);
    terminal.print("Allowed, until the file changes.");
    return exitCodes.complete;
  });
}

/** What the repository's own file makes happen; the user's file and the plan are the person's own words. */
function effectsOf(
  file: ConfigFile,
  variables: Readonly<Record<string, string>>,
): { readonly what: string; readonly effect: string }[] {
  const config = resolveConfig({ repository: file });
  const usual = resolveConfig({}).network_variables;
  const network = config.network_variables
    .filter((name) => !usual.includes(name))
    .map((name) => ({ what: "programs with network see", effect: name }));
  const builders = Object.entries(config.builders).map(([name, builder]) => {
    const { readable = [], writable = [] } = builder;
    const env = ("env" in builder ? builder.env : []).map((name) =>
      isUnhidden(name, variables[name]) ? `${name} (too short to be hidden in logs)` : name,
    );
    const notes = [
      ...(env.length > 0 ? [`sees ${env.join(", ")}`] : []),
      ...(readable.length > 0 ? [`reads ${readable.join(", ")}`] : []),
      ...(writable.length > 0 ? [`changes ${writable.join(", ")}`] : []),
    ];
    const effect = "scripted" in builder ? `plays ${builder.scripted}` : showArgv(toArgv(builder.command));
    const noted = notes.length > 0 ? `  (${notes.join("; ")})` : "";
    const probe = "probe" in builder && builder.probe ? [showArgv(toArgv(builder.probe))] : [];
    return [
      { what: `builder ${name}`, effect: `${effect}${noted}` },
      ...probe.map((effect) => ({ what: `probe of builder ${name}`, effect })),
    ];
  });
  const setup = (config.setup ?? []).map((command) => ({ what: "setup", effect: showArgv(toArgv(command)) }));
  const checks = resolveChecks(config.checks ?? {}).flatMap(({ name, argv, fix, network }) => [
    { what: `check ${name}`, effect: `${showArgv(argv)}${network === "full" ? "  (with the network)" : ""}` },
    ...(fix ? [{ what: `fix of check ${name}`, effect: showArgv(fix) }] : []),
  ]);
  const carry = config.carry.map((path) => ({ what: "carry", effect: `${path} into every workspace` }));
  const readable = config.readable.map((path) => ({
    what: "readable",
    effect: `${path} for setup and checks`,
  }));
  const sandbox = config.sandbox === "off" ? [{ what: "sandbox", effect: "off" }] : [];
  return [...builders.flat(), ...setup, ...checks, ...carry, ...readable, ...network, ...sandbox];
}

/** @throws AppError `not-trusted` when the configuration's commands were not allowed as they stand. */
export async function assertTrusted(context: CommandContext, app: App): Promise<void> {
  const file = app.configFile;
  if (!file || effectsOf(file, context.environment.all).length === 0) return;
  if (!(await isTrusted(app.platform.files, context.environment.stateDir, file))) throw notTrusted(file.path);
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`${question} [y/N] `);
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}

const noConfiguration = () =>
  new AppError({
    code: "no-configuration",
    message: "there is no autopack.yaml in this repository",
    action: "`autopack init` writes one.",
    exitCode: exitCodes.plan,
  });

const notTrusted = (path: string) =>
  new AppError({
    code: "not-trusted",
    message: `the commands of ${path} have not been allowed as they stand`,
    action: "Look at them and allow them with `autopack trust`.",
    exitCode: exitCodes.policy,
  });
