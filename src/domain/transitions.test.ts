import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endedRunStates, runStates } from "./run.ts";
import {
  endedPhaseStates,
  findPhaseTransition,
  findRunTransition,
  type LegalPhaseEvent,
  nextPhaseState,
  phaseStates,
  phaseTransitions,
  runTransitions,
  satisfiedPhaseStates,
} from "./transitions.ts";

/** All states that some sequence of events leads to from `from`. */
function reachable(
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
  from: string,
): Set<string> {
  const seen = new Set([from]);
  for (const state of seen) for (const next of Object.values(table[state] ?? {})) seen.add(next);
  return seen;
}

describe("the transitions of a phase", () => {
  test("lead on from every state that has not ended, and nowhere from one that has", () => {
    for (const state of phaseStates)
      expect(Object.keys(phaseTransitions[state]).length === 0).toBe(endedPhaseStates.includes(state));
  });

  test("reach every state from queued, and an ended one from every state", () => {
    expect([...reachable(phaseTransitions, "queued")].sort()).toEqual([...phaseStates].sort());
    for (const state of phaseStates)
      expect(
        [...reachable(phaseTransitions, state)].some((name) => endedPhaseStates.some((end) => end === name)),
      ).toBe(true);
  });

  test("let dependants start only after a proof", () => {
    const into = Object.values(phaseTransitions).flatMap((row) => Object.entries(row));
    const proofs = into.filter(([, to]) => satisfiedPhaseStates.includes(to)).map(([event]) => event);
    expect(new Set(proofs)).toEqual(new Set(["phase-completed", "phase-skipped"]));
  });

  test("are types: an illegal pair does not compile", () => {
    expect(nextPhaseState("queued", "attempt-started")).toBe("executing");
    expect(nextPhaseState("verifying", "phase-completed")).toBe("complete");
    // @ts-expect-error a queued phase has no change to read
    expect(nextPhaseState("queued", "change-read")).toBeUndefined();
    // @ts-expect-error a phase is never completed without having been verified
    expect(nextPhaseState("executing", "phase-completed")).toBeUndefined();
    // @ts-expect-error a complete phase has no way out
    expect(nextPhaseState("complete", "attempt-started")).toBeUndefined();
    // @ts-expect-error nor a failed one
    const afterFailed: LegalPhaseEvent<"failed"> = "phase-delayed";
    expect(findPhaseTransition("failed", afterFailed)).toBeUndefined();
  });
});

describe("the transitions of a run", () => {
  test("lead on from every state that has not ended, and nowhere from one that has", () => {
    for (const state of runStates)
      expect(Object.keys(runTransitions[state]).length === 0).toBe(endedRunStates.includes(state));
  });

  test("let a run be taken up, and ended, in every state that has not ended", () => {
    for (const state of runStates.filter((name) => !endedRunStates.includes(name))) {
      expect(findRunTransition(state, "run-started")).toBe("running");
      expect(findRunTransition(state, "run-ended")).toBe("ended");
    }
  });

  test("reach every state that has not ended from created", () => {
    const open = runStates.filter((state) => !endedRunStates.includes(state));
    expect([...reachable(runTransitions, "created")].sort()).toEqual([...open, "ended"].sort());
  });
});

describe("a pair known only at run time", () => {
  test("is found when it is legal, and not when it is any other text", () => {
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom("constructor", "toString", "__proto__", "hasOwnProperty"),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...phaseStates),
        fc.constantFrom(...runStates),
        names,
        (phase, run, event) => {
          const legal = (row: object) => Object.keys(row).includes(event);
          expect(findPhaseTransition(phase, event) !== undefined).toBe(legal(phaseTransitions[phase]));
          expect(findRunTransition(run, event) !== undefined).toBe(legal(runTransitions[run]));
        },
      ),
    );
    for (const state of phaseStates)
      for (const [event, to] of Object.entries(phaseTransitions[state]))
        expect(findPhaseTransition(state, event)).toBe(to);
  });
});
