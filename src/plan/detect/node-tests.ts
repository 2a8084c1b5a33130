import type { Argv } from "../../domain/plan.ts";
import { type PackageManager, runScript } from "./package-manager.ts";
import type { DetectedCheck } from "./part.ts";
import { type PackageFacts, reportsOf } from "./runner-reports.ts";
import { parseRunnerScript, type RunnerScript } from "./script.ts";

interface NodeTests {
  readonly check?: DetectedCheck;
  readonly note?: string;
}

interface TestScript extends PackageFacts {
  readonly name: string;
  readonly scripts: Readonly<Record<string, unknown>>;
  readonly manager: PackageManager;
}

/** The check `test`: the project's own script, told to leave reports where it calls a runner that can. */
export async function detectNodeTests({ name, scripts, manager, ...facts }: TestScript): Promise<NodeTests> {
  const own = runScript(manager, name);
  const script = parseRunnerScript(String(scripts[name]).trim());
  if (script?.isWatching) {
    return { note: `Left out: the script \`${name}\` watches files and does not end by itself.` };
  }
  if (script === null || hasReports(script)) {
    const note = `Only the exit code of \`${own.join(" ")}\` counts: the script is more than a plain call of vitest, jest, mocha or node --test, so it cannot be told to leave a report.`;
    return { check: { name: "test", run: own.join(" ") }, note };
  }
  const { flags, around, rerun, note, ...reports } = await reportsOf(script, facts);
  const passOn: Argv = [...own, ...manager.passOn];
  const command = takesFlagsAnywhere(script)
    ? [...passOn, ...flags].join(" ")
    : [...hook(`pre${name}`), insertFlags(script, flags, manager), ...hook(`post${name}`)].join(" && ");
  const run = around === undefined ? command : [manager.execute, ...around, command].join(" ");
  const again = startAgain(script, passOn, manager);
  return {
    check: { name: "test", run, ...reports, ...(again === null ? {} : { rerun: [...again, ...rerun] }) },
    ...(note === undefined ? {} : { note }),
  };

  function hook(script: string): string[] {
    return typeof scripts[script] === "string" ? [runScript(manager, script).join(" ")] : [];
  }
}

/** Reports of the script's own: another beside them is not possible with every runner. */
const hasReports = ({ args }: RunnerScript): boolean =>
  args.some((arg) => /^--(outputFile|test-reporter|json$)/.test(arg));

/** Behind the first word that is no option node reads no more options. */
const takesFlagsAnywhere = ({ runner, args }: RunnerScript): boolean =>
  runner !== "node" || args.every((arg) => arg.startsWith("-"));

/** The script itself with flags in it. Scripts find programs of packages by name; elsewhere the manager must. */
function insertFlags(
  { text, startsAt, flagsAt }: RunnerScript,
  flags: readonly string[],
  { execute }: PackageManager,
): string {
  const start = /^(node|npx)\b/.test(text.slice(startsAt)) ? "" : `${execute} `;
  return `${text.slice(0, startsAt)}${start}${text.slice(startsAt, flagsAt)} ${flags.join(" ")}${text.slice(flagsAt)}`;
}

/** What runs the script without the files that it names, for one test alone; null where it cannot be told. */
function startAgain(script: RunnerScript, passOn: Argv, { execute }: PackageManager): Argv | null {
  const { runner, args, operands, program, startsAt, isWrapped } = script;
  // mocha adds a file to those that the script names, and finds the test among all of them.
  if (takesFlagsAnywhere(script)) return operands.length === 0 || runner === "mocha" ? passOn : null;
  const options = args.slice(0, args.length - operands.length);
  if (isWrapped || startsAt > 0 || !options.every((word) => /^[\w@%+=:,./-]+$/.test(word))) return null;
  const start = program === "node" ? [program] : [...execute.split(" "), program];
  return [...start, ...options] as unknown as Argv;
}
