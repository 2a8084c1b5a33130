import assert from "node:assert/strict";
import { test } from "node:test";
import { createNote } from "../src/note.ts";

const now = new Date("2026-03-01T09:00:00Z");

test("keeps each tag once", () => {
  const note = createNote({ title: "Seeds", tags: ["garden", "#garden", ""] }, "note-1", now);
  assert.deepEqual(note.tags, ["garden"]);
});

test("refuses a blank title", () => {
  assert.throws(() => createNote({ title: "  " }, "note-1", now), RangeError);
});
