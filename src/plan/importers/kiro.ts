import { err, ok } from "../../domain/result.ts";
import { listSome } from "../wording.ts";
import { type MarkdownTask, parseTasks, plain } from "./markdown-tasks.ts";
import type { Format, Imported, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
import {
  bullets,
  claimed,
  commandIn,
  commandNote,
  filesOf,
  folderOf,
  listed,
  nameOf,
  spelled,
} from "./task-text.ts";

/**
 * Kiro's `.kiro/specs/NAME/tasks.md`: `- [ ] 1. …` with `- [ ] 1.1 …` below. Each numbered task is a tier, what stands
 * below it are its phases, one after the other. The requirements that a task names come with it.
 */
export const kiro: Format = {
  name: "kiro",
  title: "Kiro (.kiro/specs/NAME/tasks.md)",
  besides: ["requirements.md", "design.md"],
  detect: (text) => /^[ \t]*[-*] \[[ xX~-]\]\*? *\d{1,4}(?:\.\d{1,4})*\.? +\S/m.test(text),
  read,
};

function read({ file, text, beside }: SourceText): Imported {
  const { title, tasks } = parseTasks(text, (task) => task.ticked !== undefined && task.number !== undefined);
  if (tasks.length === 0) return err({ line: 1, message: "it holds no task of the form `- [ ] 1. Title`" });
  const folder = folderOf(file, /(?:^|\/)\.kiro\/specs\/([^/]+)\/[^/]+$/);
  const requirements = parseRequirements(beside.get("requirements.md") ?? "");
  const design = [...beside.keys()]
    .filter(() => folder !== "")
    .map((name) => `.kiro/specs/${folder}/${name}`);
  const byNumber = new Map(tasks.map((task) => [task.number ?? "", task]));
  const parents = new Set(tasks.flatMap((task) => parentOf(task, byNumber)?.number ?? []));
  const tiers = new Map<string, { name: string; id: string; tasks: SourceTask[] }>();
  const parts = new Map<string, string[]>();
  const notes: SourceNote[] = [];
  for (const task of tasks) {
    const number = task.number ?? "";
    const top = number.split(".", 1)[0] ?? number;
    const tier = tiers.get(top) ?? {
      name: nameOf((byNumber.get(top) ?? task).text),
      id: `task-${top}`,
      tasks: [],
    };
    tiers.set(top, tier);
    const where = { task: number, line: task.line };
    if (task.ticked) notes.push(claimed(where, "it is ticked"));
    if (parents.has(number)) continue;
    for (let up = parentOf(task, byNumber); up; up = parentOf(up, byNumber))
      parts.set(up.number ?? "", [...(parts.get(up.number ?? "") ?? []), number]);
    if (task.optional)
      notes.push({
        kind: "field",
        message: "is optional for Kiro, and a phase like any other here",
        ...where,
      });
    const before = tier.tasks.at(-1);
    if (before)
      notes.push({
        kind: "order",
        message: "follows the one before it in its group, as Kiro works them off",
        ...where,
      });
    const own = task.details.filter((detail) => !/^[_*]*(?:requirements|validates)\b/i.test(detail.trim()));
    const commands = own.map(commandIn).filter((command) => command !== null);
    if (commands.length > 0) notes.push(commandNote(where));
    const files = filesOf([task.text, ...own], where);
    notes.push(...files.notes);
    const named = namedRequirements(task);
    const unknown = requirements.size === 0 ? [] : named.filter((name) => !requirements.has(name));
    if (unknown.length > 0)
      notes.push({
        kind: "contradiction",
        message: `names requirements that requirements.md does not have: ${listSome(unknown)}`,
        ...where,
      });
    if (named.length > 0)
      notes.push({
        kind: "acceptance",
        message: "the requirements that it names are words: write what a command can judge as `acceptance`",
        ...where,
      });
    tier.tasks.push({
      id: number,
      name: nameOf(task.text),
      description: [
        task.text,
        bullets(own),
        groupText(parentOf(task, byNumber)),
        listed(
          "Requirements",
          named.map((name) => `${name}${requirements.has(name) ? `: ${requirements.get(name)}` : ""}`),
        ),
      ],
      deliverables: files.deliverables,
      read: [...files.read, ...design],
      acceptance: commands,
      dependsOn: before === undefined ? [] : [before.id],
      line: task.line,
    });
  }
  const subject = plain(title.replace(/^implementation (?:plan|tasks)\s*[:–-]?\s*|^tasks\s*[:–-]?\s*/i, ""));
  return ok({
    name: folder || subject || "kiro",
    goal: subject || spelled(folder),
    tiers: [...tiers.values()],
    parts,
    notes,
  });
}

/** The task that a number such as `2.1.3` stands below. */
function parentOf(task: MarkdownTask, byNumber: ReadonlyMap<string, MarkdownTask>): MarkdownTask | undefined {
  const steps = (task.number ?? "").split(".");
  for (let length = steps.length - 1; length > 0; length--) {
    const parent = byNumber.get(steps.slice(0, length).join("."));
    if (parent !== undefined && parent !== task) return parent;
  }
  return undefined;
}

const groupText = (group: MarkdownTask | undefined): string =>
  group === undefined ? "" : [`Part of ${group.number}. ${group.text}`, bullets(group.details)].join("\n");

/** `_Requirements: 1.1, 2.3_` and `**Validates: Requirements 1.1**`. */
function namedRequirements({ details }: MarkdownTask): string[] {
  const lines = details.filter((detail) => /^[_*]*(?:requirements|validates)\b/i.test(detail.trim()));
  return [...new Set(lines.flatMap((line) => line.match(/\d{1,4}(?:\.\d{1,4})?/g) ?? []))].slice(0, 100);
}

/** `1` is the story of requirement 1, `1.2` its second criterion. */
function parseRequirements(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let number = "";
  for (const raw of text.split(/\r?\n/).slice(0, 100_000)) {
    const line = raw.slice(0, 2000);
    const heading = /^#{2,4}\s+requirement\s+(\d{1,4})\b\s*[:.–-]?\s*(.*)$/i.exec(line);
    const story = /^\**user story:?\**:?\s*(.+)$/i.exec(line.trim())?.[1];
    const criterion = /^\s{0,3}(\d{1,4})[.)]\s+(.+)$/.exec(line);
    if (heading) {
      number = heading[1] ?? "";
      found.set(number, plain(heading[2] ?? ""));
    } else if (number === "") continue;
    else if (story !== undefined) found.set(number, plain(story));
    else if (criterion) found.set(`${number}.${criterion[1]}`, plain(criterion[2] ?? ""));
  }
  return found;
}
