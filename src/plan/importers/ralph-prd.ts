import { isObject, type JsonObject } from "../../domain/json.ts";
import { looksLikePath } from "../../domain/named-path.ts";
import { normalisePath } from "../../domain/paths.ts";
import { err, ok } from "../../domain/result.ts";
import { quote } from "../wording.ts";
import { linesOfObjects, objectsOf, readJson, textOf, textsOf, unreadFields } from "./json-source.ts";
import type { Imported, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
import { claimed, criteriaInWords, filesOf, listed, nameOf, noEquivalent, unread } from "./task-text.ts";

const listKeys = ["userStories", "user_stories", "stories", "features", "items"];

/** The stories of a prd.json: under a key, or the whole file; null where it is another kind of file. */
export function storiesOf(json: unknown): { readonly key: string; readonly list: readonly unknown[] } | null {
  if (isObject(json)) {
    for (const key of listKeys) {
      const list = json[key];
      if (Array.isArray(list) && list.some(isStory)) return { key, list };
    }
    return null;
  }
  return Array.isArray(json) && json.some(isStory) ? { key: "", list: json } : null;
}

const isStory = (item: unknown): boolean =>
  isObject(item) &&
  ("title" in item || "description" in item || "story" in item) &&
  ["passes", "acceptanceCriteria", "acceptance_criteria", "steps", "complete", "criteria"].some(
    (key) => key in item,
  );

const known = new Set(
  "id title name story description acceptanceCriteria acceptance_criteria criteria steps priority passes complete completed done status started notes dependsOn depends_on dependencies category complexity files".split(
    " ",
  ),
);
const knownAbove = new Set([...listKeys, "project", "name", "title", "description", "verificationCommands"]);

/** `prd.json`: stories in the order of their priority, each priority a tier. */
export function readPrd({ text }: SourceText): Imported {
  const json = readJson(text);
  if (!json.ok) return json;
  const stories = storiesOf(json.value);
  if (stories === null)
    return err({ line: 1, message: "it holds no `userStories` with criteria or `passes`" });
  const lines = linesOfObjects(text);
  const notes: SourceNote[] = [];
  const above = isObject(json.value) ? json.value : {};
  notes.push(...unread(unreadFields(above, knownAbove)));
  const found = objectsOf(stories.list, (index) =>
    notes.push({
      kind: "left-out",
      message: `${quote(`${stories.key}.${index}`)} is no story, but another value`,
    }),
  ).map(({ object, index }) => {
    const place = stories.key === "" ? String(index) : `${stories.key}.${index}`;
    return { priority: rankOf(object), task: toTask(object, index, lines.get(place), notes) };
  });
  const checks = checksOf(above);
  if (Object.keys(checks).length > 0)
    notes.push({
      kind: "command",
      message: "the checks are its verificationCommands: read them before they run",
    });
  const name = textOf(above, "project", "name", "title");
  return ok({
    name: name || "prd",
    goal: textOf(above, "description") || name || "The stories of a PRD",
    checks,
    tiers: tiersOf(found, notes),
    parts: new Map(),
    notes,
  });
}

interface Ranked {
  readonly priority: number;
  readonly task: SourceTask;
}

/** A tier for each priority, unless a story depends on one of a lower priority: then one tier, in order. */
function tiersOf(found: readonly Ranked[], notes: SourceNote[]) {
  const sorted = found.toSorted((a, b) => a.priority - b.priority);
  const ranks = [...new Set(sorted.map(({ priority }) => priority))];
  const rank = new Map(sorted.map(({ priority, task }) => [task.id, priority]));
  const upward = sorted.some(({ priority, task }) =>
    task.dependsOn.some((on) => (rank.get(on) ?? 0) > priority),
  );
  if (ranks.length < 2 || upward) {
    if (ranks.length > 1)
      notes.push({
        kind: "priority",
        message: "some stories depend on one of a lower priority, so the priorities gave the order only",
      });
    return [{ name: "Stories", tasks: sorted.map(({ task }) => task) }];
  }
  notes.push({
    kind: "order",
    message: "each priority became a tier: the next starts when the one before has ended",
  });
  return ranks.map((at) => ({
    name: at === unranked ? "No priority" : `Priority ${at}`,
    tasks: sorted.filter(({ priority }) => priority === at).map(({ task }) => task),
  }));
}

const unranked = 1_000_000;
const words: Readonly<Record<string, number>> = {
  critical: 0,
  highest: 0,
  high: 1,
  medium: 2,
  normal: 2,
  low: 3,
  lowest: 4,
};

function rankOf(story: JsonObject): number {
  const stated = textOf(story, "priority")
    .toLowerCase()
    .replace(/^p(?=\d)/, "");
  if (/^\d{1,5}$/.test(stated)) return Number(stated);
  return Object.hasOwn(words, stated) ? (words[stated] ?? unranked) : unranked;
}

function toTask(story: JsonObject, index: number, line: number | undefined, notes: SourceNote[]): SourceTask {
  const id = textOf(story, "id") || `story-${index + 1}`;
  const where = { task: id, ...(line === undefined ? {} : { line }) };
  const status = textOf(story, "status");
  if (["passes", "complete", "completed", "done"].some((key) => story[key] === true))
    notes.push(claimed(where, "the source says that it passes"));
  else if (/^(?:done|complete[d]?|passed|closed)$/i.test(status))
    notes.push(claimed(where, `its status is ${quote(status)}`));
  const criteria = textsOf(story, "acceptanceCriteria", "acceptance_criteria", "criteria", "steps");
  if (criteria.length > 0) notes.push(criteriaInWords(where));
  notes.push(...unread(unreadFields(story, known), where));
  const title = textOf(story, "title", "name", "story") || nameOf(textOf(story, "description"));
  const texts = [textOf(story, "description"), textOf(story, "notes")];
  const files = filesOf([title, ...texts, ...criteria], where);
  notes.push(...files.notes);
  const listedFiles = textsOf(story, "files").filter((path) => looksLikePath(path) && !path.endsWith("/"));
  const stated = listedFiles.flatMap((path) => {
    const normal = normalisePath(path);
    return normal.ok ? [{ path: normal.value }] : [];
  });
  const own = new Set(stated.map(({ path }) => path));
  const category = textOf(story, "category");
  if (category !== "" && story["id"] === undefined)
    notes.push(noEquivalent("field", `the heading ${quote(category)}`, where));
  return {
    id,
    name: nameOf(title || id),
    description: [title, ...texts, listed("Acceptance criteria", criteria)],
    category,
    complexity: textOf(story, "complexity"),
    deliverables: [...stated, ...files.deliverables.filter(({ path }) => !own.has(path))],
    read: files.read,
    dependsOn: textsOf(story, "dependsOn", "depends_on", "dependencies"),
    line,
  };
}

function checksOf(above: JsonObject): Record<string, string> {
  const commands = above["verificationCommands"];
  if (!isObject(commands)) return {};
  const named = Object.entries(commands).filter(
    (entry): entry is [string, string] =>
      /^[a-z][\w-]{0,40}$/i.test(entry[0]) && typeof entry[1] === "string" && entry[1].trim() !== "",
  );
  return Object.fromEntries(
    named.map(([name, command]) => [name === "typecheck" ? "types" : name, command.trim()]),
  );
}
