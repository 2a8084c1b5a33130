import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../src/index.ts";

test("lists notes newest first", () => {
  const library = new Library();
  library.add({ title: "Older" }, new Date("2026-03-01"));
  library.add({ title: "Newer" }, new Date("2026-03-02"));
  assert.deepEqual(
    library.list().map((note) => note.title),
    ["Newer", "Older"],
  );
});

test("finds a note by its id until it is removed", () => {
  const library = new Library();
  const { id } = library.add({ title: "Shopping" });
  assert.equal(library.find(id)?.title, "Shopping");
  assert.equal(library.remove(id), true);
  assert.equal(library.find(id), undefined);
});
