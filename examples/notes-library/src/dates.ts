import type { Note } from "./note.ts";

/** The day a note was made. */
export const dayOf = (note: Pick<Note, "createdAt">): string => note.createdAt.slice(0, 10);
