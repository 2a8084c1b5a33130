import type { Deliverable, PhaseSpec } from "../domain/plan.ts";
import { globOfPath, parseDeliverablePath } from "./deliverable-path.ts";
import type { SourceDocument, SourcePath } from "./document.ts";
import { assessShape, salvage } from "./faults.ts";
import { createFinding, type Finding } from "./findings.ts";
import { type PlanDefaults, resolveAcceptance, resolveBuilder, withoutUndefined } from "./resolve.ts";
import { type DeliverableFile, type DraftFrame, draftPhase, phaseFile } from "./schema.ts";

export interface ParsedPhase {
  /** What of the phase fits; whole when it has no error among the findings. */
  readonly spec: PhaseSpec;
  /** Index of its tier. */
  readonly tier: number;
  readonly path: SourcePath;
  /** Where each of `spec.deliverables` stands. */
  readonly deliverablePaths: readonly SourcePath[];
}

export interface PhaseContext {
  readonly path: SourcePath;
  readonly tier: number;
  readonly frame: DraftFrame;
  readonly defaults: PlanDefaults;
  readonly source: SourceDocument;
  readonly file: string;
}

/**
 * One phase on its own, so that its faults hide nobody else's. Without a usable id it is null, and its
 * findings are the whole plan's: nothing could be recorded under its name.
 */
export function parsePhase(
  raw: unknown,
  context: PhaseContext,
): { readonly phase: ParsedPhase | null; readonly findings: readonly Finding[] } {
  const { path, source, file } = context;
  const fields = salvage(draftPhase, raw) ?? {};
  const id = fields.id;
  const findings = assessShape(phaseFile, raw).map((fault) => {
    const whole = [...path, ...fault.path];
    const at = fault.atKey ? source.keyAt(whole) : source.at(whole);
    return createFinding(fault.code, file, at, fault.message, id);
  });
  if (id === undefined) return { phase: null, findings };

  const deliverables: Deliverable[] = [];
  const deliverablePaths: SourcePath[] = [];
  for (const [index, entry] of (fields.deliverables ?? []).entries()) {
    const place = [...path, "deliverables", index];
    const parsed = parseDeliverablePath(typeof entry === "string" ? entry : entry.path);
    if (parsed.ok) {
      deliverables.push(resolveDeliverable(entry, parsed.value));
      deliverablePaths.push(place);
    } else {
      findings.push(createFinding(parsed.error.code, file, source.at(place), parsed.error.message, id));
    }
  }

  const { frame, defaults, tier } = context;
  const budget = {
    ...withoutUndefined(frame.defaults?.budget ?? {}),
    ...withoutUndefined(fields.budget ?? {}),
  };
  const tokens = budget.tokens ?? defaults.tokens;
  const fallback = fields.fallback ?? frame.defaults?.fallback ?? defaults.fallback ?? [];
  const ask = fields.ask ?? frame.defaults?.ask ?? defaults.ask;
  const spec: PhaseSpec = {
    id,
    name: fields.name ?? id,
    description: fields.description ?? "",
    category: fields.category ?? "backend",
    complexity: fields.complexity ?? "medium",
    deliverables,
    scope: {
      write: fields.scope?.write ?? deliverables.map((deliverable) => globOfPath(deliverable.path)),
      read: fields.scope?.read ?? [],
    },
    acceptance: resolveAcceptance(fields.acceptance ?? []),
    budget: {
      ...(tokens === null ? {} : { tokens }),
      attempts: budget.attempts ?? defaults.attempts,
      minutes: budget.minutes ?? defaults.minutes,
    },
    builder: resolveBuilder(fields.builder ?? frame.defaults?.builder, defaults.builder),
    ...(fallback.length > 0 ? { fallback } : {}),
    ...(ask ? { ask } : {}),
    dependsOn: fields.depends_on ?? [],
  };
  return { phase: { spec, tier, path, deliverablePaths }, findings };
}

function resolveDeliverable(entry: DeliverableFile, path: string): Deliverable {
  if (typeof entry === "string") return { path, change: "any", mustContain: [] };
  return {
    path,
    change: entry.change ?? "any",
    ...(entry.kind === undefined ? {} : { kind: entry.kind }),
    mustContain: entry.must_contain ?? [],
  };
}
