import { type Command, Option } from "commander";
import type { ExitCode } from "../domain/app-error.ts";
import { dispositionKinds } from "../domain/dispositions.ts";
import type { CommandContext } from "./command-context.ts";

export type Action<Args extends unknown[]> = (context: CommandContext, ...args: Args) => Promise<ExitCode>;

/** What every command is made with. */
export interface CommandParts {
  /** Makes what commander calls of an action, which is loaded when it is called: that keeps the start fast. */
  action<Args extends unknown[]>(
    load: () => Promise<Action<Args>>,
  ): (...args: [...Args, ...unknown[]]) => Promise<void>;
  readonly json: Option;
}

const replayExamples = `
Reads the logs of Autopack's ancestor: records of the form [time] LEVEL: message. A folder stands for its *.log.

Examples:
  $ autopack replay executor.log
  $ autopack replay logs/ --utc-offset +11:00 --json > replay.json`;

const importExamples = `
Importing a file again changes nothing; a later snapshot of it adds what differs.

Examples:
  $ autopack import autopack-py autopack.db
  $ autopack import autopack-py autopack.db --logs logs/ --json > import.json`;

const assessExamples = `
Examples:
  $ autopack assess                                  one page: what is done, what is not, what to do first
  $ autopack assess --format markdown > report.md    everything, with links to files and commits
  $ autopack assess --run add-search --at v1.2 --json`;

const assessFormats = ["text", "markdown", "json", "sarif"];

const remediateExamples = `
Examples:
  $ autopack remediate plan --output remediation.yaml     a disposition proposed for each phase
  $ autopack remediate apply remediation.yaml             what they would do
  $ autopack remediate apply remediation.yaml --yes       record them, write plans and backlog
  $ autopack remediate lift old-run search --reason "needed after all" --output search.yaml`;

const dispositionExamples = `
Examples:
  $ autopack disposition list --all
  $ autopack disposition show d41f0
  $ autopack disposition supersede d41f0 --reason "it is there after all" --action credit`;

const logExamples = `
Examples:
  $ autopack log > BUILD_LOG.md
  $ autopack log --run add-search --json`;

/** Commands that read what was recorded, by this program or another, and act on it. */
export function addRecordCommands(program: Command, { action, json }: CommandParts): void {
  const imports = program.command("import").description("take what another program recorded into the ledger");
  imports
    .command("autopack-py")
    .description("the runs, phases, calls and decisions of Autopack's ancestor, verbatim")
    .argument("<database>", "its SQLite file, which is only read")
    .option("--logs <folder>", "its executor's logs, which tell why attempts failed")
    .addOption(json)
    .addHelpText("after", importExamples)
    .action(action(async () => (await import("./import.ts")).autopackPy));

  program
    .command("assess")
    .description("what became of every phase, own or imported, by what git shows")
    .option("--run <run>", "tell of this run alone; may be given again", several)
    .option("--at <revision>", "judge by this revision", "HEAD")
    .option(
      "--claims <glob>",
      "read these documents for claims instead of **/*.md; may be given again",
      several,
    )
    .option("--run-tests", "run the phases' own tests at the revision, in a fresh workspace")
    .option("--first-pass", "the same, and look for the first commit at which they pass")
    .addOption(new Option("--format <format>", "how to print it").choices(assessFormats).default("text"))
    .addOption(json)
    .addHelpText("after", assessExamples)
    .action(action(async () => (await import("./assess.ts")).assess));

  program
    .command("replay")
    .description("what the rules would have refused of the attempts in executor logs")
    .argument("<log...>", "log files, or folders of them")
    .option("--utc-offset <offset>", "clock that wrote the logs, such as +11:00; then times are in UTC")
    .addOption(json)
    .addHelpText("after", replayExamples)
    .action(action(async () => (await import("./replay.ts")).replay));

  const remediate = program
    .command("remediate")
    .description("decide about assessed phases: nothing that was recorded changes")
    .addHelpText("after", remediateExamples);
  remediate
    .command("plan")
    .description("propose a disposition for each phase, in a file to review")
    .option("--run <run>", "propose for this run alone; may be given again", several)
    .option("--at <revision>", "judge by this revision", "HEAD")
    .option("--output <file>", "write it there instead of to stdout; never over a file that is there")
    .addOption(json)
    .action(action(async () => (await import("./remediate.ts")).plan));
  remediate
    .command("apply")
    .description("show what the dispositions of a file do; --yes records them, all or none")
    .argument("<file>", "as `remediate plan` writes it")
    .option("--yes", "record them, and write plans and backlog")
    .option("--verify", "prove credits: run the configured checks on the assessed commit first")
    .option("--into <folder>", "where plans and backlog go; left out: a folder of the file's name beside it")
    .addOption(json)
    .action(action(async () => (await import("./remediate.ts")).apply));
  remediate
    .command("lift")
    .description("take phases out of a run that was put away, into a new plan")
    .argument("<run>", "run id or the beginning of one")
    .argument("<phase...>", "phase ids")
    .requiredOption("--reason <text>", "why, for the record")
    .option("--output <file>", "write the plan there instead of to stdout; never over a file that is there")
    .addOption(json)
    .action(action(async () => (await import("./lift.ts")).lift));

  const disposition = program
    .command("disposition")
    .description("what people decided about runs and phases after the fact")
    .addHelpText("after", dispositionExamples);
  disposition
    .command("list")
    .description("all decisions that stand")
    .option("--all", "those too that were superseded")
    .addOption(json)
    .action(action(async () => (await import("./disposition.ts")).list));
  const dispositionArgument = "id of a disposition or the beginning of one";
  disposition
    .command("show")
    .description("one decision: who, why, what it rests on, what became of it")
    .argument("<disposition>", dispositionArgument)
    .addOption(json)
    .action(action(async () => (await import("./disposition.ts")).show));
  disposition
    .command("supersede")
    .description("put another decision in the place of one; both stay on record")
    .argument("<disposition>", dispositionArgument)
    .requiredOption("--reason <text>", "why, for the record")
    .addOption(
      new Option("--action <action>", "the new decision").choices(dispositionKinds).default("annotate"),
    )
    .addOption(json)
    .action(action(async () => (await import("./disposition.ts")).supersede));

  program
    .command("log")
    .description("the history of all runs, derived from the ledger: the same ledger gives the same bytes")
    .option("--run <run>", "of this run alone; may be given again", several)
    .addOption(json)
    .addHelpText("after", logExamples)
    .action(action(async () => (await import("./log.ts")).log));
}

/** An option that may be given again. */
const several = (text: string, before: readonly string[] = []): string[] => [...before, text];
