import { homedir, tmpdir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { AppError } from "./domain/app-error.ts";
import type { PinnedLimits } from "./domain/events.ts";
import { checkFile, filePath, idPattern } from "./plan/schema.ts";

const seconds = z.number().positive();
const bytes = z.int().positive();

/** Every limit, time and default of the program. The doc line of a field is its `describe`. */
const limitsSchema = z.strictObject({
  max_parallel: z.int().min(1).max(64).default(2).describe("Phases of one tier that may run at once."),
  check_minutes: z.number().positive().default(20).describe("Longest time of one check."),
  setup_minutes: z.number().positive().default(20).describe("Longest time of one setup command."),
  stop_grace_seconds: seconds.default(10).describe("Between asking a program to end and ending it."),
  output_bytes: bytes.default(2_000_000).describe("Kept of one program's output; the middle goes."),
  change_files: bytes.default(5000).describe("Most files one phase may change."),
  change_bytes: bytes.default(50_000_000).describe("Most bytes of changed files in one phase."),
  file_bytes: bytes.default(10_000_000).describe("Largest single file a phase may leave."),
  feedback_bytes: bytes
    .default(12_000)
    .describe("Most feedback of earlier attempts in a prompt, in characters."),
  transient_first_seconds: seconds
    .default(5)
    .describe("First wait after a transient failure without a time of its own."),
  transient_max_seconds: seconds.default(900).describe("Longest such wait; each is twice the one before."),
  lease_seconds: seconds
    .default(60)
    .describe("After this long without a sign of life, another host may take a run over."),
  poll_seconds: seconds.default(0.5).describe("How often a running run looks for requests such as cancel."),
  setup_cache_bytes: z
    .int()
    .nonnegative()
    .default(5_000_000_000)
    .describe("Most that the setup cache of a repository holds; 0 turns it off."),
  plan_bytes: bytes.default(2_000_000).describe("Largest plan or script file that is read."),
  store_wait_seconds: seconds.default(10).describe("How long an append waits for another process's."),
});

const words = z.string().min(1);
const command = z.union([words, z.array(words).min(1)]);

const builderSchema = z.union([
  z.strictObject({
    command: command.describe("Program that writes the code; it finds its prompt in $AUTOPACK_PROMPT_FILE."),
    env: z.array(words).default([]).describe("Names of variables let through to the program."),
    reports_usage: z.boolean().default(false).describe("Whether it writes tokens to $AUTOPACK_RESULT."),
  }),
  z.strictObject({ scripted: words.describe("Script to play, relative to this file.") }),
]);

const configSchema = z.strictObject({
  version: z.literal(1).describe("Version of this file's shape."),
  builders: z
    .record(z.string().regex(/^[a-z][\w-]*$/i), builderSchema)
    .default({})
    .describe("Builders that plans name."),
  setup: z
    .array(command)
    .optional()
    .describe("Commands that make a fresh workspace ready, where a plan has none."),
  carry: z.array(filePath).default([]).describe("Ignored files that checks need, copied into workspaces."),
  checks: z
    .record(z.string().regex(idPattern), checkFile)
    .optional()
    .describe("Checks where a plan has none, as in a plan."),
  defaults: z
    .strictObject({
      builder: words.optional().describe("Builder of phases that name none."),
      budget: z
        .strictObject({
          attempts: z.int().min(1).default(3).describe("Attempts that may fail before a phase ends."),
          minutes: z.number().positive().default(60).describe("Wall-clock minutes of one phase."),
          tokens: z.int().positive().optional().describe("Tokens of one phase."),
        })
        .prefault({}),
    })
    .prefault({}),
  protect: z.array(words).default([]).describe("Globs that no change may touch, besides the defaults."),
  limits: limitsSchema.prefault({}),
  sandbox: z.enum(["auto", "off"]).default("auto").describe("auto: bubblewrap where it works."),
  retention_days: z
    .number()
    .nonnegative()
    .default(30)
    .describe("How long `clean` keeps artifacts and rescue refs of ended runs."),
});
export type Config = z.infer<typeof configSchema>;

export const configJsonSchema = (): unknown => z.toJSONSchema(configSchema, { io: "input" });

/** A configuration file as read: its text decides whether its commands are trusted. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The repository's file, overridden by the user's, key by key within objects; lists are replaced, not joined.
 *
 * @throws AppError `config-invalid` naming file, line and column.
 */
export function resolveConfig(files: {
  readonly repository?: ConfigFile;
  readonly user?: ConfigFile;
}): Config {
  const layers = [files.repository, files.user].filter((file) => file !== undefined);
  const values = layers.map((file) => {
    const value = readYaml(file);
    parseConfig({ version: 1, ...value }, file);
    return value;
  });
  return parseConfig(values.reduce(merge, { version: 1 }), layers.at(-1));
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merge(below: Tree, above: Tree): Tree {
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = merged[key];
    merged[key] = isTree(value) && isTree(under) ? merge(under, value) : value;
  }
  return merged;
}

function readYaml(file: ConfigFile): Tree {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw invalid(`${file.path}:${line}:${col}: ${error.message}`);
  }
  const value: unknown = document.toJS({ maxAliasCount: 20 });
  if (value === null || value === undefined) return {};
  if (!isTree(value)) throw invalid(`${file.path}:1:1: the file holds no mapping`);
  return value;
}

function parseConfig(value: unknown, file: ConfigFile | undefined): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(`${file?.path ?? "configuration"}:${placeOf(parsed.error, file)}`);
}

function placeOf(error: z.ZodError, file: ConfigFile | undefined): string {
  const [issue] = error.issues;
  const path = issue?.path.map(String) ?? [];
  const words = `${path.join(".") || "the file"}: ${issue?.message}`;
  if (!file) return ` ${words}`;
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, keepSourceTokens: true });
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (!node?.range) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `${line}:${col}: ${words}`;
  }
  return `1:1: ${words}`;
}

function invalid(message: string): AppError {
  return new AppError({
    code: "config-invalid",
    message,
    action: "Mend the configuration; `autopack config schema` prints its JSON Schema.",
    exitCode: 2,
  });
}

/** The limits as a run pins them: milliseconds and bytes. */
export function pinLimits(limits: Config["limits"], maxParallel: number | undefined): PinnedLimits {
  return {
    maxParallel: maxParallel ?? limits.max_parallel,
    checkMs: limits.check_minutes * 60_000,
    setupMs: limits.setup_minutes * 60_000,
    stopGraceMs: limits.stop_grace_seconds * 1000,
    outputBytes: limits.output_bytes,
    changeFiles: limits.change_files,
    changeBytes: limits.change_bytes,
    fileBytes: limits.file_bytes,
    feedbackBytes: limits.feedback_bytes,
    transientFirstMs: limits.transient_first_seconds * 1000,
    transientMaxMs: limits.transient_max_seconds * 1000,
  };
}

/** What the program takes from its environment; nothing else reads process.env. */
export interface ProcessEnvironment {
  /** The user's own PATH: what npm puts in front of it is taken off. */
  readonly path: string;
  readonly home: string;
  readonly lang: string | undefined;
  readonly tz: string | undefined;
  readonly tmpRoot: string;
  /** Where workspaces and trust are kept: `$XDG_STATE_HOME/autopack`. */
  readonly stateDir: string;
  /** Where the user's own configuration is: `$XDG_CONFIG_HOME/autopack`. */
  readonly configDir: string;
  readonly noColor: boolean;
  readonly user: string;
  /** All variables, for the names that a builder's `env` lets through. */
  readonly all: Readonly<Record<string, string>>;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): ProcessEnvironment {
  const home = env["HOME"] || homedir();
  const folder = (name: string, otherwise: string) => {
    const set = env[name];
    return join(set && isAbsolute(set) ? set : join(home, otherwise), "autopack");
  };
  const all = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]),
  );
  return {
    path: withoutNpm(env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "npm_execpath" in env),
    home,
    lang: env["LC_ALL"] ?? env["LANG"],
    tz: env["TZ"],
    tmpRoot: tmpdir(),
    stateDir: folder("XDG_STATE_HOME", ".local/state"),
    configDir: folder("XDG_CONFIG_HOME", ".config"),
    noColor: !!env["NO_COLOR"],
    user: env["USER"] || env["LOGNAME"] || "unknown",
    all,
  };
}

function withoutNpm(path: string, underNpm: boolean): string {
  if (!underNpm) return path;
  const added = [`${sep}node_modules${sep}.bin`, `${sep}node-gyp-bin`];
  return path
    .split(delimiter)
    .filter((folder) => !added.some((end) => folder.endsWith(end)))
    .join(delimiter);
}
