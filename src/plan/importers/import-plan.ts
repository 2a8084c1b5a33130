import { isObject } from "../../domain/json.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { type AssembledPlan, assemble } from "./assemble.ts";
import { autopackRun } from "./autopack-run.ts";
import { beads } from "./beads.ts";
import { readJson } from "./json-source.ts";
import { kiro } from "./kiro.ts";
import { ralph } from "./ralph.ts";
import type { Format, ImportFault, SourceText } from "./source-plan.ts";
import { specKit } from "./spec-kit.ts";
import { taskMaster } from "./task-master.ts";

/** Every format that can be imported; the first that knows a text by its content is taken. */
export const formats: readonly Format[] = [beads, specKit, kiro, taskMaster, autopackRun, ralph];

export interface ImportedPlan extends AssembledPlan {
  readonly format: Format;
  readonly phases: number;
  /** Ids of phases for which no file was found. */
  readonly withoutDeliverables: readonly string[];
}

const mostPhases = 5000;

/** The format of that name, or the one that the text's content shows. */
export function findFormat(text: string, from?: string): Result<Format, ImportFault> {
  const read = /^\s*[[{]/.test(text.slice(0, 10_000)) ? readJson(text) : null;
  const json = read?.ok ? read.value : undefined;
  if (isNative(text, json))
    return err({ line: 1, message: "it is a plan of autopack already: `autopack plan lint` judges it" });
  const format = formats.find(({ name, detect }) =>
    from === undefined ? detect(text, json) : name === from,
  );
  return format === undefined ? err(unknown(text, read === null || read.ok ? null : read.error)) : ok(format);
}

/** A plan from a text of another tool. Nothing is judged: lint does that. */
export function importPlan(source: SourceText, format: Format): Result<ImportedPlan, ImportFault> {
  const read = format.read(source);
  if (!read.ok) return read;
  const phases = read.value.tiers.reduce((sum, { tasks }) => sum + tasks.length, 0);
  if (phases === 0) return err({ line: 1, message: "it holds no task" });
  if (phases > mostPhases)
    return err({ line: 1, message: `it holds more tasks than a plan has phases: ${mostPhases} at most` });
  const { document, notes } = assemble(read.value);
  const withoutDeliverables = document.tiers
    .flatMap((tier) => tier.phases)
    .filter(({ deliverables }) => deliverables.length === 0)
    .map(({ id }) => id);
  return ok({ format, document, notes, phases, withoutDeliverables });
}

const isNative = (text: string, json: unknown): boolean =>
  isObject(json)
    ? json["version"] === 1 && isObject(json["run"]) && Array.isArray(json["tiers"])
    : /^version:[ \t]*1\b/m.test(text) && /^run:/m.test(text) && /^tiers:/m.test(text);

function unknown(text: string, fault: ImportFault | null): ImportFault {
  // A list in Markdown begins with a bracket now and then; a text that goes on as JSON does was meant as such.
  const meant = /^\s*(?:\{\s*"|\[\s*[{"[])/.test(text.slice(0, 10_000));
  if (meant && fault !== null) return fault;
  return { line: 1, message: "its content is of no format that autopack imports" };
}
