import { dirname, resolve } from "node:path";
import { type BuilderRef, type PhaseSpec, showArgv } from "../../domain/plan.ts";
import type { Expectation, PhaseRecord } from "../../domain/record.ts";
import { quote } from "../wording.ts";
import { assemble } from "./assemble.ts";
import { renderPlan } from "./render-plan.ts";
import type { SourceDeliverable, SourceNote, SourceTask, SourceTier } from "./source-plan.ts";

/** A phase of a recorded run, with what only the ledger of an own run knows of it. */
export interface RecordedWork {
  readonly record: PhaseRecord;
  /** Paths that are to be modified and are not there any more: they may be made anew. */
  readonly absent?: ReadonlySet<string>;
  readonly own?: { readonly spec: PhaseSpec; readonly planPath: string };
}

/** A plan made of phases of one run. */
export interface RecordPlan {
  readonly id: string;
  readonly yaml: string;
  /** Ids in the record, in the order of the plan. */
  readonly phases: readonly string[];
}

/** Whether a plan can hold a phase: something that it delivers can be looked at. */
export const isPlannable = ({ expectations }: PhaseRecord): boolean =>
  expectations.some((expectation) => deliverableOf(expectation).length > 0);

/** The plan of these phases of a run, to be run as it stands; null where none of them can be in a plan. */
export function planOfRecords(
  { id, goal, origin }: { readonly id: string; readonly goal: string; readonly origin: string },
  works: readonly RecordedWork[],
): RecordPlan | null {
  const plannable = works
    .filter(({ record }) => isPlannable(record))
    .toSorted((a, b) => a.record.ord - b.record.ord);
  if (plannable.length === 0) return null;
  const notes: SourceNote[] = [];
  const included = new Set(plannable.map(({ record }) => record.phaseId));
  const tiers = Map.groupBy(plannable, ({ record }) => record.tier);
  const assembled = assemble({
    name: id,
    goal,
    tiers: [...tiers].map(
      ([name, all]): SourceTier => ({ name, tasks: all.map((work) => taskOf(work, included, notes)) }),
    ),
    parts: new Map(),
    notes,
  });
  return {
    id: assembled.document.run.id,
    yaml: renderPlan(assembled, origin),
    phases: plannable.map(({ record }) => record.phaseId),
  };
}

function taskOf(
  { record, absent, own }: RecordedWork,
  included: ReadonlySet<string>,
  notes: SourceNote[],
): SourceTask {
  const task = record.phaseId;
  const note = (kind: SourceNote["kind"], message: string) => notes.push({ kind, message, task });
  for (const id of record.dependsOn.filter((other) => !included.has(other)))
    note("dependency", `it depends on ${quote(id)}, which is not in this plan: see that it is there`);
  const words = record.expectations.filter((expectation) => deliverableOf(expectation).length === 0);
  for (const { entry } of words) note("prose-deliverable", quote(entry));
  const acceptance = own?.spec.acceptance.map(({ argv }) => showArgv(argv)) ?? [];
  return {
    id: task,
    name: record.name,
    description: [record.description, ...words.map(({ entry }) => `Also asked for: ${entry}`)],
    category: record.category ?? undefined,
    complexity: record.complexity ?? undefined,
    deliverables: record.expectations
      .flatMap(deliverableOf)
      .map((one) => (one.change === "modify" && absent?.has(one.path) ? { ...one, change: "any" } : one)),
    ...(record.writeScope.length === 0 ? {} : { write: record.writeScope }),
    ...(acceptance.length === 0 ? {} : { acceptance }),
    ...(own === undefined ? {} : { builder: builderOf(own.spec.builder, own.planPath) }),
    dependsOn: record.dependsOn.filter((other) => included.has(other)),
  };
}

function deliverableOf({ target, change, mustContain }: Expectation): SourceDeliverable[] {
  if (target.kind !== "path") return [];
  return [{ path: target.path, change, mustContain }];
}

function builderOf(ref: BuilderRef, planPath: string): NonNullable<SourceTask["builder"]> {
  switch (ref.kind) {
    case "named":
      return ref.name;
    case "command":
      return { command: ref.argv };
    case "scripted":
      return { scripted: resolve(dirname(planPath), ref.script) };
  }
}
