import type { Note } from "./note.ts";

/** The notes that hold every word of the query in title, body or tags; letter case does not count. */
export function search(notes: readonly Note[], query: string): Note[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return notes.filter((note) => {
    const text = [note.title, note.body, ...note.tags].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
