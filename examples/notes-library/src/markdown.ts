import type { Note } from "./note.ts";

/** A note as a Markdown file: a heading, its tags, its text. */
export function toMarkdown(note: Note): string {
  const tags = note.tags.map((tag) => `#${tag}`).join(" ");
  return `${[`# ${note.title}`, tags, note.body.trim()].filter(Boolean).join("\n\n")}\n`;
}
