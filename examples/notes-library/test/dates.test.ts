import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf } from "../src/dates.ts";

test("tells the day of a note", () => {
  assert.equal(dayOf({ createdAt: "2026-03-01T09:00:00.000Z" }), "2026-03-01");
});

// Wrong since before any plan: east of Greenwich it was the second of March by then.
test("tells the day where the reader is", () => {
  assert.equal(dayOf({ createdAt: "2026-03-01T23:30:00.000+00:00" }), "2026-03-02");
});
