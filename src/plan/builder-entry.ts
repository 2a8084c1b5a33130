import { z } from "zod";
import { reachFields } from "./schema.ts";

const words = z.string().min(1);
const command = z.union([words, z.array(words).min(1)]);

/** What is known of a builder, for budgets and for what follows a failure. */
const traitFields = {
  provider: words
    .optional()
    .describe("Who serves its model: builders of other providers take over before others."),
  model: words.optional().describe("Its model; another one counts as a changed cause."),
  stronger: words
    .optional()
    .describe("Name of the builder with a stronger model, for what this one fails at."),
  max_tokens: z.int().positive().optional().describe("Most tokens of one call, in $AUTOPACK_MAX_TOKENS."),
  minutes: z
    .number()
    .positive()
    .max(31 * 1440)
    .optional()
    .describe("Longest time of one call; left out: the phase's minutes."),
};

/** A builder as the configuration has it. */
export const builderEntry = z.union([
  z.strictObject({
    command: command.describe("Program that writes the code; it finds its prompt in $AUTOPACK_PROMPT_FILE."),
    env: z.array(words).default([]).describe("Names of variables let through to the program."),
    probe: command
      .optional()
      .describe(
        "Cheap command that exits with 0 when the provider is there: a health check, a one-token call.",
      ),
    reports_usage: z.boolean().default(false).describe("Whether it writes tokens to $AUTOPACK_RESULT."),
    ...traitFields,
    ...reachFields,
  }),
  z.strictObject({
    scripted: words.describe("Script to play, relative to this file."),
    ...traitFields,
    ...reachFields,
  }),
]);
