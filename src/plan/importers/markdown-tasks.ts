/** One item of a task list in Markdown. */
export interface MarkdownTask {
  /** Text of the item with the lines that go on with it; markers and ticks are taken off. */
  readonly text: string;
  /** undefined where the item has no box. */
  readonly ticked: boolean | undefined;
  /** A `*` right after the box: Kiro's sign for a task that may be left out. */
  readonly optional: boolean;
  /** A number at its beginning, as `2.1`. */
  readonly number?: string;
  /** Columns before its marker. */
  readonly indent: number;
  /** The list items below it that are no tasks, one line each, without markers; deeper ones are indented. */
  readonly details: readonly string[];
  /** Headings around it, outermost first. */
  readonly headings: readonly Heading[];
  /** The last line of prose before its list, under the same heading: `Rules:`. */
  readonly lead: string;
  readonly line: number;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

export interface MarkdownTasks {
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly tasks: readonly MarkdownTask[];
  /** Text under a heading before any task, by the heading's line; 0: before the first heading. */
  readonly prose: ReadonlyMap<number, readonly string[]>;
}

const longestText = 200_000;
/** More than a plan can hold, so that whoever has more is refused. */
const mostTasks = 20_000;

type Open = { -readonly [Key in keyof MarkdownTask]: MarkdownTask[Key] } & { details: string[] };

const item = /^([ \t]*)(?:[-*+]|(\d{1,4})[.)])[ \t]+(?:\[([ xX~-])\](\*?)[ \t]*)?(.*)$/;
const numbered = /^(\d{1,4}(?:\.\d{1,4}){0,3})\.?[ \t]+(.*)$/;

/**
 * The list items of a Markdown text that `isTask` takes for tasks, with what stands below them. Code blocks and
 * comments hold none.
 */
export function parseTasks(text: string, isTask: (task: MarkdownTask) => boolean): MarkdownTasks {
  const headings: Heading[] = [];
  const around: Heading[] = [];
  const tasks: Open[] = [];
  const prose = new Map<number, string[]>();
  let title = "";
  let lead = "";
  let current: Open | null = null;
  let inDetail = false;
  let firstDetail = 0;
  for (const { line, number: at, code } of linesOf(text)) {
    if (tasks.length >= mostTasks) break;
    const heading = code ? null : /^(#{1,6})[ \t]+(.+)$/.exec(line);
    if (heading) {
      const [, marks = "", words = ""] = heading;
      const found = { level: marks.length, text: plain(trimEndOf(words, " \t#")), line: at };
      if (title === "" && found.level === 1) title = found.text;
      headings.push(found);
      while ((around.at(-1)?.level ?? 0) >= found.level) around.pop();
      around.push(found);
      current = null;
      lead = "";
      continue;
    }
    const found = code ? null : item.exec(line);
    const open = found === null ? null : openTask(found, at, around, lead);
    if (open !== null && isTask(open)) {
      tasks.push(open);
      current = open;
      inDetail = false;
    } else if (line.trim() === "") {
      // A blank line ends the item's own text, not what stands indented below it.
    } else if (current !== null && indentOf(line) > current.indent) {
      if (open !== null || (inDetail && code)) {
        if (!inDetail) firstDetail = indentOf(line);
        const deeper = " ".repeat(Math.max(0, indentOf(line) - firstDetail));
        current.details.push(`${deeper}${line.trim().replace(/^[-*+][ \t]+/, "")}`);
        inDetail = true;
      } else if (inDetail) current.details.push(`${current.details.pop() ?? ""} ${line.trim()}`);
      else current.text += ` ${line.trim()}`;
    } else if (!code) {
      current = null;
      if (found === null) lead = line.trim();
      const under = around.at(-1)?.line ?? 0;
      prose.set(under, [...(prose.get(under) ?? []), line.trim()].slice(0, 200));
    }
  }
  return { title, headings, tasks, prose };
}

function openTask(found: RegExpExecArray, line: number, around: readonly Heading[], lead: string): Open {
  const [, indent = "", count, box, star, rest = ""] = found;
  const inner = numbered.exec(rest);
  const number = inner?.[1] ?? count;
  return {
    text: (inner?.[2] ?? rest).trim().slice(0, longestText),
    ticked: box === undefined ? undefined : /x/i.test(box),
    optional: star === "*",
    ...(number === undefined ? {} : { number }),
    indent: columns(indent),
    details: [],
    headings: [...around],
    lead,
    line,
  };
}

/** Every line with its number, front matter and comments taken out, code marked. */
function* linesOf(
  text: string,
): Iterable<{ readonly line: string; readonly number: number; readonly code: boolean }> {
  let fence: string | null = null;
  let comment = false;
  let front = /^---\r?\n/.test(text);
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1;
    if (front) {
      if (index > 0 && raw.trimEnd() === "---") front = false;
      continue;
    }
    const mark = comment ? undefined : /^\s*(```+|~~~+)/.exec(raw)?.[1]?.slice(0, 3);
    if (mark !== undefined) {
      fence = fence === null ? mark : fence === mark ? null : fence;
      yield { line: raw, number, code: true };
      continue;
    }
    if (fence !== null) {
      yield { line: raw, number, code: true };
      continue;
    }
    let line = "";
    for (let rest = raw; rest !== ""; ) {
      const cut = rest.indexOf(comment ? "-->" : "<!--");
      if (!comment) line += cut === -1 ? rest : rest.slice(0, cut);
      if (cut === -1) break;
      rest = rest.slice(cut + (comment ? 3 : 4));
      comment = !comment;
    }
    yield { line, number, code: false };
  }
}

const indentOf = (line: string): number => columns(/^[ \t]*/.exec(line)?.[0] ?? "");
const columns = (space: string): number => space.replaceAll("\t", "    ").length;

/** Without the marks of bold and code. */
export const plain = (text: string): string => text.replaceAll(/\*\*|__|`/g, "").trim();

/** Without any of the signs at its end, in one pass: what a text of nothing else may be long in. */
export function trimEndOf(text: string, signs: string): string {
  let end = text.length;
  while (end > 0 && signs.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
