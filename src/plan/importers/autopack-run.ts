import { isObject, type JsonObject } from "../../domain/json.ts";
import { err, ok } from "../../domain/result.ts";
import { quote } from "../wording.ts";
import { linesOfObjects, objectsOf, readJson, textOf, textsOf, unreadFields } from "./json-source.ts";
import { readScope } from "./recorded-scope.ts";
import type { Format, Imported, SourceNote, SourceTask, SourceText, SourceTier } from "./source-plan.ts";
import { claimed, criteriaInWords, folderOf, listed, nameOf, noEquivalent, unread } from "./task-text.ts";

/** The run file of Autopack's ancestor: `run_id`, `tiers`, `phases` with a scope each. */
export const autopackRun: Format = {
  name: "autopack-py",
  title: "the run JSON of Autopack's ancestor",
  besides: [],
  detect: (_text, json) => isObject(json) && phasesOf(json).some(({ phase }) => looksLikePhase(phase)),
  read,
};

interface Found {
  readonly phase: JsonObject;
  readonly place: string;
  /** The tier that holds it, where phases stand in tiers. */
  readonly tier?: string;
}

function phasesOf(json: JsonObject, leftOut: (place: string) => void = () => undefined): Found[] {
  const above = objectsOf(json["phases"], (index) => leftOut(`phases.${index}`)).map(({ object, index }) => ({
    phase: object,
    place: `phases.${index}`,
  }));
  const within = objectsOf(json["tiers"], (index) => leftOut(`tiers.${index}`)).flatMap(
    ({ object: tier, index }) =>
      objectsOf(tier["phases"], (at) => leftOut(`tiers.${index}.phases.${at}`)).map(
        ({ object, index: at }) => ({
          phase: object,
          place: `tiers.${index}.phases.${at}`,
          tier: textOf(tier, "tier_id", "id", "name") || `tier-${index + 1}`,
        }),
      ),
  );
  return [...above, ...within];
}

const looksLikePhase = (phase: JsonObject): boolean =>
  ["phase_id", "task_category", "phase_index"].some((key) => key in phase) ||
  ("scope" in phase && "id" in phase);

const knownAbove = new Set(
  "run_id id run tiers phases description goal goal_anchor name token_cap max_duration_minutes max_phases safety_profile run_scope created_at updated_at estimated_duration priority team_size purpose".split(
    " ",
  ),
);
const knownOfPhase = new Set(
  "phase_id id name title description task_category category complexity scope dependencies depends_on tier tier_id tier_index phase_index acceptance_criteria max_builder_attempts incident_token_cap state status priority estimated_effort notes".split(
    " ",
  ),
);

function read({ text, file }: SourceText): Imported {
  const json = readJson(text);
  if (!json.ok) return json;
  if (!isObject(json.value)) return err({ line: 1, message: "it holds no mapping with `phases`" });
  const notes: SourceNote[] = [];
  const found = phasesOf(json.value, (place) =>
    notes.push({ kind: "left-out", message: `${quote(place)} is no phase, but another value` }),
  );
  if (found.length === 0) return err({ line: 1, message: "it holds no phases" });
  const lines = linesOfObjects(text);
  const run = { ...json.value, ...(isObject(json.value["run"]) ? json.value["run"] : {}) };
  const runId = textOf(run, "run_id", "id");
  tellRun(run, notes);
  const tiers = new Map<string, { name: string; id: string; tasks: SourceTask[] }>();
  for (const { object, index } of indexed(json.value["tiers"], "tier_index")) {
    const id = textOf(object, "tier_id", "id", "name") || `tier-${index + 1}`;
    tiers.set(id, { id, name: textOf(object, "name") || id, tasks: [] });
    if (textOf(object, "description") !== "")
      notes.push(noEquivalent("field", `the description of the tier ${quote(id)}`));
  }
  const declared = tiers.size > 0;
  const byIndex = [...tiers.values()];
  for (const { phase, place, tier } of found.toSorted((a, b) => indexOf(a.phase) - indexOf(b.phase))) {
    const line = lines.get(place);
    const task = toTask(phase, place, line, runId, notes);
    const named =
      tier ??
      (textOf(phase, "tier_id", "tier") ||
        byIndex[Number(textOf(phase, "tier_index") || "NaN")]?.id ||
        "phases");
    if (declared && !tiers.has(named) && named !== "phases")
      notes.push({
        kind: "contradiction",
        message: `belongs to the tier ${quote(named)}, which the run does not have: it was added`,
        task: task.id,
        ...(line === undefined ? {} : { line }),
      });
    const home = tiers.get(named) ?? { id: named, name: named === "phases" ? "Phases" : named, tasks: [] };
    tiers.set(named, home);
    home.tasks.push(task);
  }
  const name = runId || folderOf(file, /([^/]+)\/[^/]+$/) || "run";
  return ok({
    name,
    goal: textOf(run, "goal_anchor", "goal", "description") || `What ${name} was for`,
    budget: budgetOf(run),
    tiers: [...tiers.values()] satisfies SourceTier[],
    parts: new Map(),
    notes,
  });
}

const indexOf = (phase: JsonObject): number => {
  const index = phase["phase_index"];
  return typeof index === "number" && Number.isFinite(index) ? index : Number.MAX_SAFE_INTEGER;
};

/** The objects of a list in the order of a field; those without it stay last. */
function indexed(value: unknown, key: string) {
  const rank = (object: JsonObject) =>
    typeof object[key] === "number" ? object[key] : Number.MAX_SAFE_INTEGER;
  return objectsOf(value, () => undefined).toSorted((a, b) => rank(a.object) - rank(b.object));
}

/** A limit counts where it is a number above zero. */
function limit(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function budgetOf(run: JsonObject): { tokens?: number; minutes?: number } {
  const [tokens, minutes] = [limit(run, "token_cap"), limit(run, "max_duration_minutes")];
  return { ...(tokens === undefined ? {} : { tokens }), ...(minutes === undefined ? {} : { minutes }) };
}

function tellRun(run: JsonObject, notes: SourceNote[]): void {
  for (const key of ["created_at", "updated_at", "estimated_duration"])
    if (textOf(run, key) !== "") notes.push(noEquivalent("time", quote(key)));
  if (textOf(run, "priority") !== "")
    notes.push(noEquivalent("priority", `the priority ${quote(textOf(run, "priority"))}`));
  notes.push(
    ...unread([
      ...unreadFields(run, knownAbove),
      ...["safety_profile", "run_scope", "team_size", "max_phases"].filter((key) => textOf(run, key) !== ""),
    ]),
  );
  const [said = ""] =
    /\b(?:validat\w*|telemetry|baseline|benchmark|calibrat\w*|smoke|tests?)\b/i.exec(
      `${textOf(run, "run_id", "id")} ${textOf(run, "name")} ${textOf(run, "goal_anchor", "goal", "description")}`.replaceAll(
        /[-_]/g,
        " ",
      ),
    ) ?? [];
  if (said !== "")
    notes.push({
      kind: "purpose",
      message: `its name or goal speaks of ${quote(said)}: write \`purpose: validation\` (or baseline) if it is to be kept as evidence, else it counts as work`,
    });
}

function toTask(
  phase: JsonObject,
  place: string,
  line: number | undefined,
  runId: string,
  notes: SourceNote[],
): SourceTask {
  const id = textOf(phase, "phase_id", "id") || place.replaceAll(".", "-");
  const where = { task: id, ...(line === undefined ? {} : { line }) };
  const state = textOf(phase, "state", "status");
  if (/^(?:complete|completed|done|done_success)$/i.test(state))
    notes.push(claimed(where, `its recorded state is ${quote(state)}`));
  else if (state !== "") notes.push(noEquivalent("field", `the state ${quote(state)}`, where));
  if (textOf(phase, "priority") !== "")
    notes.push(noEquivalent("priority", `the priority ${quote(textOf(phase, "priority"))}`, where));
  if (textOf(phase, "estimated_effort") !== "")
    notes.push(noEquivalent("time", `the effort ${quote(textOf(phase, "estimated_effort"))}`, where));
  notes.push(...unread(unreadFields(phase, knownOfPhase), where));
  const scope = readScope(phase["scope"], { runId, phaseId: id }, where);
  notes.push(...scope.notes);
  const criteria = textsOf(phase, "acceptance_criteria");
  if (criteria.length > 0) notes.push(criteriaInWords(where));
  const [tokens, attempts] = [limit(phase, "incident_token_cap"), limit(phase, "max_builder_attempts")];
  return {
    id,
    name: nameOf(textOf(phase, "name", "title") || textOf(phase, "description") || id),
    description: [
      textOf(phase, "name", "title"),
      textOf(phase, "description"),
      textOf(phase, "notes"),
      listed("Acceptance criteria", criteria),
      ...scope.description,
    ],
    category: textOf(phase, "task_category", "category"),
    complexity: textOf(phase, "complexity"),
    deliverables: scope.deliverables,
    write: scope.write,
    read: scope.read,
    budget: { ...(tokens === undefined ? {} : { tokens }), ...(attempts === undefined ? {} : { attempts }) },
    dependsOn: textsOf(phase, "dependencies", "depends_on"),
    line,
  };
}
