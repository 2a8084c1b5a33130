import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findFormat, type ImportedPlan, importPlan } from "../../src/plan/importers/import-plan.ts";
import { renderPlan } from "../../src/plan/importers/render-plan.ts";
import type { ImportFault } from "../../src/plan/importers/source-plan.ts";
import { type ParsedPlan, parsePlan } from "../../src/plan/parse.ts";

export const importFixtures = join(import.meta.dirname, "../fixtures/import");

/** A source of each format, by what it is. */
export const fixtures = {
  "spec-kit": "spec-kit/specs/003-export-notes/tasks.md",
  "task-master": "task-master/tasks.json",
  "ralph: prd": "ralph/prd.json",
  "ralph: fix plan": "ralph/fix_plan.md",
  kiro: "kiro/.kiro/specs/note-tags/tasks.md",
  beads: "beads/issues.jsonl",
  "autopack-py": "autopack-py/run.json",
} as const;

/** Imports a text as the command does. */
export function tryImport(
  text: string,
  {
    from,
    file = "/work/plan.txt",
    beside = {},
  }: { from?: string; file?: string; beside?: Record<string, string> } = {},
): ImportedPlan | ImportFault {
  const format = findFormat(text, from);
  if (!format.ok) return format.error;
  const imported = importPlan({ file, text, beside: new Map(Object.entries(beside)) }, format.value);
  return imported.ok ? imported.value : imported.error;
}

/** @throws where it is refused. */
export function importText(text: string, options: Parameters<typeof tryImport>[1] = {}): ImportedPlan {
  const imported = tryImport(text, options);
  if ("message" in imported) throw new Error(`${imported.line}: ${imported.message}`);
  return imported;
}

export function importFixture(name: keyof typeof fixtures): ImportedPlan {
  const path = join(importFixtures, fixtures[name]);
  const text = readFileSync(path, "utf8");
  const format = findFormat(text);
  const names = format.ok ? format.value.besides : [];
  const folder = dirname(path);
  const beside = names.flatMap((other) => {
    try {
      return [[other, readFileSync(join(folder, other), "utf8")]];
    } catch {
      return [];
    }
  });
  return importText(text, { file: join(folder, basename(path)), beside: Object.fromEntries(beside) });
}

/** The imported plan as a run would read it. */
export const reparse = (imported: ImportedPlan): ParsedPlan =>
  parsePlan(renderPlan(imported, "source"), {
    file: "plan.yaml",
    defaults: { setup: [], carry: [], checks: [], builder: "b", attempts: 3, minutes: 60, tokens: null },
    maxBytes: 50_000_000,
  });

export const phasesOf = ({ document }: ImportedPlan) => document.tiers.flatMap(({ phases }) => phases);

export function phaseOf(imported: ImportedPlan, id: string) {
  const phase = phasesOf(imported).find((candidate) => candidate.id === id);
  if (!phase)
    throw new Error(
      `no phase ${id} among ${phasesOf(imported)
        .map((one) => one.id)
        .join(", ")}`,
    );
  return phase;
}

/** The phases that notes of a kind are about, with the messages. */
export const notesOf = ({ notes }: ImportedPlan, kind: string) =>
  notes.filter((note) => note.kind === kind).map(({ message, phases }) => ({ message, phases }));
