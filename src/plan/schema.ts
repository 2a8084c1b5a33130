import { z } from "zod";
import { networks } from "../domain/isolation.ts";
import { namesGitFolder, normalisePath } from "../domain/paths.ts";
import { categories, complexities, deliverableChanges, deliverableKinds } from "../domain/plan.ts";
import { purposes } from "../domain/run.ts";
import { assessGlob } from "./deliverable-path.ts";

/** Ids become parts of file names and git refs: no `..`, no leading dash, and nothing that git refuses. */
export const idPattern = /^[A-Za-z0-9]+(?:(?:\.|[-_]+)[A-Za-z0-9]+)*$/;

const text = z
  .string()
  .min(1, { error: "expected text that is not empty" })
  .refine((value) => !value.includes("\0"), { error: "text cannot hold a NUL character" });

const word = z
  .string()
  .refine((value) => !value.includes("\0"), { error: "a command cannot hold a NUL character" });

const id = z
  .string()
  .max(64, { error: "an id has at most 64 characters" })
  .regex(idPattern, {
    error: "expected letters and digits with single `.`, `-` or `_` between them",
  })
  .refine((value) => !/\.lock$/i.test(value), { error: "an id cannot end in `.lock`: git refuses it" });

const positive = { exclusiveMinimum: 0 };
const whole = z.int({ error: "expected a whole number" });

const argv = z
  .array(word)
  .refine((words) => (words[0] ?? "") !== "", { error: "expected a list that begins with a program" });
const commandForms = [text, argv] as const;
const command = z
  .union(commandForms, { error: "expected a command: text (run by `sh -c`) or a list of words" })
  .describe("Text runs by `sh -c`; a list is the program and its arguments.");

export const filePath = text.refine((value) => whyNoFilePath(value) === null, {
  error: (issue) => `expected a path inside the repository: ${whyNoFilePath(String(issue.input))}`,
});

function whyNoFilePath(value: string): string | null {
  const path = normalisePath(value);
  if (!path.ok) return path.error;
  return namesGitFolder(path.value) ? "it belongs to git itself" : null;
}

export const glob = text.refine((value) => assessGlob(value) === null, {
  error: (issue) => `expected a pattern of paths: ${assessGlob(String(issue.input))}`,
});

export const outsidePath = text.refine((value) => /^~?\//.test(value) && !/^~?\/+$/.test(value), {
  error: "expected an absolute path, or one that begins with `~/`",
});

const network = z.enum(networks, { error: "expected `loopback` or `full`" }).optional();
const checkNetwork = network.describe(
  "Default `loopback`: a network of its own, where it reaches the servers that it starts. `full`: the host's.",
);

/** What a builder may reach besides its workspace. */
export const reachFields = {
  network: network.describe("Default `full`, for models are reached over it; `loopback`: none but its own."),
  readable: z
    .array(outsidePath)
    .optional()
    .describe("Files and folders outside of the workspace that it may read, such as `~/.gitconfig`."),
  writable: z
    .array(outsidePath)
    .optional()
    .describe("Files and folders outside of the workspace that it may read and change, such as its login."),
};

const reportPaths = z
  .union([filePath, z.array(filePath).min(1)], { error: "expected a path, or a list of paths" })
  .optional();

export const checkFile = z
  .union(
    [
      ...commandForms,
      z.strictObject({
        run: command,
        report: reportPaths.describe(
          "Where the command leaves its test reports: JUnit XML, CTRF, vitest or jest JSON, or `go test -json`.",
        ),
        coverage: reportPaths.describe(
          "Where it leaves its coverage reports: LCOV, Istanbul or coverage.py JSON, Cobertura, or a Go profile.",
        ),
        rerun: command
          .optional()
          .describe(
            "Runs one test alone and leaves the same report, to tell whether it is flaky: `{file}`, `{name}` and `{id}` (`FILE::SUITE::NAME`) stand for it.",
          ),
        fix: command
          .optional()
          .describe(
            "Mends by itself what the command finds, such as a formatter; tried once before a builder is.",
          ),
        network: checkNetwork,
      }),
    ],
    { error: "expected a command, or a mapping with `run`" },
  )
  .describe("A command that must exit 0.");

const acceptanceFile = z
  .union(
    [
      ...commandForms,
      z.strictObject({
        run: command,
        name: id.optional().describe("How the report calls it; default `acceptance-1`, `acceptance-2` …"),
        network: checkNetwork,
      }),
    ],
    { error: "expected a command, or a mapping with `run`" },
  )
  .describe("A command that must exit 0, besides the checks.");

const builderFile = z
  .union(
    [
      text,
      z
        .strictObject({
          command: command.optional(),
          scripted: text.optional().describe("A builder script, relative to the plan file."),
          ...reachFields,
        })
        .refine((builder) => (builder.command === undefined) !== (builder.scripted === undefined), {
          error: "expected either `command` or `scripted`",
        }),
    ],
    { error: "expected the name of a builder, or a mapping with `command` or `scripted`" },
  )
  .describe("A builder of the configuration by its name, or one written here.");

const fallbackFile = z
  .array(text)
  .optional()
  .describe("Builders of the configuration that take over after failures, in this order.");
const askFile = z
  .boolean()
  .optional()
  .describe("Whether a person is asked before the phase ends as failed; default `false`.");

const deliverableFile = z
  .union(
    [
      text,
      z.strictObject({
        path: text.describe("Relative to the repository's root, with forward slashes."),
        change: z
          .enum(deliverableChanges)
          .optional()
          .describe("What must happen to it; default `any`: created or modified."),
        kind: z.enum(deliverableKinds).optional(),
        must_contain: z.array(text).optional().describe("Texts that the file must hold, literally."),
      }),
    ],
    { error: "expected a path, or a mapping with `path`" },
  )
  .describe("A file that the phase must produce or change.");

const phaseBudgetFile = z
  .strictObject({
    tokens: whole.optional().meta(positive).describe("Tokens that all attempts together may use."),
    attempts: whole.optional().meta(positive).describe("Attempts that may fail before the phase ends."),
    minutes: z.number().optional().meta(positive).describe("Wall-clock minutes of the phase."),
  })
  .describe("What the phase may use.");

export const phaseFile = z.strictObject({
  id: id.describe("Unique in the plan; letter case does not count."),
  name: text.optional().describe("For people; default: the id."),
  description: text.describe("What the builder is told to do."),
  category: z.enum(categories).describe("What sort of work it is."),
  complexity: z.enum(complexities).optional().describe("How hard it is; default `medium`."),
  deliverables: z
    .array(deliverableFile)
    .min(1, { error: "expected at least one deliverable" })
    .describe("What must be there, and changed, when the phase is complete."),
  scope: z
    .strictObject({
      write: z.array(glob).optional().describe("What the phase may change; default: its deliverables."),
      read: z.array(glob).optional().describe("What the builder should look at."),
    })
    .optional()
    .describe("Patterns of paths; dot files are included."),
  acceptance: z.array(acceptanceFile).optional(),
  budget: phaseBudgetFile.optional(),
  builder: builderFile.optional(),
  fallback: fallbackFile,
  ask: askFile,
  depends_on: z.array(text).optional().describe("Ids of phases that must be complete before."),
});

const grantFile = z
  .strictObject({
    paths: z.array(glob).min(1),
    phases: z.array(text).min(1).describe("Ids of the phases that may use it."),
    reason: text.describe("Why; recorded whenever the grant is used."),
    expires: z.iso.date({ error: "expected a date as 2026-12-31" }).describe("Its last day, in UTC."),
  })
  .describe("A written exception to the protected paths.");

const percent = z
  .number()
  .min(0, { error: "expected a number from 0 to 100" })
  .max(100, { error: "expected a number from 0 to 100" })
  .optional();

function planShape<Phase extends z.ZodType>(phase: Phase) {
  return z.strictObject({
    version: z.literal(1).describe("The version of this file's shape."),
    run: z
      .strictObject({
        id: id.describe("What the run's id begins with."),
        goal: text.describe("What the whole run is for."),
        purpose: z
          .enum(purposes)
          .optional()
          .describe("Default `work`; `validation` and `baseline` are kept as evidence, out of all metrics."),
        base: text
          .refine((value) => !/^-|[\p{Cc}\s]/u.test(value), { error: "expected a branch, tag or commit" })
          .optional()
          .describe("The branch, tag or commit to start from; default `HEAD`."),
        budget: z
          .strictObject({
            tokens: whole.optional().meta(positive),
            usd: z.number().optional().meta(positive),
            minutes: z.number().optional().meta(positive),
          })
          .optional()
          .describe("What the whole run may use."),
      })
      .describe("The run itself."),
    setup: z
      .array(command)
      .optional()
      .describe("Commands that prepare a fresh workspace; detected where left out."),
    carry: z.array(filePath).optional().describe("Ignored files of the checkout that checks need."),
    checks: z
      .record(id, checkFile)
      .optional()
      .describe("What must pass for every phase, by name; detected where left out."),
    defaults: z
      .strictObject({
        builder: builderFile.optional(),
        fallback: fallbackFile,
        ask: askFile,
        budget: phaseBudgetFile.optional(),
      })
      .optional()
      .describe("For phases that say nothing else."),
    policy: z
      .strictObject({
        protect: z.array(glob).optional().describe("What no phase may change, besides the defaults."),
        coverage: z
          .strictObject({
            min_changed: percent.describe("How many of the changed lines must be covered, in per cent."),
            max_drop: percent.describe("How far coverage as a whole may drop, in percentage points."),
            unmeasured: z
              .enum(["review", "block", "allow"])
              .optional()
              .describe(
                "Where a threshold is set and nothing was measured; default `review`: a person is asked.",
              ),
          })
          .optional()
          .describe("What is asked of coverage; needs a check with `coverage`."),
        tests: z
          .strictObject({
            flaky: z
              .enum(["allow", "review", "block"])
              .optional()
              .describe(
                "A newly failing test that passed when it was run again; default `allow`: it is named.",
              ),
            removed: z
              .enum(["allow", "review", "block"])
              .optional()
              .describe(
                "Tests that ran before and do not now, with no new one in their file for them; default `review`: a person is asked.",
              ),
          })
          .optional(),
        tampering: z
          .strictObject({
            allow: z
              .array(
                z.strictObject({
                  rule: text.describe("The rule's id, as the report names it."),
                  paths: z.array(glob).min(1).optional().describe("Where; default: everywhere."),
                  reason: text.describe("Why; recorded with every finding."),
                }),
              )
              .optional()
              .describe("Findings of the tamper check that are wanted."),
          })
          .optional(),
        grants: z.array(grantFile).optional(),
      })
      .optional(),
    tiers: z
      .array(
        z.strictObject({
          id: id.describe("Unique among the tiers."),
          name: text.optional().describe("For people; default: the id."),
          phases: z.array(phase).min(1, { error: "expected at least one phase" }),
        }),
      )
      .min(1, { error: "expected at least one tier" })
      .describe("Stages in order: a tier starts when the one before it has ended."),
  });
}

/** The whole file. */
const planFile = planShape(phaseFile);
/** The file without its phases, which are judged one by one. */
export const frameFile = planShape(z.unknown());

/** The file around its tiers, every field optional, so that one fault loses no more than its own field. */
export const draftFrame = frameFile
  .omit({ tiers: true })
  .extend({ run: frameFile.shape.run.partial() })
  .partial();
export type DraftFrame = z.output<typeof draftFrame>;
/** A phase, every field optional, for the same reason. */
export const draftPhase = phaseFile.partial();

export type CommandFile = z.output<typeof command>;
export type CheckFile = z.output<typeof checkFile>;
export type AcceptanceFile = z.output<typeof acceptanceFile>;
export type ReachFile = Pick<Exclude<BuilderFile, string>, keyof typeof reachFields>;
export type BuilderFile = z.output<typeof builderFile>;
export type DeliverableFile = z.output<typeof deliverableFile>;

/** JSON Schema (draft 2020-12) of the plan file, for editors. */
export function planJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(planFile, { io: "input" });
  return { ...schema, title: "Autopack plan" };
}
