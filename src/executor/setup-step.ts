import { join } from "node:path";
import type { CheckResult, SetupCacheUse } from "../domain/certificate.ts";
import type { Argv } from "../domain/plan.ts";
import { ok } from "../domain/result.ts";
import { isInstaller, type KeptSetup, parseKeptSetup } from "../plan/setup-command.ts";
import { keepSetup, lookUpSetup, type MadeRecord, noteSetup, restoreSetup } from "../platform/setup-cache.ts";
import { shrinkSetups } from "../platform/setup-cache-space.ts";
import { removeWorkspace, type Workspace } from "../platform/workspace.ts";
import { listOutputs } from "../platform/workspace-outputs.ts";
import { assertHeld } from "../platform/workspace-owner.ts";
import { freshWorkspace } from "./fresh-workspace.ts";
import { runInWorkspace } from "./run-command.ts";
import { readSetupKeys, type SetupKeys } from "./setup-key.ts";
import { assessReach } from "./setup-reach.ts";
import { askSetupTools } from "./setup-tools.ts";
import { type AttemptContext, logOf, placeOf, type Step } from "./step.ts";

/**
 * Stores link into a workspace's folders by default, and a write through such a link would reach the store and
 * every other project: told here, where the command does not say so.
 */
function variablesOf(argv: Argv): Readonly<Record<string, string>> {
  const method = "clone-or-copy";
  // npm warns of variables that it does not know.
  const isPnpm = argv.some((word) => /\bpnpm\b/.test(word));
  return {
    UV_LINK_MODE: "copy",
    ...(isPnpm
      ? { npm_config_package_import_method: method, pnpm_config_package_import_method: method }
      : {}),
  };
}

/** One setup command in one workspace. */
interface Setup {
  readonly context: AttemptContext;
  readonly workspace: Workspace;
  /** `build` or `round-1` …: what the workspace is for. */
  readonly what: string;
  readonly index: number;
  readonly argv: Argv;
}

/**
 * Carries out the setup command at `index`: out of the setup cache where its result can be kept, else by running it
 * in the workspace. What is kept was made in a workspace of its own, of the same commit and carried files, where
 * nothing but this command ever ran.
 */
export async function runSetup(setup: Setup): Promise<Step<CheckResult>> {
  const { context, index } = setup;
  const { plan } = context.journal.state.created;
  const kept = plan.setup.slice(0, index).every(isInstaller) ? parseKeptSetup(setup.argv) : null;
  const keys = kept && context.deps.setupCache.limitBytes > 0 ? await keysOf(setup, kept) : null;
  if (!kept || !keys) return runIn(setup, setup.workspace);

  const found = await lookUp(setup, keys);
  if (found === "never") return runIn(setup, setup.workspace);
  if (found) {
    const restored = await restore(setup, found, "found");
    if (restored) return ok(restored);
  }
  return make(setup, kept, keys);
}

async function keysOf({ context, workspace, what, argv }: Setup, kept: KeptSetup): Promise<SetupKeys | null> {
  const { deps, journal } = context;
  const { plan, readable } = journal.state.created;
  const tools = await askSetupTools(context, workspace, what, kept, variablesOf(argv));
  if (tools === null) return null;
  return readSetupKeys(deps.platform, deps.repository, {
    argv,
    kept,
    commit: workspace.base,
    carry: plan.carry,
    readable,
    tools,
    isolation: await deps.platform.processes.isolation(),
    home: deps.home,
  });
}

interface Found {
  readonly key: string;
  readonly record: MadeRecord;
}

async function lookUp({ context }: Setup, keys: SetupKeys): Promise<Found | "never" | null> {
  const { platform, setupCache } = context.deps;
  for (const key of [keys.manifests, keys.wholeTree]) {
    const record = await lookUpSetup(platform, setupCache, key);
    if (record?.kind === "made") return { key, record };
    if (record?.kind === "never") return "never";
    if (!record) return null;
  }
  return null;
}

const nameOf = ({ index }: Setup): string => `setup-${index + 1}`;

async function runIn(setup: Setup, workspace: Workspace): Promise<Step<CheckResult>> {
  const { context, what, argv } = setup;
  const ran = await runInWorkspace(context, workspace, what, {
    spec: { name: nameOf(setup), argv },
    kind: "setup",
    timeoutMs: context.journal.state.created.limits.setupMs,
    env: variablesOf(argv),
  });
  return ran.ok ? ok(ran.value.result) : ran;
}

/** The result of a setup that is in the workspace now; null where it could not be put there. */
async function restore(
  setup: Setup,
  { key, record }: Found,
  use: SetupCacheUse["use"],
): Promise<CheckResult | null> {
  const { context, workspace, what, argv } = setup;
  const { platform, setupCache } = context.deps;
  const startedAt = platform.clock.now();
  await assertHeld(platform.files, workspace.dir, workspace.place);
  const restored = await restoreSetup(platform, setupCache, key, record, workspace.tree);
  if (!restored.ok) {
    context.deps.onOutput(context.phaseId, restored.error);
    return null;
  }
  const log = logOf(context, `${what}.setup.${nameOf(setup)}`);
  await platform.files.write(join(log.root, log.path), restored.value.log);
  return {
    name: nameOf(setup),
    kind: "setup",
    argv,
    cwd: ".",
    outcome: "passed",
    exitCode: 0,
    startedAt: startedAt.toISOString(),
    durationMs: platform.clock.now().getTime() - startedAt.getTime(),
    network: "full",
    log: { path: log.path, ...record.log },
    tail: record.tail,
    cache: { key, use, madeAt: record.madeAt, madeInMs: record.durationMs },
  };
}

/** Runs the command in a workspace of its own, keeps what it made, and takes it from there. */
async function make(setup: Setup, kept: KeptSetup, keys: SetupKeys): Promise<Step<CheckResult>> {
  const { context, workspace, what, index } = setup;
  const { deps } = context;
  const ownName = `${what}.${nameOf(setup)}`;
  const own = await freshWorkspace(context, ownName, workspace.base);
  if (!own.ok) return own;
  const result = await runIn(setup, own.value);
  const passed = result.ok && result.value.outcome === "passed";
  const key = passed ? await keep(setup, kept, keys, own.value, result.value) : null;
  await removeWorkspace(deps.platform, deps.repository, placeOf(context, ownName));
  if (!result.ok) return result;
  // What failed without the commands before it may still succeed after them.
  if (key === null) return passed || index > 0 ? runIn(setup, workspace) : result;
  const record = await lookUpSetup(deps.platform, deps.setupCache, key);
  const restored = record?.kind === "made" ? await restore(setup, { key, record }, "made") : null;
  await shrinkSetups(deps.platform, deps.setupCache);
  return restored ? ok(restored) : runIn(setup, workspace);
}

/** The key under which it is kept; null where it cannot be. */
async function keep(
  { context }: Setup,
  kept: KeptSetup,
  keys: SetupKeys,
  own: Workspace,
  result: CheckResult,
): Promise<string | null> {
  const { platform, repository, setupCache, artifactsRoot } = context.deps;
  const { limits, plan } = context.journal.state.created;
  const { carry } = plan;
  const all = await listOutputs(platform, repository, own, limits);
  const outputs = {
    ...all,
    added: all.added.filter((path) => !carry.includes(path)),
    modified: all.modified.filter((path) => !carry.includes(path)),
  };
  const scratch = (name: string) => join(own.dir, name);
  const note = await assessReach(platform.files, own.tree, kept, outputs, carry);
  if (note) await noteSetup(platform, setupCache, keys.manifests, note, scratch("note"));
  if (note?.kind === "never") return null;
  const key = note ? keys.wholeTree : keys.manifests;
  const setup = {
    tree: own.tree,
    outputs: [
      ...outputs.added.map((path) => ({ path, replaces: false })),
      ...outputs.modified.map((path) => ({ path, replaces: true })),
    ],
    madeAt: result.startedAt,
    durationMs: result.durationMs,
    tail: result.tail,
    log: result.log,
    logFile: join(artifactsRoot, result.log.path),
  };
  const done = await keepSetup(platform, setupCache, key, setup, scratch("entry"));
  if (done.ok) return key;
  const never = { kind: "never", because: done.error } as const;
  await noteSetup(platform, setupCache, keys.manifests, never, scratch("note"));
  return null;
}
