import { Command, Option, type OutputConfiguration } from "commander";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { formatNames } from "../plan/importers/source-plan.ts";
import { version } from "../version.ts";
import type { CommandContext } from "./command-context.ts";
import { type Action, addRecordCommands, type CommandParts } from "./program-records.ts";

const examples = `
Examples:
  $ autopack init                    write autopack.yaml and a first plan
  $ autopack plan lint plan.yaml     what is wrong with a plan, at no cost
  $ autopack run plan.yaml           carry it out
  $ autopack status                  all runs of this repository
  $ autopack resume                  go on with the run that was cut off
  $ autopack report --verify         what came of it, certificates checked again

Exit codes: 0 all complete; 1 ended, not all complete; 2 usage or plan; 3 policy; 4 environment;
5 budget; 6 only a person can continue; 130 interrupted.`;

const runExamples = `
Examples:
  $ autopack run plan.yaml
  $ autopack run plan.yaml --keep-going --json > result.json
  $ autopack run mended.yaml --continue add-search-1a2b3c4d`;

const planImportExamples = `
Examples:
  $ autopack plan import specs/003-user-auth/tasks.md --output plan.yaml
  $ autopack plan import .taskmaster/tasks/tasks.json > plan.yaml
  $ autopack plan import .beads/issues.jsonl --json`;

const breakerExamples = `
Examples:
  $ autopack breaker list
  $ autopack breaker show v2:8ee449806f7e43d5
  $ autopack breaker reset 8ee4 --reason "the registry is back"`;

/** Calls a command's action in its context and keeps the exit code. */
export type Perform = (
  act: (context: CommandContext) => Promise<ExitCode>,
  directory: string,
) => Promise<void>;

/** The command line: what there is, in the words that `--help` shows. */
export function createProgram(perform: Perform, output: OutputConfiguration): Command {
  const program = new Command("autopack")
    .description(
      "Carries out a plan of coding work with agents, unattended, and tells the truth about what came of it.",
    )
    .version(version)
    .option("-C, --directory <folder>", "work as if started in this folder", ".")
    .configureOutput(output)
    .exitOverride()
    .addHelpText("after", examples);

  const action: CommandParts["action"] =
    <Args extends unknown[]>(load: () => Promise<Action<Args>>) =>
    async (...args: [...Args, ...unknown[]]) => {
      const run = await load();
      const { directory } = program.opts<{ directory: string }>();
      await perform((context) => run(context, ...(args as unknown as Args)), directory);
    };

  const json = new Option("--json", "print one JSON object and nothing else to stdout");
  const runArgument = "run id or the beginning of one; the newest run where left out";

  program
    .command("init")
    .description("detect the toolchain and write autopack.yaml and a first plan")
    .option("--force", "overwrite what is there")
    .addOption(json)
    .action(action(async () => (await import("./init.ts")).init));

  program
    .command("trust")
    .description("show the commands that autopack.yaml would run, and allow them")
    .option("--yes", "allow them without asking")
    .addOption(json)
    .action(action(async () => (await import("./trust.ts")).trust));

  const plan = program.command("plan").description("look at a plan without running it, or import one");
  plan
    .command("lint")
    .description("find everything that is wrong with a plan, at no cost")
    .argument("<plan>", "YAML or JSON file")
    .addOption(json)
    .action(action(async () => (await import("./plan.ts")).lint));
  plan
    .command("import")
    .description("make a plan of another tool's tasks, with a note of all that has no equivalent")
    .argument("<file>", "tasks.md, tasks.json, prd.json, fix_plan.md, issues.jsonl or a run's JSON")
    .addOption(
      new Option("--from <format>", "what the file is; found out from its content where left out").choices(
        formatNames,
      ),
    )
    .option("--output <plan>", "write the plan to this file, which must not be there, and not to stdout")
    .addOption(json)
    .addHelpText("after", planImportExamples)
    .action(action(async () => (await import("./plan-import.ts")).importFile));
  plan
    .command("schema")
    .description("print the JSON Schema of a plan, for editors")
    .action(action(async () => (await import("./plan.ts")).schema));

  const config = program.command("config").description("look at the configuration");
  config
    .command("show")
    .description("print the configuration with every default filled in")
    .action(action(async () => (await import("./config.ts")).show));
  config
    .command("schema")
    .description("print the JSON Schema of autopack.yaml, for editors")
    .action(action(async () => (await import("./config.ts")).schema));

  const events = new Option(
    "--events <format>",
    "print every event to stdout as it happens, one line each, and the result as the last line",
  ).choices(["ndjson"]);

  program
    .command("run")
    .description("carry out a plan")
    .argument("<plan>", "YAML or JSON file")
    .option("--new", "start a new run although an unfinished one of this plan is there")
    .option("--continue <run>", "start from the head of an earlier run and skip what it completed")
    .option("--keep-going", "leave out the phases that lint refuses and run the others")
    .option("--max-parallel <n>", "phases that may run at once", wholeNumber)
    .option("--quiet", "no progress")
    .addOption(events)
    .addOption(json)
    .addHelpText("after", runExamples)
    .action(action(async () => (await import("./run.ts")).run));

  program
    .command("resume")
    .description("go on with a run that was stopped or cut off")
    .argument("[run]", "run id or the beginning of one; the newest unfinished run where left out")
    .option("--quiet", "no progress")
    .addOption(events)
    .addOption(json)
    .action(action(async () => (await import("./run.ts")).resume));

  program
    .command("status")
    .description("all runs, or one run phase by phase")
    .argument("[run]", "run id or the beginning of one")
    .addOption(json)
    .action(action(async () => (await import("./status.ts")).status));

  program
    .command("show")
    .description("everything that is known of one phase: attempts, change, checks, logs")
    .argument("<run>", "run id or the beginning of one")
    .argument("<phase>", "phase id")
    .option("--logs", "with the kept output of builders and checks")
    .option("--conversation", "what was asked, tried, decided and refused, and what the next attempt is told")
    .addOption(json)
    .action(action(async () => (await import("./show.ts")).show));

  program
    .command("report")
    .description("what came of a run, as Markdown or JSON")
    .argument("[run]", runArgument)
    .option("--verify", "check every certificate again, against the repository and the kept logs")
    .addOption(json)
    .action(action(async () => (await import("./report.ts")).report));

  program
    .command("cancel")
    .description("end a run; what was completed stays")
    .argument("<run>", "run id or the beginning of one")
    .option("--reason <text>", "why, for the record", "cancelled by a person")
    .addOption(json)
    .action(action(async () => (await import("./cancel.ts")).cancel));

  for (const [name, description] of [
    ["approve", "accept what the gate left to a person; it is verified again before it counts"],
    ["reject", "reject what the gate left to a person; the next attempt is told why"],
  ] as const)
    program
      .command(name)
      .description(description)
      .argument("<run>", "run id or the beginning of one")
      .argument("<phase>", "phase id")
      .requiredOption("--reason <text>", "why, for the record")
      .option("--quiet", "no progress")
      .addOption(events)
      .addOption(json)
      .addHelpText(
        "after",
        `\nExample:\n  $ autopack ${name} add-search http --reason "agreed with the team"`,
      )
      .action(action(async () => (await import("./approve.ts"))[name]));

  const breaker = program
    .command("breaker")
    .description("what failed before and is not tried again until what it depends on changes")
    .addHelpText("after", breakerExamples);
  breaker
    .command("list")
    .description("all causes that are closed off, or counted until they are")
    .addOption(json)
    .action(action(async () => (await import("./breaker.ts")).list));
  const fingerprintArgument = "fingerprint or the beginning of one";
  breaker
    .command("show")
    .description("one cause: where it was seen, what it depends on, what became of it")
    .argument("<fingerprint>", fingerprintArgument)
    .addOption(json)
    .action(action(async () => (await import("./breaker.ts")).show));
  breaker
    .command("reset")
    .description("let a cause be tried again although nothing changed that is known of")
    .argument("<fingerprint>", fingerprintArgument)
    .requiredOption("--reason <text>", "why, for the record")
    .addOption(json)
    .action(action(async () => (await import("./breaker.ts")).reset));

  program
    .command("clean")
    .description("show what old runs left behind and can go; --yes removes it")
    .option("--yes", "remove it")
    .option(
      "--setup-cache",
      "all that setups keep for the next ones (their cache and package managers' caches), not only what was not used for long",
    )
    .addOption(json)
    .action(action(async () => (await import("./clean.ts")).clean));

  addRecordCommands(program, { action, json });

  const ledger = program.command("ledger").description("look after the ledger");
  ledger
    .command("verify")
    .description("find every event that was edited, removed, inserted, reordered or cut off")
    .addOption(json)
    .action(action(async () => (await import("./ledger.ts")).verify));
  ledger
    .command("rebuild")
    .description("make the tables for queries anew from the events")
    .addOption(json)
    .action(action(async () => (await import("./ledger.ts")).rebuild));

  program
    .command("demo")
    .description("show the main job on a small library, with scripted builders, in a temporary folder")
    .option("--keep", "leave the folder to look around in")
    .addOption(json)
    .action(action(async () => (await import("./demo.ts")).demo));
  return program;
}

const mostParallel = 64;

function wholeNumber(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= mostParallel) return value;
  throw new AppError({
    code: "usage",
    message: `--max-parallel expects a whole number from 1 to ${mostParallel}, not ${JSON.stringify(text)}`,
    action: "Give the option such a number.",
    exitCode: exitCodes.plan,
  });
}
