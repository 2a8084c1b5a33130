import type { Category, Complexity, Deliverable } from "../../domain/plan.ts";
import { globOfPath } from "../deliverable-path.ts";
import { listSome, quote } from "../wording.ts";
import { categoryOf, categoryOfFiles, complexityOf, kindOf } from "./kinds-of-tasks.ts";
import { createIds, toId } from "./settle-ids.ts";
import { dropImpossible, type OrderedPhase, orderShared } from "./settle-order.ts";
import type { NoteKind, SourceNote, SourcePlan, SourceTask } from "./source-plan.ts";

/** A note about the whole plan, or about these phases. */
export interface ImportNote {
  readonly kind: NoteKind;
  readonly message: string;
  /** Ids of the plan's phases. */
  readonly phases: readonly string[];
  /** Where in the source, of the first. */
  readonly line?: number;
}

interface PhaseDocument {
  id: string;
  name: string;
  description: string;
  category: Category;
  complexity?: Complexity;
  deliverables: (string | Partial<Deliverable> | Record<string, unknown>)[];
  scope?: { write?: string[]; read?: string[] };
  acceptance?: string[];
  budget?: SourceTask["budget"];
  depends_on?: string[];
  builder?: SourceTask["builder"];
}

/** A plan in the shape of its file. */
export interface PlanDocument {
  version: 1;
  run: { id: string; goal: string; purpose?: string; budget?: SourcePlan["budget"] };
  checks?: Readonly<Record<string, string>>;
  tiers: { id: string; name: string; phases: PhaseDocument[] }[];
}

export interface AssembledPlan {
  readonly document: PlanDocument;
  readonly notes: readonly ImportNote[];
}

const longestDescription = 100_000;
const mostReads = 50;

/** Settles ids, order, categories and files, so that what the source says becomes a plan. */
export function assemble(source: SourcePlan): AssembledPlan {
  const notes: SourceNote[] = [...source.notes];
  const ids = new Map<string, string[]>();
  const tierIds = createIds();
  const phaseIds = createIds();
  const tiers = source.tiers.filter(({ tasks }) => tasks.length > 0);
  const ordered: (OrderedPhase & { readonly task: SourceTask })[] = [];
  for (const [tier, { tasks }] of tiers.entries()) {
    for (const task of tasks) {
      const id = phaseIds(toId(task.id, `phase-${ordered.length + 1}`));
      const earlier = ids.get(task.id);
      if (earlier === undefined) ids.set(task.id, [id]);
      if (id !== task.id) {
        const why = earlier === undefined ? "cannot be an id of a plan" : "is used twice";
        notes.push({
          kind: "id",
          message: `${quote(task.id)} ${why}: it became ${quote(id)}`,
          task: id,
          line: task.line ?? 1,
        });
        ids.set(id, [id]);
      }
      ordered.push({ id, tier, dependsOn: [], paths: task.deliverables.map(({ path }) => path), task });
    }
  }
  for (const phase of ordered) resolveDependencies(phase, phase.task, source, ids, notes);
  settleOrder(ordered, notes);
  const documents = ordered.map((phase) => phaseDocument(phase, notes));
  let next = 0;
  const document: PlanDocument = {
    version: 1,
    run: {
      id: toId(source.name, "imported"),
      goal: cleanText(source.goal) || source.name || "Imported work",
      ...(source.purpose === undefined ? {} : { purpose: source.purpose }),
      ...(source.budget === undefined || Object.keys(source.budget).length === 0
        ? {}
        : { budget: source.budget }),
    },
    ...(source.checks === undefined || Object.keys(source.checks).length === 0
      ? {}
      : {
          checks: Object.fromEntries(
            Object.entries(source.checks).map(([name, run]) => [name, cleanText(run)]),
          ),
        }),
    tiers: tiers.map(({ id, name, tasks }, index) => {
      const from = next;
      next += tasks.length;
      return {
        id: tierIds(toId(id ?? name, `tier-${index + 1}`)),
        name: cleanText(name) || `Tier ${index + 1}`,
        phases: documents.slice(from, next),
      };
    }),
  };
  return { document, notes: joinNotes(notes, ids) };
}

/** The ids of phases that a task waits for: those of its dependencies, or of their parts. */
function resolveDependencies(
  phase: OrderedPhase,
  task: SourceTask,
  { parts }: SourcePlan,
  ids: ReadonlyMap<string, readonly string[]>,
  notes: SourceNote[],
): void {
  const found = new Set<string>();
  for (const on of task.dependsOn) {
    const targets = (parts.get(on) ?? [on]).flatMap((part) => ids.get(part) ?? []);
    if (targets.length === 0)
      notes.push({
        kind: "dependency",
        message: `it depends on ${quote(on)}, which the source does not have`,
        task: phase.id,
      });
    for (const target of targets) found.add(target);
  }
  phase.dependsOn.push(...found);
}

const dropReasons = {
  circle: "which closes a circle",
  "later-tier": "which stands in a later tier",
  itself: "which is itself",
};

function settleOrder(ordered: readonly OrderedPhase[], notes: SourceNote[]): void {
  for (const { id, on, why } of dropImpossible(ordered))
    notes.push({
      kind: "dependency",
      message: `the dependency on ${quote(on)}, ${dropReasons[why]}, was left out`,
      task: id,
    });
  for (const id of orderShared(ordered))
    notes.push({
      kind: "order",
      message: "waits for an earlier phase that delivers the same file",
      task: id,
    });
}

function phaseDocument(
  phase: OrderedPhase & { readonly task: SourceTask },
  notes: SourceNote[],
): PhaseDocument {
  const { id, task } = phase;
  const where = { task: id, ...(task.line === undefined ? {} : { line: task.line }) };
  const { category, complexity } = sortOf(task, where, notes);
  if (task.deliverables.length === 0)
    notes.push({ kind: "deliverable-missing", message: noFile(task), ...where });
  const read = [...new Set(task.read ?? [])].slice(0, mostReads).map(globOfPath);
  const write = task.write === undefined ? [] : [...new Set([...task.write, ...phase.paths.map(globOfPath)])];
  const scope = {
    ...(write.length === 0 ? {} : { write }),
    ...(read.length === 0 ? {} : { read }),
  };
  const description = task.description
    .map(cleanText)
    .filter((text) => text !== "")
    .join("\n\n");
  if (description.length > longestDescription)
    notes.push({
      kind: "left-out",
      message: `its description was cut off after ${longestDescription} characters`,
      ...where,
    });
  return {
    id,
    name: cleanText(task.name).slice(0, 200) || id,
    description: description.slice(0, longestDescription) || cleanText(task.name) || id,
    category,
    ...(complexity === null ? {} : { complexity }),
    deliverables: task.deliverables.map(deliverableDocument),
    ...(Object.keys(scope).length === 0 ? {} : { scope }),
    ...(task.acceptance === undefined || task.acceptance.length === 0
      ? {}
      : { acceptance: task.acceptance.map(cleanText) }),
    ...(task.budget === undefined || Object.keys(task.budget).length === 0 ? {} : { budget: task.budget }),
    ...(phase.dependsOn.length === 0 ? {} : { depends_on: phase.dependsOn }),
    ...(task.builder === undefined ? {} : { builder: task.builder }),
  };
}

const noFile = ({ name }: SourceTask): string =>
  /\bcheckpoint\b/i.test(name)
    ? "it reads like a checkpoint, and the checks run after every phase anyway: remove it, or add what it delivers"
    : "no file of the repository is named: add at least one path to `deliverables`";

function sortOf(
  task: SourceTask,
  where: { readonly task: string },
  notes: SourceNote[],
): { readonly category: Category; readonly complexity: Complexity | null } {
  const stated = task.category ?? "";
  const known = stated === "" ? null : categoryOf(stated);
  const guessed = categoryOfFiles(task.deliverables.map(({ path }) => path));
  if (known === null) {
    const message =
      stated === ""
        ? "the source has no category: it was guessed from the files"
        : `the category ${quote(stated)} is none of a plan: it was guessed from the files`;
    notes.push({ kind: "category", message, ...where });
  } else if (known !== stated)
    notes.push({
      kind: "category",
      message: `the category ${quote(stated)} became ${quote(known)}`,
      ...where,
    });
  const level = task.complexity ?? "";
  const complexity = level === "" ? null : complexityOf(level);
  if (level !== "" && complexity !== level) {
    const became = complexity === null ? "is none of a plan and was left out" : `became ${quote(complexity)}`;
    notes.push({ kind: "category", message: `the complexity ${quote(level)} ${became}`, ...where });
  }
  return { category: known ?? guessed, complexity };
}

function deliverableDocument({ path, change, mustContain }: SourceTask["deliverables"][number]) {
  const kind = kindOf(path);
  const asks = {
    ...(change === undefined || change === "any" ? {} : { change }),
    ...(kind === "test" ? { kind } : {}),
    ...(mustContain === undefined || mustContain.length === 0 ? {} : { must_contain: [...mustContain] }),
  };
  return Object.keys(asks).length === 0 ? path : { path, ...asks };
}

/** One note for each message, with the phases that it is about. */
function joinNotes(notes: readonly SourceNote[], ids: ReadonlyMap<string, readonly string[]>): ImportNote[] {
  const joined = new Map<string, { note: SourceNote; phases: Set<string> }>();
  for (const note of notes) {
    const key = `${note.kind} ${note.message}`;
    const entry = joined.get(key) ?? { note, phases: new Set() };
    joined.set(key, entry);
    for (const id of note.task === undefined ? [] : (ids.get(note.task) ?? [note.task])) entry.phases.add(id);
  }
  return [...joined.values()].map(({ note: { kind, message, line }, phases }) => ({
    kind,
    message: cleanText(message),
    phases: [...phases],
    ...(line === undefined ? {} : { line }),
  }));
}

/** Text that a plan can hold and a terminal can show: well-formed, with nothing invisible in it but line ends. */
const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll("\t", "  ")
    .replaceAll(/[[\p{Cc}\p{Cf}]--[\n\u200c\u200d]]/gv, "")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();

/** A note in one line, as a person reads it. */
export function showNote({ kind, message, phases, line }: ImportNote): string {
  const where =
    phases.length === 0 ? (line === undefined ? "" : ` (line ${line})`) : `: ${listSome(phases, 8)}`;
  return `${kind}: ${message}${where}`;
}
