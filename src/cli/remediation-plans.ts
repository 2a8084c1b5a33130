import { join } from "node:path";
import type { App } from "../app.ts";
import type { AssessedPhase } from "../domain/assessment.ts";
import type { DispositionKind } from "../domain/dispositions.ts";
import { phasesOf } from "../domain/plan.ts";
import { planOfRecords, type RecordedWork, type RecordPlan } from "../plan/importers/record-plan.ts";
import { renderBacklog } from "./views/backlog.ts";

/** The kinds of dispositions whose phases are kept in a plan, and what its name begins with. */
export const planPrefixes: Readonly<Partial<Record<DispositionKind, string>>> = {
  defer: "deferred",
  archive: "archived",
  retry: "retry",
};

/** A phase that a disposition sends into a plan. */
export interface Exported {
  readonly kind: DispositionKind;
  readonly phase: AssessedPhase;
  readonly reason: string;
}

export interface ExportedPlan extends RecordPlan {
  readonly kind: DispositionKind;
  readonly runId: string;
  readonly file: string;
}

export interface Exports {
  readonly plans: readonly ExportedPlan[];
  /** Every file by its path, with its content. */
  readonly files: ReadonlyMap<string, string>;
}

/** The plans and the backlog of what is deferred, archived and done again, to be written into `folder`. */
export async function exportPhases(
  app: App,
  exported: readonly Exported[],
  folder: string,
): Promise<Exports> {
  const plans: ExportedPlan[] = [];
  for (const [kind, prefix] of Object.entries(planPrefixes) as [DispositionKind, string][]) {
    const ofKind = exported.filter((one) => one.kind === kind);
    for (const [runId, phases] of Map.groupBy(ofKind, ({ phase }) => phase.record.runId)) {
      const plan = await planOf(
        app,
        `${prefix}-${runId}`,
        runId,
        phases.map(({ phase }) => phase),
      );
      if (plan) plans.push({ ...plan, kind, runId, file: join(folder, `${plan.id}.yaml`) });
    }
  }
  const kept = exported.filter(({ kind }) => kind === "defer" || kind === "archive");
  const backlog =
    kept.length === 0 ? [] : [[join(folder, "backlog.md"), renderBacklog(kept, plans)] as const];
  return { plans, files: new Map([...plans.map(({ file, yaml }) => [file, yaml] as const), ...backlog]) };
}

/** A plan of some phases of a run; null where none of them delivers anything that can be looked at. */
export async function planOf(
  app: App,
  name: string,
  runId: string,
  phases: readonly AssessedPhase[],
): Promise<RecordPlan | null> {
  const works = await worksOf(app, runId, phases);
  const origin = `Made of the record of run ${runId}.`;
  return planOfRecords({ id: name, goal: `What is left of run ${runId}`, origin }, works);
}

/** What is only known of own runs comes from their ledger: who builds, and what accepts. */
async function worksOf(app: App, runId: string, phases: readonly AssessedPhase[]): Promise<RecordedWork[]> {
  const isOwn = phases.some(({ origin }) => origin === "native");
  const created = isOwn ? (await app.store.ledger.loadRun(runId))?.state.created : undefined;
  const specs = new Map((created ? phasesOf(created.plan) : []).map(({ phase }) => [phase.id, phase]));
  return phases.map(({ record, evidence }) => {
    const spec = specs.get(record.phaseId);
    const missing = evidence.deliverables.filter(({ now }) => now.basis === "absent");
    const absent = new Set(missing.flatMap(({ path }) => path ?? []));
    return { record, absent, ...(spec && created ? { own: { spec, planPath: created.planPath } } : {}) };
  });
}
