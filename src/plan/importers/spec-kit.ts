import { err, ok } from "../../domain/result.ts";
import { type MarkdownTask, parseTasks, plain } from "./markdown-tasks.ts";
import type { Format, Imported, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
import { bullets, claimed, commandIn, commandNote, filesOf, folderOf, nameOf, spelled } from "./task-text.ts";

const taskId = /^\**(T(?:\d{1,6}[a-z]?|XXX))\**[:.]?(?:\s+|$)/;

/**
 * spec-kit's `specs/NNN-name/tasks.md`: `- [ ] T001 [P] [US1] Description with path`, phases as headings. A task
 * without `[P]` waits for all before it in its phase; neighbours with `[P]` run beside each other.
 */
export const specKit: Format = {
  name: "spec-kit",
  title: "spec-kit (specs/NNN-name/tasks.md)",
  besides: ["spec.md", "plan.md"],
  detect: (text) => /^[ \t]*[-*] \[[ xX]\] \**T(?:\d{1,6}[a-z]?|XXX)\b/m.test(text),
  read,
};

function read({ file, text, beside }: SourceText): Imported {
  const { title, headings, tasks, prose } = parseTasks(
    text,
    (task) => task.ticked !== undefined && taskId.test(task.text),
  );
  if (tasks.length === 0)
    return err({ line: 1, message: "it holds no task of the form `- [ ] T001 Description`" });
  const folder = folderOf(file, /(?:^|\/)specs\/([^/]+)\/[^/]+$/) || folderOf(text, /\bspecs\/([\w.-]+)\//);
  const notes: SourceNote[] = headings
    .filter(({ text: words, level }) => level === 2 && /^dependencies\b/i.test(words))
    .map(({ text: words, line }) => ({
      kind: "left-out",
      message: `the section "${words}" is prose: the order comes from the tasks and their [P]`,
      line,
    }));
  const design = [...beside.keys()].filter(() => folder !== "").map((name) => `specs/${folder}/${name}`);
  const tiers = new Map<
    string,
    { name: string; tasks: SourceTask[]; batches: string[][]; parallel: boolean }
  >();
  for (const task of tasks) {
    const heading = task.headings.find(({ level }) => level >= 2) ?? task.headings[0];
    const key = String(heading?.line ?? 0);
    const tier = tiers.get(key) ?? {
      name: heading?.text ?? "Tasks",
      tasks: [],
      batches: [],
      parallel: false,
    };
    tiers.set(key, tier);
    const { id, parallel, story, words } = partsOf(task);
    if (parallel && tier.parallel) tier.batches.at(-1)?.push(id);
    else tier.batches.push([id]);
    tier.parallel = parallel;
    const where = { task: id, line: task.line };
    const before = tier.batches.at(-2) ?? [];
    if (task.ticked) notes.push(claimed(where, "it is ticked"));
    if (before.length > 0)
      notes.push({
        kind: "order",
        message: "follows the tasks before it in its phase, for [P] alone makes neighbours independent",
        ...where,
      });
    const commands = task.details.map(commandIn).filter((command) => command !== null);
    if (commands.length > 0) notes.push(commandNote(where));
    const files = filesOf([words, ...task.details], where);
    notes.push(...files.notes);
    const section = task.headings.at(-1);
    tier.tasks.push({
      id,
      name: nameOf(words.replace(/ \| Deviation:.*$/s, "")),
      description: [
        words,
        bullets(task.details),
        section === heading || section === undefined ? "" : `Section: ${section.text}`,
        aims(prose.get(heading?.line ?? 0) ?? []),
        story === "" ? "" : `User story: ${story}`,
      ],
      deliverables: files.deliverables,
      read: [...files.read, ...design],
      acceptance: commands,
      dependsOn: [...before, ...namedTasks(words)],
      line: task.line,
    });
  }
  const subject = plain(title.replace(/^tasks\s*[:–-]\s*/i, ""));
  return ok({
    name: folder || subject || "spec-kit",
    goal: subject || spelled(folder),
    tiers: [...tiers.values()],
    parts: new Map(),
    notes,
  });
}

function partsOf(task: MarkdownTask) {
  const id = taskId.exec(task.text)?.[1] ?? "";
  let words = task.text.replace(taskId, "");
  const labels: string[] = [];
  for (let label = /^\[(P|US\d{1,3})\]\s*/.exec(words); label; label = /^\[(P|US\d{1,3})\]\s*/.exec(words)) {
    labels.push(label[1] ?? "");
    words = words.slice(label[0].length);
  }
  return { id, words, parallel: labels.includes("P"), story: labels.find((label) => label !== "P") ?? "" };
}

/** What a phase says of itself: its purpose, its goal, how it is tested alone. */
const aims = (lines: readonly string[]): string =>
  lines
    .map(plain)
    .filter((line) => /^(?:goal|purpose|independent test)\s*:/i.test(line))
    .join("\n");

/** "(depends on T012, T014-T016)". */
function namedTasks(words: string): string[] {
  const list =
    /\b(?:depends on|after|requires|blocked by)\s+((?:T\d{1,6}[a-z]?(?:\s*[-–]\s*T\d{1,6})?(?:\s*(?:,|&|and)\s*)*)+)/i.exec(
      words,
    )?.[1];
  if (list === undefined) return [];
  return [...list.matchAll(/T(\d{1,6})([a-z]?)(?:\s*[-–]\s*T(\d{1,6}))?/g)].flatMap(
    ([, first = "", letter = "", last]) => {
      const count = last === undefined ? 1 : Math.min(Math.max(Number(last) - Number(first) + 1, 1), 1000);
      return Array.from({ length: count }, (_, step) =>
        step === 0 ? `T${first}${letter}` : `T${String(Number(first) + step).padStart(first.length, "0")}`,
      );
    },
  );
}
