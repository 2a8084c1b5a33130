import { arch, platform as osName, release } from "node:os";
import { join } from "node:path";
import type { Builder } from "./builders/builder.ts";
import { createCommandBuilder } from "./builders/command/command-builder.ts";
import { createScriptedBuilder } from "./builders/scripted/scripted-builder.ts";
import {
  type Config,
  type ConfigFile,
  createConfigFile,
  mostConfigBytes,
  type ProcessEnvironment,
  resolveConfig,
} from "./config.ts";
import { AppError, exitCodes } from "./domain/app-error.ts";
import type { PinnedBuilder } from "./domain/events.ts";
import type { Ledger } from "./domain/ledger.ts";
import { breakerStore } from "./executor/breaker-store.ts";
import type { ExecutorDeps } from "./executor/deps.ts";
import { createMemory } from "./failures/breaker/memory.ts";
import { createClock } from "./platform/clock.ts";
import { createFiles } from "./platform/files.ts";
import { createGit, readUserGitConfig } from "./platform/git.ts";
import { readGitVersion } from "./platform/git-version.ts";
import { createHostFacts } from "./platform/host-facts.ts";
import type { Platform } from "./platform/ports.ts";
import { openPrivateRepository, type PrivateRepository } from "./platform/private-repository.ts";
import { createProcesses } from "./platform/processes.ts";
import { isFolder } from "./platform/program.ts";
import { openRepository, type Repository } from "./platform/repository.ts";
import type { SetupCache } from "./platform/setup-cache-space.ts";
import { openSqliteStore, type Store } from "./store/sqlite/open.ts";
import { version } from "./version.ts";

/** Lets a test stand between the program and the world: every adapter passes through here once. */
export interface Instruments {
  platform(platform: Platform): Platform;
  ledger(ledger: Ledger): Ledger;
}
const plain: Instruments = { platform: (platform) => platform, ledger: (ledger) => ledger };

export interface Listeners {
  readonly onEvent: ExecutorDeps["onEvent"];
  readonly onOutput: ExecutorDeps["onOutput"];
}

/** The program, put together for one repository. */
export interface App {
  readonly environment: ProcessEnvironment;
  readonly platform: Platform;
  readonly repository: Repository;
  readonly config: Config;
  /** The repository's own configuration file, where there is one; its commands need trust. */
  readonly configFile: ConfigFile | undefined;
  /** Opened, and made where there is none, when it is first asked for. @throws AppError as `openSqliteStore` */
  readonly store: Store;
  readonly artifactsRoot: string;
  readonly workspaceRoot: string;
  readonly setupCache: SetupCache;
  /** What package managers in the sandbox keep for the repository's next setup; there once one kept anything. */
  readonly cachesRoot: string;
  /** Our own repository beside the user's; made when it is not there. */
  openPrivate(): Promise<PrivateRepository>;
  /** What the executor needs. */
  openExecutor(listeners: Listeners): Promise<ExecutorDeps>;
  close(): Promise<void>;
}

/** The only place that names concrete adapters. Opens the repository around `cwd`, its configuration and its store. */
export async function openApp(
  environment: ProcessEnvironment,
  cwd: string,
  instruments: Instruments = plain,
): Promise<App> {
  if (!isFolder(cwd)) throw noSuchFolder(cwd);
  const gitVersion = await readGitVersion(createGit({ path: environment.path, safeDirectories: [] }));
  const user = await readUserGitConfig(environment, cwd);
  const git = createGit({ path: environment.path, safeDirectories: user.safeDirectories });
  const files = createFiles();
  const clock = createClock();
  const repository = await openRepository(git, cwd);
  const configFile = await readConfigFile(files, join(repository.root, "autopack.yaml"));
  const userFile = await readConfigFile(files, join(environment.configDir, "config.yaml"));
  const config = resolveConfig({
    ...(configFile ? { repository: configFile } : {}),
    ...(userFile ? { user: userFile } : {}),
  });
  const workspaceRoot = join(environment.stateDir, "workspaces", repository.key);
  const setupCache = {
    root: join(environment.stateDir, "setup-cache", repository.key),
    limitBytes: config.limits.setup_cache_bytes,
  };
  const cachesRoot = join(environment.stateDir, "caches", repository.key);
  const identity = { name: user.name ?? "Autopack", email: user.email ?? "autopack@localhost" };
  const network = networkOf(config, environment);
  const secrets = [...secretsOf(config, environment), ...credentialsIn(network)];
  const processes = createProcesses({
    path: environment.path,
    home: environment.home,
    lang: environment.lang,
    tz: environment.tz,
    tmpRoot: environment.tmpRoot,
    secrets,
    network,
    sandbox: config.sandbox === "off" ? "off" : "auto",
    objects: [join(repository.commonDir, "objects"), join(repository.ownDir, "repo.git", "objects")],
    hidden: [repository.root, repository.commonDir, environment.stateDir],
    caches: cachesRoot,
    identity,
    controlGroups: "/proc",
    sampleMs: config.limits.sample_seconds * 1000,
    clock,
  });
  const platform = instruments.platform({ git, files, clock, processes });
  let opened: Store | undefined;
  const openStore = (): Store => {
    opened ??= openSqliteStore(join(repository.ownDir, "ledger.db"), {
      busyTimeoutMs: config.limits.store_wait_seconds * 1000,
    });
    return opened;
  };
  const artifactsRoot = join(repository.ownDir, "artifacts");

  const { all: variables, home, path } = environment;
  const openPrivate = () => openPrivateRepository(platform, repository, identity);

  return {
    environment,
    platform,
    repository,
    config,
    configFile,
    get store() {
      return openStore();
    },
    artifactsRoot,
    workspaceRoot,
    setupCache,
    cachesRoot,
    openPrivate,
    async openExecutor(listeners) {
      const environment = environmentReader(platform, gitVersion);
      const ledger = instruments.ledger(openStore().ledger);
      const { hold } = await environment();
      if (config.sandbox === "required" && hold.sandbox === null) throw noSandbox(hold.why ?? "");
      return {
        platform,
        ledger,
        leases: openStore().leases,
        repository: await openPrivate(),
        createBuilder: (pinned) => createBuilder(platform, pinned, variables),
        environment,
        artifactsRoot,
        workspaceRoot,
        setupCache,
        secrets,
        home,
        variablesOf: (pinned) => variablesOf(pinned, variables),
        host: createHostFacts({ path, home, folders: [workspaceRoot, artifactsRoot] }),
        breaker: createMemory(breakerStore(ledger, clock, "executor")),
        random: Math.random,
        actor: "executor",
        leaseMs: config.limits.lease_seconds * 1000,
        pollMs: config.limits.poll_seconds * 1000,
        ...listeners,
      };
    },
    close: async () => opened?.close(),
  };
}

async function readConfigFile(files: Platform["files"], path: string): Promise<ConfigFile | undefined> {
  const data = await files.read(path, mostConfigBytes).catch((error: unknown) => {
    throw error instanceof AppError ? configUnreadable(error) : error;
  });
  return data ? createConfigFile(path, data) : undefined;
}

const configUnreadable = (cause: AppError): AppError =>
  new AppError({
    code: "config-unreadable",
    message: cause.message,
    action: "Mend the file or its permissions, or move it away.",
    exitCode: exitCodes.plan,
    cause,
  });

const noSuchFolder = (cwd: string): AppError =>
  new AppError({
    code: "no-such-folder",
    message: `there is no folder ${cwd}`,
    action: "Change to a folder inside your repository, or name one with -C.",
    exitCode: exitCodes.plan,
  });

/** The values of variables that builders may see: they must never reach a log, a prompt or the ledger. */
function secretsOf(config: Config, environment: ProcessEnvironment): string[] {
  const names = Object.values(config.builders).flatMap((builder) => ("env" in builder ? builder.env : []));
  return names.map((name) => environment.all[name] ?? "");
}

/** What programs with the whole network are told of it. */
const networkOf = (config: Config, { all }: ProcessEnvironment): Record<string, string> =>
  Object.fromEntries(
    config.network_variables.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );

/** Passwords in addresses: they must never reach a log. */
const credentialsIn = (network: Readonly<Record<string, string>>): string[] =>
  Object.values(network).flatMap((value) =>
    [...value.matchAll(/\/\/[^/@\s]*?:([^/@\s]+)@/g)].flatMap(([, password = ""]) => [
      password,
      decodeLoosely(password),
    ]),
  );

/** As a program may print it; what is no encoding is taken as it is. */
const decodeLoosely = (text: string): string =>
  text.replaceAll(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

const variablesOf = (
  pinned: PinnedBuilder,
  variables: Readonly<Record<string, string>>,
): Record<string, string> =>
  pinned.kind === "scripted"
    ? {}
    : Object.fromEntries(pinned.env.map((name) => [name, variables[name] ?? ""]));

function createBuilder(
  platform: Platform,
  pinned: PinnedBuilder,
  variables: Readonly<Record<string, string>>,
): Builder {
  switch (pinned.kind) {
    case "command":
      return createCommandBuilder(platform, pinned, variables);
    case "scripted":
      return createScriptedBuilder(platform, pinned);
  }
}

const noSandbox = (why: string): AppError =>
  new AppError({
    code: "sandbox-missing",
    message: `the configuration says \`sandbox: required\`, and ${why}`,
    action: "Install bubblewrap and allow user namespaces, or say `sandbox: auto`.",
    exitCode: exitCodes.environment,
  });

/** What a certificate says about where the checks ran; looked up once. */
function environmentReader(platform: Platform, git: string): ExecutorDeps["environment"] {
  let known: ReturnType<ExecutorDeps["environment"]> | undefined;
  const read: ExecutorDeps["environment"] = async () => ({
    os: `${osName()} ${release()}`,
    arch: arch(),
    node: process.versions.node,
    git,
    autopack: version,
    hold: await platform.processes.isolation(),
  });
  return () => {
    known ??= read();
    return known;
  };
}
