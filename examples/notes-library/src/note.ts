import { normaliseTag } from "./tags.ts";

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** Normalised, each once, in the order given. */
  readonly tags: readonly string[];
  readonly pinned: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface NoteDraft {
  readonly title: string;
  readonly body?: string;
  readonly tags?: readonly string[];
  readonly pinned?: boolean;
}

/** @throws RangeError when the title is blank. */
export function createNote(draft: NoteDraft, id: string, now: Date): Note {
  const title = draft.title.trim();
  if (title === "") throw new RangeError("a note needs a title");
  const tags = (draft.tags ?? []).map(normaliseTag).filter((tag) => tag !== "");
  return {
    id,
    title,
    body: draft.body ?? "",
    tags: [...new Set(tags)],
    pinned: draft.pinned ?? false,
    createdAt: now.toISOString(),
  };
}
