import { isObject, type JsonObject } from "../../domain/json.ts";
import { err, ok } from "../../domain/result.ts";
import { quote } from "../wording.ts";
import { linesOfObjects, objectsOf, readJson, textOf, textsOf, unreadFields } from "./json-source.ts";
import type { Format, Imported, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
import {
  claimed,
  criteriaInWords,
  filesOf,
  folderOf,
  listed,
  nameOf,
  noEquivalent,
  unread,
} from "./task-text.ts";

/**
 * Task Master's `tasks.json`: a list of tasks, or one under each tag. A task with subtasks is no phase, its subtasks
 * are; who depends on it depends on all of them.
 */
export const taskMaster: Format = {
  name: "task-master",
  title: "Task Master (.taskmaster/tasks/tasks.json)",
  besides: [],
  detect: (_text, json) => tagsOf(json).some(({ tasks }) => tasks.some(looksLikeTask)),
  read,
};

interface Tag {
  readonly name: string;
  readonly place: string;
  readonly tasks: readonly unknown[];
}

function tagsOf(json: unknown): Tag[] {
  if (!isObject(json)) return [];
  if (Array.isArray(json["tasks"])) return [{ name: "", place: "tasks", tasks: json["tasks"] }];
  return Object.entries(json).flatMap(([name, tag]) =>
    isObject(tag) && Array.isArray(tag["tasks"])
      ? [{ name, place: `${name}.tasks`, tasks: tag["tasks"] }]
      : [],
  );
}

const looksLikeTask = (task: unknown): boolean =>
  isObject(task) &&
  "title" in task &&
  ["status", "dependencies", "subtasks", "testStrategy", "details"].some((key) => key in task);

const known = new Set(
  "id title description details testStrategy status dependencies priority subtasks acceptanceCriteria complexity complexityScore category".split(
    " ",
  ),
);

function read({ text, file }: SourceText): Imported {
  const json = readJson(text);
  if (!json.ok) return json;
  const tags = tagsOf(json.value).filter(({ tasks }) => tasks.length > 0);
  if (tags.length === 0)
    return err({ line: 1, message: "it holds no list `tasks`, neither itself nor under a tag" });
  const lines = linesOfObjects(text);
  const notes: SourceNote[] = [];
  const parts = new Map<string, string[]>();
  const tiers = tags.map(({ name, place, tasks }) => {
    const found: SourceTask[] = [];
    const prefix = tags.length === 1 ? "" : `${name}.`;
    const items = objectsOf(tasks, (index) => notes.push(leftOut(`${place}.${index}`)));
    for (const { object, index } of items) {
      const id = `${prefix}${textOf(object, "id") || index + 1}`;
      const at = { object, id, line: lines.get(`${place}.${index}`) };
      const subtasks = objectsOf(object["subtasks"], (sub) =>
        notes.push(leftOut(`${place}.${index}.subtasks.${sub}`)),
      );
      const dependsOn = textsOf(object, "dependencies").map((on) => `${prefix}${on}`);
      if (subtasks.length === 0) {
        found.push(toTask(at, dependsOn, null, notes));
        continue;
      }
      tell(at, notes);
      const siblings = new Map(
        subtasks.map(({ object: sub, index: place }) => [textOf(sub, "id") || String(place + 1), sub]),
      );
      parts.set(
        id,
        [...siblings.keys()].map((key) => `${id}.${key}`),
      );
      for (const [key, sub] of siblings) {
        // A number of a subtask means its sibling; a task of that number only where there is no such sibling.
        const own = textsOf(sub, "dependencies").map((on) =>
          siblings.has(on) ? `${id}.${on}` : `${prefix}${on}`,
        );
        const line = lines.get(`${place}.${index}.subtasks.${[...siblings.keys()].indexOf(key)}`) ?? at.line;
        found.push(toTask({ object: sub, id: `${id}.${key}`, line }, [...own, ...dependsOn], object, notes));
      }
    }
    return { name: name || "Tasks", tasks: found };
  });
  if (tags.length > 1)
    notes.push({
      kind: "order",
      message: "each tag became a tier, in the order of the file: remove what belongs to another run",
    });
  const project = textOf(
    isObject(json.value) && isObject(json.value["meta"]) ? json.value["meta"] : {},
    "projectName",
    "prdSource",
  );
  const named =
    project ||
    tags.map(({ name }) => name).find((name) => name !== "" && name !== "master") ||
    folderOf(file, /([^/]+)\/\.taskmaster\//);
  return ok({
    name: named || "task-master",
    goal: named ? `Tasks of ${named}` : "The tasks of Task Master",
    tiers,
    parts,
    notes,
  });
}

const leftOut = (place: string): SourceNote => ({
  kind: "left-out",
  message: `${quote(place)} is no task, but another value`,
});

interface At {
  readonly object: JsonObject;
  readonly id: string;
  readonly line: number | undefined;
}

const whereOf = ({ id, line }: At) => ({ task: id, ...(line === undefined ? {} : { line }) });

/** What a task or a group says that no plan holds. */
function tell(at: At, notes: SourceNote[]): void {
  const where = whereOf(at);
  const status = textOf(at.object, "status");
  if (/^(?:done|completed|review)$/i.test(status))
    notes.push(claimed(where, `its status is ${quote(status)}`));
  else if (status !== "" && status !== "pending")
    notes.push(noEquivalent("field", `the status ${quote(status)}`, where));
  const priority = textOf(at.object, "priority");
  if (priority !== "") notes.push(noEquivalent("priority", `the priority ${quote(priority)}`, where));
  notes.push(...unread(unreadFields(at.object, known), where));
}

function toTask(
  at: At,
  dependsOn: readonly string[],
  group: JsonObject | null,
  notes: SourceNote[],
): SourceTask {
  const { object, id, line } = at;
  const where = whereOf(at);
  tell(at, notes);
  const criteria = textsOf(object, "acceptanceCriteria");
  const strategy = textOf(object, "testStrategy");
  if (criteria.length > 0 || strategy !== "") notes.push(criteriaInWords(where));
  const title = textOf(object, "title");
  const texts = [textOf(object, "description"), textOf(object, "details")];
  const files = filesOf([title, ...texts, strategy], where);
  notes.push(...files.notes);
  return {
    id,
    name: nameOf(title || texts[0] || id),
    description: [
      title,
      ...texts,
      listed("Acceptance criteria", criteria),
      strategy === "" ? "" : `How it is tested: ${strategy}`,
      ...(group === null
        ? []
        : [`Part of: ${textOf(group, "title")}`, textOf(group, "description"), textOf(group, "details")]),
      group === null || textOf(group, "testStrategy") === ""
        ? ""
        : `How the whole is tested: ${textOf(group, "testStrategy")}`,
    ],
    category: textOf(object, "category"),
    complexity: textOf(object, "complexity", "complexityScore"),
    deliverables: files.deliverables,
    read: files.read,
    dependsOn,
    line,
  };
}
