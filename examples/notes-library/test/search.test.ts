import assert from "node:assert/strict";
import { test } from "node:test";
import { createNote } from "../src/note.ts";
import { search } from "../src/search.ts";

const now = new Date("2026-03-01");
const notes = [
  createNote({ title: "Tomatoes", body: "Sow in March", tags: ["garden"] }, "note-1", now),
  createNote({ title: "Taxes", body: "Due in May" }, "note-2", now),
];

test("finds notes by words of title, body and tags, whatever their case", () => {
  assert.deepEqual(
    search(notes, "GARDEN march").map((note) => note.id),
    ["note-1"],
  );
});

test("finds every note for an empty query", () => {
  assert.equal(search(notes, " ").length, 2);
});
