import { join } from "node:path";
import type { App } from "../app.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RunRow } from "../domain/ledger.ts";
import { isEnded, isEvidence, type Purpose, type RunStateName } from "../domain/run.ts";
import { deleteRef, listRefs } from "../platform/private-repository.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { plural } from "./views/text.ts";

/** Something that can go, and why. */
interface Leftover {
  readonly kind: "workspace" | "artifacts" | "ref";
  /** A folder, or the name of a ref in the private repository. */
  readonly what: string;
  readonly runId: string;
  readonly why: string;
}

/**
 * What ended runs left behind: workspaces at once; kept outputs, attempt commits and rescue refs after the
 * retention time. Runs that are evidence keep everything, and no run loses its events, head or certificates.
 */
export function clean(
  context: CommandContext,
  options: { readonly json?: boolean; readonly yes?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const leftovers = await findLeftovers(app);
    if (options.yes) for (const leftover of leftovers) await remove(app, leftover);
    if (options.json) terminal.printJson({ schemaVersion: 1, removed: !!options.yes, leftovers });
    else {
      for (const { kind, what, why } of leftovers) terminal.print(`${kind}  ${what}  (${why})`);
      const count = plural(leftovers.length, "item");
      terminal.print(
        leftovers.length === 0
          ? "There is nothing to clean."
          : options.yes
            ? `Removed ${count}.`
            : `${count} can go. Remove with --yes.`,
      );
    }
    return exitCodes.complete;
  });
}

async function findLeftovers(app: App): Promise<Leftover[]> {
  const { files, clock } = app.platform;
  // What is there is listed before the runs are: a run that begins meanwhile is known, and kept.
  const workspaces = (await files.list(app.workspaceRoot)) ?? [];
  const artifacts = (await files.list(app.artifactsRoot)) ?? [];
  const kept = ["refs/autopack/attempts", "refs/autopack/rescue"];
  const refs = await listRefs(app.platform, await app.openPrivate(), kept);
  const rows = new Map((await app.store.index.runs()).map((row) => [row.runId, row]));

  const days = app.config.retention_days;
  const limit = clock.now().getTime() - days * 86_400_000;
  const isOld = (runId: string) => {
    const row = rows.get(runId);
    return row !== undefined && isRemovable(row) && Date.parse(row.endedAt ?? row.createdAt) < limit;
  };
  const hasEnded = (runId: string) => {
    const row = rows.get(runId);
    return row === undefined || isEnded(row.state as RunStateName);
  };
  const old = `ended over ${days} days ago`;
  return [
    ...workspaces.filter(hasEnded).map((runId): Leftover => {
      const why = rows.has(runId) ? "its run has ended" : "its run is not in the ledger";
      return { kind: "workspace", what: join(app.workspaceRoot, runId), runId, why };
    }),
    ...artifacts
      .filter(isOld)
      .map(
        (runId): Leftover => ({ kind: "artifacts", what: join(app.artifactsRoot, runId), runId, why: old }),
      ),
    ...refs
      .map((ref): Leftover => ({ kind: "ref", what: ref, runId: ref.split("/")[3] ?? "", why: old }))
      .filter(({ runId }) => isOld(runId)),
  ];
}

const isRemovable = (row: RunRow): boolean =>
  isEnded(row.state as RunStateName) && !isEvidence(row.purpose as Purpose);

async function remove(app: App, { kind, what }: Leftover): Promise<void> {
  if (kind === "ref") await deleteRef(app.platform, await app.openPrivate(), what);
  else await app.platform.files.remove(what);
}
