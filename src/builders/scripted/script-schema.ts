import { z } from "zod";
import { decisionsSchema, retryAfterSchema, tokensSchema } from "../reported.ts";

const path = z.string().min(1).max(4096);
const yes = z.literal(true);

/** Every step and what it takes. `docs/scripted-builder.md` shows this table. */
const stepSchemas = {
  write: z.strictObject({ path, content: z.string() }).describe("Writes a file, with its folders."),
  append: z.strictObject({ path, content: z.string() }).describe("Adds text at the end of a file."),
  replace: z
    .strictObject({ path, from: z.string().min(1), to: z.string() })
    .describe("Replaces the first occurrence of a text; without one the script is at fault."),
  delete: path.describe("Deletes a file or folder."),
  truncate: z
    .strictObject({ path, bytes: z.number().int().nonnegative() })
    .describe("Cuts a file off after so many bytes."),
  chmod: z
    .strictObject({ path, mode: z.coerce.string().regex(/^[0-7]{3,4}$/, "an octal mode such as 755") })
    .describe("Changes a file's mode."),
  symlink: z.strictObject({ path, target: z.string().min(1) }).describe("Makes a symbolic link."),
  say: z.string().describe("Prints a text."),
  run: z
    .union([
      z.string().min(1),
      z.strictObject({ command: z.string().min(1), allow_failure: z.boolean().default(false) }),
    ])
    .describe("Runs a shell command as a real child; a non-zero exit ends the build as failed."),
  rate_limit: z
    .strictObject({ retry_after_seconds: retryAfterSchema })
    .describe("Ends the build as a provider's rate limit does."),
  unavailable: z.union([yes, z.string()]).describe("Ends the build as an unreachable provider does."),
  hang: yes.describe("Does nothing until the time limit, or until stopped."),
  emit_megabytes: z.number().positive().max(10_000).describe("Prints so many megabytes, by a real child."),
  daemon: yes.describe("Leaves a process behind that detaches and holds on to the output."),
  poison: z
    .strictObject({ paths: z.array(path).min(1).max(1000), content: z.string().default("poisoned\n") })
    .describe("Writes leftovers, meant for paths that git ignores."),
  git_config: z
    .strictObject({ mark: z.string().min(1) })
    .describe(
      "Sets hooks and settings in the workspace's `.git` that write the file `mark` when git runs them.",
    ),
  push: z
    .union([yes, z.strictObject({ to: z.string().min(1) })])
    .describe("Tries to push to every remote, and to `to`; never fails."),
  kill_host: yes.describe("Kills the program that runs the plan (SIGKILL)."),
  exit: z.number().int().min(0).max(255).describe("Ends the build with an exit code."),
} as const satisfies Record<string, z.ZodType>;

export type StepName = keyof typeof stepSchemas;
export type StepValue<N extends StepName> = z.infer<(typeof stepSchemas)[N]>;

export const stepNames = Object.keys(stepSchemas) as StepName[];

type OptionalSteps = { [N in StepName]: z.ZodOptional<(typeof stepSchemas)[N]> };
const optionalSteps = Object.fromEntries(
  Object.entries(stepSchemas).map(([name, schema]) => [name, schema.optional()]),
) as unknown as OptionalSteps;

const stepSchema = z
  .strictObject({
    ...optionalSteps,
    if_prompt_contains: z
      .string()
      .optional()
      .describe("Plays the step only when the prompt holds this text."),
  })
  .refine((step) => stepNames.filter((name) => step[name] !== undefined).length === 1, {
    error: `a step has exactly one of: ${stepNames.join(", ")}`,
  });

export type Step = z.infer<typeof stepSchema>;

const attemptSchema = z.strictObject({
  steps: z.array(stepSchema).max(10_000).default([]),
  claim: z.string().optional().describe("What the builder says it did."),
  tokens: tokensSchema.optional(),
  decisions: decisionsSchema.optional(),
  exit: z.number().int().min(0).max(255).default(0).describe("The exit code after the last step."),
});

export type AttemptScript = z.infer<typeof attemptSchema>;

export const scriptSchema = z.strictObject({
  attempts: z.array(attemptSchema).min(1).max(1000).describe("Entry n is played at attempt n."),
  repeat_last: z.boolean().default(false).describe("Plays the last entry at every further attempt."),
});

export type Script = z.infer<typeof scriptSchema>;
