import { cleanLines, stripControl } from "./text.ts";

/** Text from outside as Markdown that shows it and does nothing: one line, no markup, no HTML, no table cell's end. */
export function escapeMarkdown(text: string): string {
  return stripControl(text)
    .replaceAll(/[\\`*[\]<>|~]/g, "\\$&")
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_")
    .replaceAll(/&(?=#?\w+;)/g, "&amp;")
    .replace(/^[#+=-]/, "\\$&")
    .replace(/^(\d+)([.)])/, "$1\\$2");
}

const fenceFor = (text: string, least: number): string => {
  const runs = text.match(/`+/g) ?? [];
  return "`".repeat(Math.max(least, ...runs.map((run) => run.length + 1)));
};

/** Text from outside as a code span; `(empty)` for nothing, since Markdown has no empty span. */
export function codeSpan(text: string): string {
  const line = stripControl(text);
  if (line === "") return "(empty)";
  const fence = fenceFor(line, 1);
  const pad = /^`|`$/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/**
 * As `codeSpan`, where a table's cell must not end: GFM reads `\|` as a bar even inside code. A backslash of the
 * text's own before a bar would undo that, and cannot be escaped in code, so such a text is shown as prose.
 */
export const codeCell = (text: string): string =>
  /\\\|/.test(stripControl(text)) ? escapeMarkdown(text) : codeSpan(text).replaceAll("|", "\\|");

/** Text of several lines as a fenced block. */
export function codeBlock(text: string, indent = ""): string[] {
  const lines = cleanLines(text);
  const fence = fenceFor(text, 3);
  return [fence, ...lines, fence].map((line) => `${indent}${line}`.trimEnd());
}

/** A table; cells are Markdown already. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)];
}
