import { basename, resolve } from "node:path";
import type { App } from "../app.ts";
import { whyNoAncestor } from "../assessment/import/check-schema.ts";
import { type PlannedImport, planImport, type Snapshot } from "../assessment/import/plan-import.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RecordSource } from "../domain/record-events.ts";
import { mergeAttempts } from "../failures/replay/merge-attempts.ts";
import { toTries } from "../failures/replay/to-tries.ts";
import { quote } from "../plan/wording.ts";
import { readForeign } from "../store/foreign/read-foreign.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { readLogs } from "./read-logs.ts";
import { buildAll, foldRecords, type LedgerRecords } from "./records.ts";
import { createStages } from "./stages.ts";
import { importResult, renderImport } from "./views/import.ts";

interface ImportOptions {
  readonly json?: boolean;
  readonly logs?: string;
}

/** Takes what the ancestor recorded into the ledger, verbatim. */
export function autopackPy(context: CommandContext, path: string, options: ImportOptions): Promise<ExitCode> {
  const { terminal, directory } = context;
  return withApp(context, async (app) => {
    const { limits } = app.config;
    const file = resolve(directory, path);
    const logs = options.logs === undefined ? [] : await readLogs(directory, [options.logs], terminal);
    const merged = mergeAttempts(logs);
    const stages = createStages(terminal);
    stages.begin(`Reading ${basename(file)}`);
    const database = await readForeign(file, {
      bytes: limits.import_bytes,
      rowBytes: limits.import_row_bytes,
      waitMs: limits.store_wait_seconds * 1000,
      temporaryRoot: app.environment.tmpRoot,
    }).finally(stages.end);
    const why = whyNoAncestor(database.tables);
    if (why !== undefined) throw noAncestor(path, why);
    const content = { ...database, tries: toTries(merged.attempts) };
    stages.begin("Adding to the ledger what it does not hold");
    const imported = await appendNew(app, content).finally(stages.end);
    stages.begin("Reading times, states and contradictions");
    const built = buildAll(await foldRecords(app));
    stages.end();
    const result = importResult({
      file: basename(file),
      source: imported.source,
      planned: imported.planned,
      built,
      attempts: merged.attempts.length,
    });
    if (options.json) terminal.printJson(result);
    else terminal.print(renderImport(result, terminal));
    return exitCodes.complete;
  });
}

type Content = Omit<Snapshot, "source"> & { readonly sha256: string };

/** Appends what the ledger does not hold; where somebody else imports meanwhile, what is left after them. */
async function appendNew(
  app: App,
  { sha256, ...content }: Content,
): Promise<{ readonly source: RecordSource; readonly planned: PlannedImport }> {
  for (;;) {
    const known = await foldRecords(app);
    const source = sourceOf(sha256, known);
    const planned = planImport({ source, ...content }, known.folded);
    if (planned.isOlder) throw olderSnapshot(known.folded.get(null)?.snapshot ?? 0);
    if (await append(app, planned, known)) return { source, planned };
  }
}

/** A file that was imported before is the snapshot that it was then. */
function sourceOf(sha256: string, { folded }: LedgerRecords): RecordSource {
  const imports = folded.get(null);
  const place = imports?.sources.indexOf(sha256) ?? -1;
  const snapshot = place === -1 ? (imports?.snapshot ?? 0) + 1 : place + 1;
  return { program: "autopack-py", sha256, snapshot };
}

/** A transaction holds everybody else's appends up: each takes about so many events. */
const eventsAtOnce = 2000;

/** False when somebody else appended to one of the streams. */
async function append(app: App, planned: PlannedImport, { seqs }: LedgerRecords): Promise<boolean> {
  const at = app.platform.clock.now().toISOString();
  const pending = [...planned.appends];
  while (pending.length > 0) {
    const batch: typeof pending = [];
    for (
      let events = 0;
      pending[0] && (events === 0 || events + pending[0].events.length <= eventsAtOnce);
    ) {
      events += pending[0].events.length;
      batch.push(...pending.splice(0, 1));
    }
    const appended = await app.store.ledger.appendTogether(
      batch.map(({ stream, runId, events }) => ({
        stream,
        expectedSeq: seqs.get(runId) ?? 0,
        events,
        actor: "import",
        at,
      })),
    );
    if (!appended.ok) return false;
  }
  return true;
}

const olderSnapshot = (known: number): AppError =>
  new AppError({
    code: "import-older",
    message: `it is an older state of what was imported before (snapshots up to ${known}): states would seem to go backwards`,
    action: "Import the snapshots of a database in the order in which they were taken, into a new ledger.",
    exitCode: exitCodes.plan,
  });

const noAncestor = (path: string, why: string): AppError =>
  new AppError({
    code: "import-not-ancestor",
    message: `${quote(path)} is no database of autopack-py: ${why}`,
    action: "Name the SQLite file that the ancestor kept its runs in.",
    exitCode: exitCodes.plan,
  });
