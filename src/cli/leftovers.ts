import { join } from "node:path";
import type { App } from "../app.ts";
import { foldDispositions, preservedRuns } from "../domain/dispositions.ts";
import type { RunState } from "../domain/fold.ts";
import type { RunRow } from "../domain/ledger.ts";
import { isEnded, isEvidence, type Purpose, type RunStateName } from "../domain/run.ts";
import { listPins, listRefs, type Pin } from "../platform/private-repository.ts";
import { listSetups } from "../platform/setup-cache-space.ts";
import { dateTime, formatBytes } from "./views/text.ts";

/** Something that can go, and why. */
export interface Leftover {
  readonly kind: "workspace" | "artifacts" | "ref" | "pin" | "setup" | "caches";
  /**
   * A folder; the name of a ref: in the private repository, a pin's in the user's, and the run's head goes with it; or
   * the key of an entry of the setup cache.
   */
  readonly what: string;
  /** Not of the setup cache and package managers' caches, which all runs of the repository share. */
  readonly runId?: string;
  readonly why: string;
  /** Of a pin: the commit that it keeps. */
  readonly base?: string;
  /** Why it could not be removed. */
  readonly problem?: string;
}

/** All that is there of runs that have ended, or never began. */
export async function findLeftovers(app: App): Promise<Leftover[]> {
  const { files, clock } = app.platform;
  const repository = await app.openPrivate();
  // What is there is listed before the runs are: a run that begins meanwhile is known, and kept.
  const workspaces = (await files.list(app.workspaceRoot)) ?? [];
  const artifacts = (await files.list(app.artifactsRoot)) ?? [];
  const refs = await listRefs(app.platform, repository, ["refs/autopack/attempts", "refs/autopack/rescue"]);
  const pins = await listPins(app.platform, repository);
  const rows = new Map((await app.store.index.runs()).map((row) => [row.runId, row]));

  const preserved = preservedRuns(foldDispositions(await app.store.ledger.readDispositions()));
  const days = app.config.retention_days;
  const limit = clock.now().getTime() - days * 86_400_000;
  const isOld = (runId: string) => {
    const row = rows.get(runId);
    if (row === undefined || preserved.has(runId)) return false;
    return isRemovable(row) && Date.parse(row.endedAt ?? row.createdAt) < limit;
  };
  const hasEnded = (runId: string) => {
    const row = rows.get(runId);
    return row === undefined || isEnded(row.state as RunStateName);
  };
  const old = `ended over ${days} days ago`;
  const unknown = "its run is not in the ledger";
  return [
    ...workspaces.filter(hasEnded).map((runId): Leftover => {
      const why = rows.has(runId) ? "its run has ended, and it could not be removed or read" : unknown;
      return { kind: "workspace", what: join(app.workspaceRoot, runId), runId, why };
    }),
    ...artifacts
      .filter(isOld)
      .map(
        (runId): Leftover => ({ kind: "artifacts", what: join(app.artifactsRoot, runId), runId, why: old }),
      ),
    ...refs
      .filter((ref) => isOld(runOf(ref)))
      .map((ref): Leftover => ({ kind: "ref", what: ref, runId: runOf(ref), why: old })),
    ...(await findForgettable(app, pins, rows, isOld)).map(({ runId, base, ref }): Leftover => {
      const why = rows.has(runId) ? `${old}, and is published` : unknown;
      return { kind: "pin", what: ref, runId, why, base };
    }),
  ];
}

const runOf = (ref: string): string => ref.split("/")[3] ?? "";

const isRemovable = (row: RunRow): boolean =>
  isEnded(row.state as RunStateName) && !isEvidence(row.purpose as Purpose);

/**
 * The pinned runs whose head and pin can go, which go together: without the pin the user's `gc` may take what the
 * head stands on. A head that was never published is the only place of its work, and one that a kept run continues
 * is part of that run's history: both stay.
 */
async function findForgettable(
  app: App,
  pins: readonly Pin[],
  rows: ReadonlyMap<string, RunRow>,
  isOld: (runId: string) => boolean,
): Promise<Pin[]> {
  const states = new Map<string, RunState>();
  for (const { runId } of pins) {
    const loaded = rows.has(runId) ? await app.store.ledger.loadRun(runId) : undefined;
    if (loaded) states.set(runId, loaded.state);
  }
  const isDelivered = ({ head, created, published }: RunState) =>
    head === created.base.commit || published?.commit === head;
  const kept = new Set<string>();
  const keep = (state: RunState | undefined): void => {
    if (!state || kept.has(state.runId)) return;
    kept.add(state.runId);
    keep(states.get(state.created.continues ?? ""));
  };
  for (const [runId, state] of states) if (!isOld(runId) || !isDelivered(state)) keep(state);
  return pins.filter(({ runId }) => !kept.has(runId));
}

/** What setups keep for the next ones and no workspace took for the retention time; with `all` all of it. */
export async function findKeptForSetups(app: App, all: boolean): Promise<Leftover[]> {
  const limit = app.platform.clock.now().getTime() - app.config.retention_days * 86_400_000;
  const lastUsed = (usedMs: number) => `last used ${dateTime(new Date(usedMs).toISOString())}`;
  const setups = (await listSetups(app.platform, app.setupCache))
    .filter(({ usedMs }) => all || usedMs < limit)
    .map(({ key, bytes, usedMs }): Leftover => {
      return { kind: "setup", what: key, why: `setup cache, ${formatBytes(bytes)}, ${lastUsed(usedMs)}` };
    });
  const caches = await app.platform.files.stat(app.cachesRoot);
  if (!caches || !(all || caches.modifiedMs < limit)) return setups;
  const why = `caches of package managers, ${lastUsed(caches.modifiedMs)}`;
  return [...setups, { kind: "caches", what: app.cachesRoot, why }];
}
