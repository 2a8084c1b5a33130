import { isObject, type JsonObject, parseJson } from "../../domain/json.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { quote } from "../wording.ts";
import { mostObjects, objectsOf, readJson, textOf, textsOf, unreadFields } from "./json-source.ts";
import type { Format, Imported, ImportFault, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
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
 * Beads' `.beads/issues.jsonl`: one issue a line. `blocks` are dependencies; an epic with children is no phase, its
 * children are. What was deleted is left out.
 */
export const beads: Format = {
  name: "beads",
  title: "Beads (.beads/issues.jsonl)",
  besides: [],
  detect: (text) => {
    const first = parseJson(/^\s*(\{.*)/.exec(text.slice(0, 1_000_000))?.[1] ?? "");
    return (
      isObject(first) &&
      typeof first["id"] === "string" &&
      "title" in first &&
      ("issue_type" in first || "status" in first)
    );
  },
  read,
};

const known = new Set(
  "id title description design acceptance_criteria notes status priority issue_type type dependencies assignee owner created_by created_at updated_at closed_at close_reason started_at due_at defer_until estimated_minutes content_hash source_repo compaction_level original_size _type".split(
    " ",
  ),
);

interface Issue {
  readonly id: string;
  readonly line: number;
  readonly object: JsonObject;
  readonly links: readonly { readonly on: string; readonly type: string }[];
}

function read({ text, file }: SourceText): Imported {
  const notes: SourceNote[] = [];
  const rows = readRows(text);
  if (!rows.ok) return rows;
  const issues = rows.value.flatMap((row) => toIssue(row, notes));
  if (issues.length > mostObjects)
    return err({ line: 1, message: `it holds more than ${mostObjects} issues` });
  if (issues.length === 0) return err({ line: 1, message: "it holds no issue with an id and a title" });
  const byId = new Map(issues.map((issue) => [issue.id, issue]));
  const children = new Map<string, string[]>();
  for (const { id, links } of issues)
    for (const { on, type } of links)
      if (type === "parent-child" && byId.has(on)) children.set(on, [...(children.get(on) ?? []), id]);
  const isGroup = ({ id, object }: Issue) => kindOf(object) === "epic" && children.has(id);
  const parts = new Map<string, readonly string[]>();
  for (const issue of issues)
    if (isGroup(issue)) parts.set(issue.id, leavesOf(issue.id, byId, children, isGroup));
  const ordered = issues.toSorted((a, b) => rankOf(a) - rankOf(b));
  const tasks = ordered.flatMap((issue) => {
    tell(issue, notes);
    return isGroup(issue) ? [] : [toTask(issue, byId, isGroup, notes)];
  });
  const folder = folderOf(file, /([^/]+)\/\.beads\/[^/]+$/);
  const prefix = /^([A-Za-z][\w]*)-/.exec(issues[0]?.id ?? "")?.[1] ?? "";
  const name = folder || prefix || "beads";
  return ok({ name, goal: `Issues of ${name}`, tiers: [{ name: "Issues", tasks }], parts, notes });
}

function readRows(text: string): Result<{ readonly value: unknown; readonly line: number }[], ImportFault> {
  const rows: { value: unknown; line: number }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = readJson(line);
    if (!row.ok) return err({ line: index + 1, message: row.error.message });
    rows.push({ value: row.value, line: index + 1 });
  }
  return ok(rows);
}

function toIssue(
  { value, line }: { readonly value: unknown; readonly line: number },
  notes: SourceNote[],
): Issue[] {
  const leave = (why: string): Issue[] => {
    notes.push({ kind: "left-out", message: why, line });
    return [];
  };
  if (!isObject(value)) return leave("a line that is no issue");
  const type = textOf(value, "_type");
  if (type !== "" && type !== "issue") return leave(`lines of the type ${quote(type)}`);
  const id = textOf(value, "id");
  if (id === "" || textOf(value, "title") === "") return leave("an issue without id or title");
  if (textOf(value, "status") === "tombstone" || textOf(value, "deleted_at") !== "")
    return leave("issues that were deleted");
  const links = objectsOf(value["dependencies"], () => undefined).flatMap(({ object }) => {
    const from = textOf(object, "issue_id");
    const on = textOf(object, "depends_on_id", "id");
    return on === "" || (from !== "" && from !== id)
      ? []
      : [{ on, type: textOf(object, "type", "dependency_type") || "blocks" }];
  });
  const plainLinks = textsOf(value, "dependencies").map((on) => ({ on, type: "blocks" }));
  return [{ id, line, object: value, links: links.length > 0 ? links : plainLinks }];
}

const kindOf = (object: JsonObject): string => textOf(object, "issue_type", "type").toLowerCase();

/** 0 is the most urgent; none is the middle. */
const rankOf = ({ object }: Issue): number =>
  /^\d$/.test(textOf(object, "priority")) ? Number(textOf(object, "priority")) : 2;

/** The issues below a group that are phases, each once however the groups are nested. */
function leavesOf(
  id: string,
  byId: ReadonlyMap<string, Issue>,
  children: ReadonlyMap<string, readonly string[]>,
  isGroup: (issue: Issue) => boolean,
): string[] {
  const leaves: string[] = [];
  const seen = new Set([id]);
  const open = [...(children.get(id) ?? [])].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const issue = byId.get(next);
    if (seen.has(next) || issue === undefined) continue;
    seen.add(next);
    if (isGroup(issue)) open.push(...[...(children.get(next) ?? [])].reverse());
    else leaves.push(next);
  }
  return leaves;
}

/** What an issue says that no plan holds. */
function tell({ id, line, object }: Issue, notes: SourceNote[]): void {
  const where = { task: id, line };
  const status = textOf(object, "status");
  if (status === "closed") notes.push(claimed(where, "its status is `closed`"));
  else if (status !== "" && status !== "open")
    notes.push(noEquivalent("field", `the status ${quote(status)}`, where));
  const priority = textOf(object, "priority");
  if (priority !== "")
    notes.push({
      kind: "priority",
      message: `priority ${quote(priority)} gave the place in the order only`,
      ...where,
    });
  for (const key of ["assignee", "owner"])
    if (textOf(object, key) !== "")
      notes.push(noEquivalent("assignee", `the ${key} ${quote(textOf(object, key))}`, where));
  for (const key of ["due_at", "defer_until", "estimated_minutes"])
    if (textOf(object, key) !== "")
      notes.push(noEquivalent("time", `${quote(key)} ${quote(textOf(object, key))}`, where));
  notes.push(...unread(unreadFields(object, known), where));
}

function toTask(
  issue: Issue,
  byId: ReadonlyMap<string, Issue>,
  isGroup: (issue: Issue) => boolean,
  notes: SourceNote[],
): SourceTask {
  const { id, line, object, links } = issue;
  const where = { task: id, line };
  const criteria = textsOf(object, "acceptance_criteria");
  if (criteria.length > 0) notes.push(criteriaInWords(where));
  const title = textOf(object, "title");
  const texts = [textOf(object, "description"), textOf(object, "design"), textOf(object, "notes")];
  const files = filesOf([title, ...texts, ...criteria], where);
  notes.push(...files.notes);
  const dependsOn: string[] = [];
  const groups: string[] = [];
  for (const { on, type } of links) {
    const target = byId.get(on);
    if (type === "blocks" || type === "conditional-blocks" || type === "waits-for") dependsOn.push(on);
    else if (type === "parent-child" && target !== undefined && isGroup(target))
      groups.push(`Part of ${on}: ${textOf(target.object, "title")}`, textOf(target.object, "description"));
    else
      notes.push({
        kind: "dependency",
        message: `the link ${quote(type)} to ${quote(on)} blocks nothing and was left out`,
        ...where,
      });
  }
  return {
    id,
    name: nameOf(title),
    description: [
      title,
      texts[0] ?? "",
      texts[1] === "" ? "" : `Design: ${texts[1]}`,
      texts[2] === "" ? "" : `Notes: ${texts[2]}`,
      listed("Acceptance criteria", criteria),
      ...groups,
    ],
    category: kindOf(object) === "chore" ? "" : categoryWord(kindOf(object)),
    deliverables: files.deliverables,
    read: files.read,
    dependsOn,
    line,
  };
}

/** `task`, `bug`, `feature` and `epic` say nothing of the sort of work. */
const categoryWord = (kind: string): string =>
  /^(?:task|bug|feature|epic|chore|story|)$/.test(kind) ? "" : kind;
