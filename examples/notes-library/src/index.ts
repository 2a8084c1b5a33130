export { Library } from "./library.ts";
export { toMarkdown } from "./markdown.ts";
export { createNote, type Note, type NoteDraft } from "./note.ts";
export { search } from "./search.ts";
export { hasTag, normaliseTag } from "./tags.ts";
