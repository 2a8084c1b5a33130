import { tmpdir, type UserInfo, userInfo } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { z } from "zod";
import { limitsSchema, minutes } from "./config-limits.ts";
import { AppError, exitCodes } from "./domain/app-error.ts";
import { builderEntry } from "./plan/builder-entry.ts";
import { decodeText, readDocument } from "./plan/document.ts";
import { assessShape } from "./plan/faults.ts";
import { checkFile, filePath, glob, idPattern, outsidePath } from "./plan/schema.ts";

/** How programs are told of a proxy, of who may sign for hosts, and of registries that stand in for the public ones. */
const networkVariables = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "PIP_CERT",
  "GIT_SSL_CAINFO",
  "CARGO_HTTP_CAINFO",
  "NPM_CONFIG_REGISTRY",
  "npm_config_registry",
  "YARN_NPM_REGISTRY_SERVER",
  "PIP_INDEX_URL",
  "UV_DEFAULT_INDEX",
  "GOPROXY",
  "GONOSUMDB",
] as const;

const words = z.string().min(1);
const command = z.union([words, z.array(words).min(1)]);

const configSchema = z.strictObject({
  version: z.literal(1).describe("Version of this file's shape."),
  builders: z
    .record(z.string().regex(/^[a-z][\w-]*$/i), builderEntry)
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
      fallback: z
        .array(words)
        .default([])
        .describe("Builders that take over from it, in this order, in phases that name none."),
      ask: z.boolean().default(false).describe("A person is asked before a phase ends as failed."),
      budget: z
        .strictObject({
          attempts: z.int().min(1).default(3).describe("Attempts that may fail before a phase ends."),
          minutes: minutes.default(60).describe("Wall-clock minutes of one phase."),
          tokens: z.int().positive().optional().describe("Tokens of one phase."),
        })
        .prefault({}),
    })
    .prefault({}),
  network_variables: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/))
    .default([...networkVariables])
    .describe(
      "Variables of your environment that programs with the whole network see, such as setup commands; files they name can be read.",
    ),
  protect: z.array(glob).default([]).describe("Globs that no change may touch, besides the defaults."),
  limits: limitsSchema.prefault({}),
  readable: z
    .array(outsidePath)
    .default([])
    .describe(
      "Files and folders outside of the workspace that setup and checks may read, such as `~/.npmrc`.",
    ),
  sandbox: z
    .enum(["auto", "required", "off"])
    .default("auto")
    .describe("auto: bubblewrap where it works; required: no run without it; off: never."),
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

/** A limit that no configuration can raise, since it is there before one is read. */
export const mostConfigBytes = 1_000_000;

/** Another: the largest file of another tool that is imported, which needs no repository and no configuration. */
export const mostImportBytes = 50_000_000;

/** @throws AppError `config-invalid` where the bytes are no text. */
export function createConfigFile(path: string, data: Uint8Array): ConfigFile {
  const text = decodeText(data);
  if (!text.ok) throw invalid(`${path}:${text.error.line}:${text.error.column}: it ${text.error.what}`);
  return { path, text: text.value };
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
  const values = layers.map(readLayer);
  const joined = configSchema.safeParse(values.reduce(merge, { version: 1 }));
  if (joined.success) {
    assertBuilders(joined.data);
    return joined.data;
  }
  // Each file is sound, so it is what they say together: two forms of one builder, for example.
  const [fault] = assessShape(configSchema, values.reduce(merge, { version: 1 }));
  throw invalid(`${layers.map(({ path }) => path).join(" and ")} do not go together: ${fault?.message}`);
}

/** A builder that another entry names has to be there: who takes over is no matter of chance. */
function assertBuilders({ builders, defaults }: Config): void {
  const named = Object.entries(builders).flatMap(([name, { stronger }]) =>
    stronger === undefined ? [] : [{ at: `builders.${name}.stronger`, name: stronger }],
  );
  const all = [...named, ...defaults.fallback.map((name) => ({ at: "defaults.fallback", name }))];
  const unknown = all.find(({ name }) => !Object.hasOwn(builders, name));
  if (unknown) throw invalid(`${unknown.at} names the builder ${unknown.name}, which is not configured`);
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merge(below: Tree, above: Tree): Tree {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const under = merged.get(key);
    merged.set(key, isTree(value) && isTree(under) ? merge(under, value) : value);
  }
  // Unlike assignment this makes a key `__proto__` like any other, for the schema to refuse.
  return Object.fromEntries(merged);
}

/** What one file says, sound on its own. */
function readLayer({ path, text }: ConfigFile): Tree {
  const document = readDocument(text, path);
  const syntax = document.findings.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  if (syntax.length > 0) throw invalid(`${path}:${firstOf(syntax)}`);
  if (document.value === null) return {};
  if (!isTree(document.value)) throw invalid(`${path}:1:1: The file holds no mapping.`);
  const faults = assessShape(configSchema, { version: 1, ...document.value }).map((fault) => {
    const { line, column } = fault.atKey ? document.keyAt(fault.path) : document.at(fault.path);
    return `${line}:${column}: ${fault.message}`;
  });
  if (faults.length > 0) throw invalid(`${path}:${firstOf(faults)}`);
  return document.value;
}

const firstOf = ([first = "", ...others]: readonly string[]): string =>
  others.length === 0 ? first : `${first} (and ${others.length} more)`;

function invalid(message: string): AppError {
  return new AppError({
    code: "config-invalid",
    message,
    action: "Mend the configuration; `autopack config schema` prints its JSON Schema.",
    exitCode: exitCodes.plan,
  });
}

/** What a terminal can show, as far as the environment says so. */
export interface Screen {
  /** NO_COLOR is not set, and the terminal is not a dumb one. */
  readonly colour: boolean;
  /** Lines can be drawn over. */
  readonly moves: boolean;
  /** False where the locale names another encoding; one that names none is taken for UTF-8. */
  readonly utf8: boolean;
}

export function readScreen(env: NodeJS.ProcessEnv = process.env): Screen {
  const moves = !!env["TERM"] && env["TERM"] !== "dumb";
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return { moves, colour: moves && !env["NO_COLOR"], utf8: !locale || /utf-?8/i.test(locale) };
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
  readonly user: string;
  /** All variables, for the names that a builder's `env` lets through. */
  readonly all: Readonly<Record<string, string>>;
}

/** @throws AppError `home-missing` where neither HOME nor the user database names a home folder. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): ProcessEnvironment {
  const home = homeOf(env);
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
    user: env["USER"] || env["LOGNAME"] || recordedUser()?.username || "unknown",
    all,
  };
}

/** A relative HOME would be another folder in every working folder: it is as good as none. */
function homeOf(env: NodeJS.ProcessEnv): string {
  const set = env["HOME"];
  if (set && isAbsolute(set)) return set;
  const known = recordedUser()?.homedir ?? "";
  if (isAbsolute(known)) return known;
  throw new AppError({
    code: "home-missing",
    message: "HOME is not set, and the user database names no home folder for this user",
    action: "Set HOME to a folder that this user may write.",
    exitCode: exitCodes.environment,
  });
}

/** Null where the user database does not know this user, as in many containers. */
function recordedUser(): UserInfo<string> | null {
  try {
    return userInfo();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR") return null;
    throw error;
  }
}

function withoutNpm(path: string, underNpm: boolean): string {
  if (!underNpm) return path;
  const added = [`${sep}node_modules${sep}.bin`, `${sep}node-gyp-bin`];
  return path
    .split(delimiter)
    .filter((folder) => !added.some((end) => folder.endsWith(end)))
    .join(delimiter);
}
