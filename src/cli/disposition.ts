import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { type Disposition, type DispositionKind, foldDispositions } from "../domain/dispositions.ts";
import { listSome, quote } from "../plan/wording.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { assertReason } from "./reason.ts";
import { appendDispositions } from "./record-dispositions.ts";
import { renderDisposition, renderDispositions } from "./views/dispositions.ts";

interface Json {
  readonly json?: boolean;
}

/** All dispositions that stand, or with `all` those too that others have taken the place of. */
export function list(
  { terminal, ...context }: CommandContext,
  options: Json & { readonly all?: boolean },
): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const dispositions = await readAll(app);
    const shown = options.all
      ? dispositions
      : dispositions.filter(({ supersededBy }) => supersededBy === null);
    if (options.json) terminal.printJson({ schemaVersion: 1, dispositions: shown });
    else terminal.print(renderDispositions(shown, terminal));
    return exitCodes.complete;
  });
}

/** One disposition: what it rests on, and what became of it. */
export function show(
  { terminal, ...context }: CommandContext,
  name: string,
  options: Json,
): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const disposition = findDisposition(await readAll(app), name);
    const { planId } = disposition;
    const rows = planId === undefined ? [] : await app.store.index.runs();
    const runs = rows.filter((row) => row.planId === planId).map(({ runId, state }) => ({ runId, state }));
    if (options.json) terminal.printJson({ schemaVersion: 1, ...disposition, runs });
    else terminal.print(renderDisposition(disposition, runs));
    return exitCodes.complete;
  });
}

/** Puts another decision in the place of one; both stay in the ledger. */
export function supersede(
  context: CommandContext,
  name: string,
  options: Json & { readonly reason: string; readonly action: DispositionKind },
): Promise<ExitCode> {
  const { terminal, environment } = context;
  return withApp(context, async (app) => {
    assertReason(options.reason);
    const [id] = await appendDispositions(app, (known) => {
      const before = findDisposition(known, name);
      if (before.supersededBy !== null) throw supersededBefore(before);
      const { runId, phaseId } = before;
      const { action: kind, reason } = options;
      const proof = kind === "credit" ? { proof: null } : {};
      return [
        {
          kind,
          runId,
          phaseId,
          by: environment.user,
          reason,
          evidence: null,
          ...proof,
          supersedes: before.id,
        },
      ];
    });
    const disposition = findDisposition(await readAll(app), id ?? "");
    if (options.json) terminal.printJson({ schemaVersion: 1, ...disposition });
    else terminal.print(renderDisposition(disposition, []));
    return exitCodes.complete;
  });
}

const readAll = async (app: App): Promise<Disposition[]> =>
  foldDispositions(await app.store.ledger.readDispositions());

/** By its id, or the beginning of one. */
function findDisposition(dispositions: readonly Disposition[], name: string): Disposition {
  const among = dispositions.filter(({ id }) => name !== "" && id.startsWith(name));
  const [found] = among;
  if (found && among.length === 1) return found;
  throw new AppError({
    code: found ? "disposition-ambiguous" : "no-such-disposition",
    message: found
      ? `${quote(name)} is the beginning of several dispositions: ${listSome(among.map(({ id }) => id))}`
      : `no disposition is called ${quote(name)}`,
    action: "`autopack disposition list --all` lists them.",
    exitCode: exitCodes.plan,
  });
}

const supersededBefore = ({ id, supersededBy }: Disposition): AppError =>
  new AppError({
    code: "disposition-superseded",
    message: `${supersededBy} stands in the place of ${id} already`,
    action: `Supersede that one: autopack disposition supersede ${supersededBy} --reason "..."`,
    exitCode: exitCodes.plan,
  });
