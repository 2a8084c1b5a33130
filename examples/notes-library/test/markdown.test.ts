import assert from "node:assert/strict";
import { test } from "node:test";
import { createNote, toMarkdown } from "../src/index.ts";

test("writes heading, tags and text", () => {
  const note = createNote({ title: "Seeds", body: "Basil\n", tags: ["garden"] }, "note-1", new Date());
  assert.equal(toMarkdown(note), "# Seeds\n\n#garden\n\nBasil\n");
});
