import { printable, quote } from "../wording.ts";
import { plain, trimEndOf } from "./markdown-tasks.ts";
import { namedFiles } from "./named-files.ts";
import type { SourceNote, SourceTask } from "./source-plan.ts";

/** The first line of a text as a name: without marks, cut at a word. */
export function nameOf(text: string, most = 100): string {
  const [line = ""] = plain(text).split("\n", 1);
  const words = trimEndOf(line.slice(0, 1000), ".:;, ");
  if (words.length <= most) return words;
  const short = words.slice(0, most);
  return `${short.slice(0, Math.max(short.lastIndexOf(" "), most / 2))}…`;
}

/** `Acceptance criteria:` and a line for each; nothing where there are none. */
export const listed = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [`${title}:`, ...lines.map((line) => `- ${line}`)].join("\n");

/** Details of a task as a list, nested as they were. */
export const bullets = (details: readonly string[]): string =>
  details.map((detail) => detail.replace(/^ */, (space) => `${space}- `)).join("\n");

type Where = Pick<SourceNote, "task" | "line">;

/** What is said of a task that its source calls done. */
export const claimed = (where: Where, words: string): SourceNote => ({
  kind: "claim",
  message: `${words}: a claim, and no evidence; the phase stays to be done`,
  ...where,
});

export const criteriaInWords = (where: Where): SourceNote => ({
  kind: "acceptance",
  message: "its criteria are words: write what a command can judge as `acceptance`",
  ...where,
});

export const noEquivalent = (kind: SourceNote["kind"], what: string, where: Where = {}): SourceNote => ({
  kind,
  message: `${what} has no equivalent in a plan`,
  ...where,
});

/** Fields that nobody reads, one note each. */
export const unread = (fields: readonly string[], where: Where = {}): SourceNote[] =>
  fields.map((field) => noEquivalent("field", `the field ${quote(field)}`, where));

/** What the texts of a task name: its deliverables, what it should read, and notes about folders. */
export function filesOf(
  texts: readonly string[],
  where: Where,
): Pick<SourceTask, "deliverables"> & { readonly read: string[]; readonly notes: SourceNote[] } {
  const { deliverables, read, folders } = namedFiles(texts.join("\n"));
  return {
    deliverables,
    read: [...read],
    notes: folders.slice(0, 20).map((folder) => ({
      kind: "folder" as const,
      message: `${quote(folder)} is a folder or a pattern: name the files in it that the task delivers`,
      ...where,
    })),
  };
}

/** `Verify: \`npm test\``: the command, where the line holds nothing else. */
export const commandIn = (line: string): string | null =>
  /^[*_]*(?:verify|verification|test command)[*_]*:[*_]*\s*`([^`\n]{1,500})`\.?$/i.exec(line.trim())?.[1] ??
  null;

export const commandNote = (where: Where): SourceNote => ({
  kind: "command",
  message: "its acceptance command is the source's: read it before it runs",
  ...where,
});

/** The last folder of a path, or the file's name without its ending. */
export function folderOf(file: string, pattern: RegExp): string {
  return printable(pattern.exec(file.replaceAll("\\", "/"))?.[1] ?? "");
}

/** Words from a name: `003-user_auth` is "user auth". */
export const spelled = (name: string): string =>
  name
    .replace(/^\d+[-_]/, "")
    .replaceAll(/[-_]+/g, " ")
    .trim();
