import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProcessEnvironment } from "../config.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import { showArgv } from "../domain/plan.ts";
import { createFiles } from "../platform/files.ts";
import { createGit, gitOrThrow } from "../platform/git.ts";
import { copyFolder, withTemporaryFolder } from "../platform/temporary-folder.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { compareOutcomes, type Outcome, parsePromises, showOutcome } from "./demo-promises.ts";
import { run } from "./run.ts";
import { plural } from "./views/text.ts";

interface DemoOptions {
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** From src/cli and dist/cli alike. */
const packageRoot = fileURLToPath(new URL("../../", import.meta.url));
const example = join(packageRoot, "examples", "notes-library");
const identity = ["user.name=Autopack demo", "user.email=demo@localhost"];

/**
 * Carries out the plan of the example in a temporary folder and compares every phase with what its author promised.
 * Complete, as an exit code, means that all is as promised; what failed there was meant to.
 */
export function demo(context: CommandContext, options: DemoOptions): Promise<ExitCode> {
  const { environment, terminal } = context;
  const place = { root: environment.tmpRoot, prefix: "autopack-demo-", keep: !!options.keep };
  return withTemporaryFolder(place, async (folder) => {
    const there: CommandContext = {
      environment: environmentIn(folder, environment),
      terminal: options.json ? { ...terminal, print: () => undefined } : terminal,
      directory: join(folder, "notes-library"),
    };
    await createRepository(there);
    const runExitCode = await run(there, "plan.yaml", { keepGoing: true });
    const { runId, outcomes } = await assessOutcomes(there);
    const ok = runExitCode === exitCodes.incomplete && outcomes.every((outcome) => outcome.ok);
    if (options.json) {
      const kept = options.keep ? { folder: there.directory } : {};
      terminal.printJson({ schemaVersion: 1, ok, runExitCode, outcomes, ...kept });
    } else {
      terminal.print(renderOutcomes(outcomes));
      terminal.print(renderRunExit(runExitCode));
      if (options.keep) terminal.print(renderNext(there.directory, runId));
    }
    if (ok) return exitCodes.complete;
    return runExitCode === exitCodes.interrupted ? exitCodes.interrupted : exitCodes.incomplete;
  });
}

/**
 * Everything that is written goes into the folder, and nothing of the user's configuration counts. The checks start
 * `node`, and the user's may be too old for TypeScript: the Node that runs this program comes first on the PATH.
 */
function environmentIn(folder: string, environment: ProcessEnvironment): ProcessEnvironment {
  return {
    ...environment,
    path: [dirname(process.execPath), environment.path].join(delimiter),
    stateDir: join(folder, "state"),
    configDir: join(folder, "config"),
  };
}

async function createRepository({ environment, directory }: CommandContext): Promise<void> {
  await copyFolder(example, directory);
  const git = createGit({ path: environment.path, safeDirectories: [] });
  const inside = { cwd: directory, settings: identity };
  await gitOrThrow(git, { ...inside, args: ["init", "--quiet", "--initial-branch=main", "--template="] });
  await gitOrThrow(git, { ...inside, args: ["add", "--all"] });
  await gitOrThrow(git, { ...inside, args: ["commit", "--quiet", "--message", "Notes library"] });
}

async function assessOutcomes(there: CommandContext) {
  const text = await createFiles().read(join(example, "promised.yaml"));
  const promises = parsePromises(text?.toString("utf8") ?? "");
  return withApp(there, async (app) => {
    const { state } = await findRun(app, undefined);
    return { runId: state.runId, outcomes: compareOutcomes(promises, state) };
  });
}

function renderOutcomes(outcomes: readonly Outcome[]): string {
  const width = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const ids = width(outcomes.map((outcome) => outcome.phaseId));
  const promises = width(outcomes.map((outcome) => outcome.because));
  const row = (ok: string, phaseId: string, promise: string, came: string) =>
    `${ok.padEnd(3)}  ${phaseId.padEnd(ids)}  ${promise.padEnd(promises)}  ${came}`;
  const rows = outcomes.flatMap(({ ok, phaseId, because, promised, actual }) => [
    row(ok ? "ok" : "NOT", phaseId, because, showOutcome(actual)),
    ...(ok ? [] : [row("", "", "promised was:", showOutcome(promised))]),
  ]);
  const wrong = outcomes.filter((outcome) => !outcome.ok).length;
  return [
    "",
    "# What was promised, and what came",
    "",
    row("", "phase", "promise", "what came"),
    ...rows,
    "",
    wrong === 0
      ? `All ${plural(outcomes.length, "outcome")} are the promised ones.`
      : `${wrong} of ${plural(outcomes.length, "outcome")} not as promised.`,
  ].join("\n");
}

function renderRunExit(code: ExitCode): string {
  return code === exitCodes.incomplete
    ? "`autopack run` itself exited with 1 here, and that is right: not everything completed."
    : `\`autopack run\` itself exited with ${code} here; 1 was promised, because not everything was to complete.`;
}

function renderNext(directory: string, runId: string): string {
  const autopack = ["node", join(packageRoot, "bin", "autopack.js"), "-C", directory] as const;
  return [
    "",
    `The folder is kept: ${directory}`,
    "Try next:",
    `  ${showArgv([...autopack, "show", runId, "word-count", "--logs"])}`,
    `  ${showArgv([...autopack, "report", runId, "--verify"])}`,
    `  ${showArgv(["git", "-C", directory, "log", "--stat", `main..autopack/${runId}`])}`,
  ].join("\n");
}
