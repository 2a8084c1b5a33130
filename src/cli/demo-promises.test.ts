import { expect, test } from "vitest";
import type { RunState } from "../domain/fold.ts";
import { compareOutcomes, parsePromises, showOutcome } from "./demo-promises.ts";

const promises = parsePromises(`
phases:
  first: { because: integrated first, state: complete, attempts: 1 }
  second: { because: fails once merged, state: failed, attempts: 1, failure: merge-check-failed }
  guide: { because: needs the second, state: blocked, attempts: 0, blocked_by: second }
interchangeable: [first, second]
`);

/** A run's phases as far as they are compared. */
function runOf(phases: Readonly<Record<string, string>>): RunState {
  const states = Object.entries(phases).map(([id, state]) => ({
    spec: { id },
    state,
    attempts: state === "blocked" ? [] : [{}],
    ...(state === "failed" ? { failure: { kind: "merge-check-failed" } } : {}),
    ...(state === "blocked" ? { blockedBy: "second" } : {}),
  }));
  return { phases: states } as unknown as RunState;
}
const verdicts = (phases: Readonly<Record<string, string>>) =>
  compareOutcomes(promises, runOf(phases)).map(({ phaseId, ok }) => `${phaseId} ${ok}`);

test("accepts what was promised, and the two interchangeable phases the other way round", () => {
  const all = ["first true", "second true", "guide true"];
  expect(verdicts({ first: "complete", second: "failed", guide: "blocked" })).toEqual(all);
  expect(verdicts({ first: "failed", second: "complete", guide: "blocked" })).toEqual(all);
});

test("names every phase that ends otherwise, is missing, or was never promised", () => {
  expect(verdicts({ first: "complete", second: "complete", other: "complete" })).toEqual([
    "first true",
    "second false",
    "guide false",
    "other false",
  ]);
});

test("shows an outcome in words", () => {
  const [, second, guide] = compareOutcomes(promises, runOf({ second: "failed", guide: "blocked" }));
  expect(showOutcome(second?.actual ?? null)).toBe("failed, merge-check-failed, 1 attempt");
  expect(showOutcome(guide?.actual ?? null)).toBe("blocked by second");
  expect(showOutcome(null)).toBe("nothing");
});
