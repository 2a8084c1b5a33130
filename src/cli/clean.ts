import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { runStream } from "../domain/events.ts";
import { isEnded, type RunStateName } from "../domain/run.ts";
import { acquireLease } from "../executor/lease.ts";
import { pruneObjects } from "../platform/objects.ts";
import { deletePins, deleteRef, type PrivateRepository, runHeadRef } from "../platform/private-repository.ts";
import { removeSetup } from "../platform/setup-cache-space.ts";
import { removeWorkspacesOf } from "../platform/workspace.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { findKeptForSetups, findLeftovers, type Leftover } from "./leftovers.ts";
import { plural } from "./views/text.ts";

/**
 * What ended runs left behind: workspaces at once; kept outputs, attempt commits and rescue refs after the retention
 * time, and then the run's head too, unless it is the only place that has what was certified. Runs that are evidence
 * or preserved by a disposition keep everything, and no run loses its events. Of what setups keep for the next ones
 * (the setup cache, and the caches of package managers), what no workspace took in that time; all of it on request,
 * for it is made again when needed.
 */
export function clean(
  context: CommandContext,
  options: { readonly json?: boolean; readonly yes?: boolean; readonly setupCache?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const found = [...(await findLeftovers(app)), ...(await findKeptForSetups(app, !!options.setupCache))];
    const leftovers = options.yes ? await removeAll(app, found) : found;
    const pruned = !!options.yes && (await prune(app));
    if (options.json) terminal.printJson({ schemaVersion: 1, removed: !!options.yes, pruned, leftovers });
    else for (const line of linesOf(leftovers, options.yes ? { pruned } : undefined)) terminal.print(line);
    return leftovers.some(({ problem }) => problem) ? exitCodes.environment : exitCodes.complete;
  });
}

/** Removes what can be removed; of the rest the problem is told. */
async function removeAll(app: App, leftovers: readonly Leftover[]): Promise<Leftover[]> {
  const seen: Leftover[] = [];
  for (const leftover of leftovers) {
    const problem = await problemOf(() => remove(app, leftover));
    seen.push({ ...leftover, ...(problem === undefined ? {} : { problem }) });
  }
  return seen;
}

async function problemOf(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

async function remove(
  app: App,
  { kind, what, runId = "", base = "" }: Leftover,
): Promise<string | undefined> {
  const { platform, workspaceRoot } = app;
  const repository = await app.openPrivate();
  switch (kind) {
    case "workspace": {
      const removed = await removeWorkspacesOf(platform, repository, { root: workspaceRoot, runId });
      return removed.ok ? undefined : removed.error;
    }
    case "artifacts":
      await platform.files.remove(what);
      return undefined;
    case "caches":
      if (await isRunOpen(app)) return "a run is open, whose setup may be using them";
      await platform.files.remove(what);
      return undefined;
    case "ref":
      await deleteRef(platform, repository, what);
      return undefined;
    case "setup":
      return (await removeSetup(platform, app.setupCache, what)) ? undefined : "it is being copied just now";
    case "pin":
      return forget(app, repository, { runId, base });
  }
}

/** Between its pin and its first event a new run is not in the ledger; whoever creates it has its lease. */
async function forget(
  { platform, store, config }: App,
  repository: PrivateRepository,
  run: { readonly runId: string; readonly base: string },
): Promise<string | undefined> {
  const { lease_seconds, poll_seconds } = config.limits;
  const times = { leaseMs: lease_seconds * 1000, pollMs: poll_seconds * 1000 };
  const lease = await acquireLease({ platform, leases: store.leases, ...times }, runStream(run.runId));
  if (!lease.ok) return "another process is at work on the run";
  try {
    const state = (await store.ledger.loadRun(run.runId))?.state;
    if (state && !isEnded(state.state)) return "the run has just begun";
    await deleteRef(platform, repository, runHeadRef(run.runId));
    await deletePins(platform, repository, run);
    return undefined;
  } finally {
    await store.leases.release(lease.value);
  }
}

const isRunOpen = async (app: App): Promise<boolean> =>
  (await app.store.index.runs()).some((row) => !isEnded(row.state as RunStateName));

/** False while a run is open: it may yet need an object that no ref leads to. */
async function prune(app: App): Promise<boolean> {
  if (await isRunOpen(app)) return false;
  await pruneObjects(app.platform, await app.openPrivate());
  return true;
}

function linesOf(
  leftovers: readonly Leftover[],
  done: { readonly pruned: boolean } | undefined,
): readonly string[] {
  const left = leftovers.filter(({ problem }) => problem);
  const lines = leftovers.map(
    ({ kind, what, why, problem }) => `${kind}  ${what}  (${problem ? `stays: ${problem}` : why})`,
  );
  if (!done)
    return leftovers.length === 0
      ? ["There is nothing to clean."]
      : [...lines, `${plural(leftovers.length, "item")} can go. Remove with --yes.`];
  return [
    ...lines,
    `Removed ${plural(leftovers.length - left.length, "item")}.`,
    ...(done.pruned ? [] : ["Objects that nothing needs are removed once no run is open."]),
  ];
}
