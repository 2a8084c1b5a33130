import { createNote, type Note, type NoteDraft } from "./note.ts";

/** Notes in memory, by id. */
export class Library {
  readonly #notes = new Map<string, Note>();
  #lastId = 0;

  add(draft: NoteDraft, now: Date = new Date()): Note {
    const note = createNote(draft, `note-${this.#lastId + 1}`, now);
    this.#lastId += 1;
    this.#notes.set(note.id, note);
    return note;
  }

  find(id: string): Note | undefined {
    return this.#notes.get(id);
  }

  /** Whether there was such a note. */
  remove(id: string): boolean {
    return this.#notes.delete(id);
  }

  /** All notes, newest first. */
  list(): Note[] {
    return [...this.#notes.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }
}
