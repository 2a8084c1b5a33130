import assert from "node:assert/strict";
import { test } from "node:test";
import { hasTag, normaliseTag } from "../src/tags.ts";

test("stores a tag in lower case, without marks and blanks", () => {
  assert.equal(normaliseTag("#Home Office "), "home-office");
});

test("finds a tag however it is written", () => {
  assert.ok(hasTag({ tags: [normaliseTag("Garden")] }, "#GARDEN"));
});
