import { ok } from "../../domain/result.ts";
import { parseTasks } from "./markdown-tasks.ts";
import { readPrd, storiesOf } from "./ralph-prd.ts";
import { toId } from "./settle-ids.ts";
import type { Format, Imported, SourceNote, SourceTask, SourceText } from "./source-plan.ts";
import { bullets, claimed, commandIn, commandNote, filesOf, nameOf } from "./task-text.ts";

/** Ralph loops: `prd.json` with user stories; or `fix_plan.md`, a list that one `PROMPT.md` is run against. */
export const ralph: Format = {
  name: "ralph",
  title: "Ralph (prd.json, or fix_plan.md with PROMPT.md)",
  besides: ["PROMPT.md"],
  detect: (text, json) =>
    json === undefined ? /^(?:[-*] \[[ xX]\] +|\d{1,4}\. +)\S/m.test(text) : storiesOf(json) !== null,
  read: (source) =>
    /^\s*[[{]/.test(source.text) && !/^\s*\[[ xX]?\]/.test(source.text)
      ? readPrd(source)
      : readFixPlan(source),
};

const doneHeading = /^(?:completed|done|finished|resolved|archived?|recently completed)\b/i;
const notWork =
  /^(?:rules?|notes?|legend|learnings?|context|how to|instructions?|format|log|known (?:issues|bugs) fixed)\b/i;

/** Each heading is a tier, each item of the first level a phase; what stands below an item belongs to it. */
function readFixPlan(source: SourceText): Imported {
  const { text, beside } = source;
  const boxed = /^[-*+] \[[ xX]\]/m.test(text);
  const { title, tasks, headings } = parseTasks(
    text,
    (task) =>
      task.indent === 0 &&
      (boxed
        ? task.ticked !== undefined
        : ![task.lead, ...task.headings.map((around) => around.text)].some((words) => notWork.test(words))),
  );
  if (tasks.length === 0) return readPrompt(source, title || headings[0]?.text || "");
  const notes: SourceNote[] = [];
  if (beside.has("PROMPT.md"))
    notes.push({
      kind: "left-out",
      message:
        "PROMPT.md lies beside it: standing instructions have no equivalent, move what a builder must know to the file that it reads (AGENTS.md)",
    });
  const tiers = new Map<number, { name: string; tasks: SourceTask[] }>();
  const seen = new Map<string, number>();
  for (const task of tasks) {
    const heading = task.headings.find(({ level }) => level >= 2) ?? task.headings[0];
    const done = task.headings.some((around) => doneHeading.test(around.text));
    if (done && task.ticked === undefined) {
      notes.push({
        kind: "left-out",
        message: "an entry under a heading of completed work: a claim, and no task",
        line: task.line,
      });
      continue;
    }
    const name = nameOf(task.text);
    const slug = toId(nameOf(task.text.replaceAll(/[`*]/g, ""), 44).toLowerCase(), `item-${task.line}`);
    const count = (seen.get(slug) ?? 0) + 1;
    seen.set(slug, count);
    const id = count === 1 ? slug : `${slug}-${count}`;
    const where = { task: id, line: task.line };
    if (task.ticked || done) notes.push(claimed(where, "it is ticked"));
    const commands = task.details.map(commandIn).filter((command) => command !== null);
    if (commands.length > 0) notes.push(commandNote(where));
    const files = filesOf([task.text, ...task.details], where);
    notes.push(...files.notes);
    const tier = tiers.get(heading?.line ?? 0) ?? { name: heading?.text ?? "Plan", tasks: [] };
    tiers.set(heading?.line ?? 0, tier);
    tier.tasks.push({
      id,
      name,
      description: [task.text, bullets(task.details)],
      deliverables: files.deliverables,
      read: files.read,
      acceptance: commands,
      dependsOn: [],
      line: task.line,
    });
  }
  const subject = /^(?:fix[ _]?plan(?:\.md)?|plan|todo|implementation plan)$/i.test(title) ? "" : title;
  return ok({
    name: subject || "fix-plan",
    goal: subject || "Work off the fix plan",
    tiers: [...tiers.values()],
    parts: new Map(),
    notes,
  });
}

/** A prompt without a list is one piece of work. */
function readPrompt({ text }: SourceText, title: string): Imported {
  const where = { task: "prompt", line: 1 };
  const files = filesOf([text], where);
  const whole: SourceNote = {
    kind: "left-out",
    message: "it holds no list of tasks: the whole text became one phase",
    line: 1,
  };
  return ok({
    name: title || "prompt",
    goal: nameOf(title || text, 200),
    tiers: [
      {
        name: "Prompt",
        tasks: [
          {
            id: "prompt",
            name: nameOf(title || text),
            description: [text],
            deliverables: files.deliverables,
            read: files.read,
            dependsOn: [],
            line: 1,
          },
        ],
      },
    ],
    parts: new Map(),
    notes: [whole, ...files.notes],
  });
}
