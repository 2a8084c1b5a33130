import type { DeliverableChange } from "../../domain/plan.ts";
import type { Result } from "../../domain/result.ts";
import type { Purpose } from "../../domain/run.ts";

/** What has no equivalent in a plan, or was decided where the source is silent. The kinds are stable. */
export const noteKinds = {
  claim: "the source says that it is done: a claim, and no evidence",
  "deliverable-missing": "no file is named: a person must add what the phase delivers",
  "prose-deliverable": "a deliverable in words, which nothing can check",
  folder: "a folder or a pattern, where a plan needs files",
  dependency: "a dependency that could not be kept",
  order: "an order that was written as dependencies or tiers",
  acceptance: "criteria in words: they stand in the description, and nothing checks them",
  command: "a command of the source that would run: read it first",
  category: "a category or complexity that was guessed or translated",
  priority: "a priority",
  assignee: "a person or group",
  time: "a time, an effort or a date",
  id: "an id that was changed",
  purpose: "a purpose to decide on",
  contradiction: "the source contradicts itself",
  field: "a field without an equivalent",
  "left-out": "something that was not imported",
} as const;
export type NoteKind = keyof typeof noteKinds;

/** A note of an importer; several with one message become one, with all their tasks. */
export interface SourceNote {
  readonly kind: NoteKind;
  readonly message: string;
  /** The task's id in the source. */
  readonly task?: string;
  readonly line?: number;
}

export interface SourceDeliverable {
  readonly path: string;
  readonly change?: DeliverableChange;
  readonly mustContain?: readonly string[];
}

/** One task as its source has it, before ids, order and files are settled. */
export interface SourceTask {
  readonly id: string;
  readonly name: string;
  /** Paragraphs of what is to be done; blank ones are left out. */
  readonly description: readonly string[];
  readonly category?: string | undefined;
  readonly complexity?: string | undefined;
  readonly deliverables: readonly SourceDeliverable[];
  /** Globs besides the deliverables; undefined: the deliverables alone. */
  readonly write?: readonly string[] | undefined;
  readonly read?: readonly string[];
  readonly acceptance?: readonly string[];
  readonly budget?: { readonly tokens?: number; readonly attempts?: number; readonly minutes?: number };
  /** Left out: the configured one. */
  readonly builder?: string | { readonly command: readonly string[] } | { readonly scripted: string };
  /** Ids of the source: tasks, or tasks that were cut into others. */
  readonly dependsOn: readonly string[];
  readonly line?: number | undefined;
}

export interface SourceTier {
  readonly name: string;
  readonly id?: string;
  readonly tasks: readonly SourceTask[];
}

/** What every importer makes of its text. */
export interface SourcePlan {
  readonly name: string;
  readonly goal: string;
  readonly purpose?: Purpose;
  readonly budget?: { readonly tokens?: number; readonly minutes?: number };
  readonly checks?: Readonly<Record<string, string>>;
  readonly tiers: readonly SourceTier[];
  /** Tasks that are no phases: whoever depends on one depends on all of these. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly notes: readonly SourceNote[];
}

/** A text to import. */
export interface SourceText {
  /** As notes and errors name it; with the folders around it where they are known. */
  readonly file: string;
  readonly text: string;
  /** Texts that lie beside it, by name. */
  readonly beside: ReadonlyMap<string, string>;
}

/** Why a text cannot be imported. */
export interface ImportFault {
  readonly line: number;
  readonly message: string;
}

export type Imported = Result<SourcePlan, ImportFault>;

export const formatNames = ["spec-kit", "task-master", "ralph", "kiro", "beads", "autopack-py"] as const;

/** A format of plans: one file each. */
export interface Format {
  readonly name: (typeof formatNames)[number];
  readonly title: string;
  /** Files beside the source that say more about it. */
  readonly besides: readonly string[];
  /** Whether the text is of this format, from its content alone. `json` is undefined where it is no JSON. */
  detect(text: string, json: unknown): boolean;
  read(source: SourceText): Imported;
}
