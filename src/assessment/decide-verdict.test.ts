import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { claim, deliverable, judgement } from "../../test/harness/made-records.ts";
import { deliverableStates } from "../domain/assessment.ts";
import type { Certificate } from "../domain/certificate.ts";
import { decideVerdict, rankOf, type VerdictInput } from "./decide-verdict.ts";

const failed: VerdictInput = {
  phase: { recorded: "failed", certificate: null },
  purpose: "unknown",
  deliverables: [],
  claims: [],
  denyingDocuments: [],
  supersededBy: null,
};
const complete: VerdictInput = { ...failed, phase: { recorded: "complete", certificate: null } };
const done = claim("done", { kind: "run", runId: "run" });
const ok = deliverable("a", "ok");
const denied = deliverable("b", "denied");
const touched = deliverable("c", "touched");
const prose = deliverable(null, "unjudged");

describe("the verdict, row by row", () => {
  test.each<[string, VerdictInput, string, string]>([
    [
      "a run recorded as validation is evidence",
      { ...complete, purpose: "validation", deliverables: [denied] },
      "evidence-run",
      "validation",
    ],
    ["a run recorded as work is judged", { ...failed, purpose: "work", deliverables: [ok] }, "delivered", ""],
    ["no deliverable at all", failed, "unknown", "nothing to judge"],
    ["nothing but prose", { ...complete, deliverables: [prose] }, "unknown", "nothing to judge"],
    [
      "recorded complete, one denied then",
      { ...complete, deliverables: [ok, denied] },
      "false-complete",
      "1 of 2",
    ],
    [
      "recorded complete, denied then and there now",
      { ...complete, deliverables: [ok, deliverable("b", "ok", "denied")] },
      "false-complete",
      "1 of 2; false then, 1 filled by cccccccccccc",
    ],
    [
      "recorded complete and all there then",
      { ...complete, deliverables: [deliverable("a", "denied", "ok"), prose] },
      "complete",
      "",
    ],
    [
      "recorded complete, one only touched",
      { ...complete, deliverables: [ok, touched] },
      "unknown",
      "unproven",
    ],
    [
      "said to be done, and denied",
      { ...failed, deliverables: [ok, denied], claims: [done] },
      "contradicted",
      "1 of 2 denied",
    ],
    [
      "said not to be done, and denied",
      { ...failed, deliverables: [denied], claims: [{ ...done, says: "not-done" }] },
      "not-delivered",
      "0 of 1",
    ],
    [
      "an own document claims what is denied",
      { ...failed, deliverables: [ok], denyingDocuments: ["docs/x.md"] },
      "contradicted",
      "0 of 1 denied",
    ],
    [
      "the same work later",
      { ...failed, deliverables: [ok], supersededBy: "run/b" },
      "superseded",
      "by run/b",
    ],
    ["all there", { ...failed, deliverables: [ok, prose], claims: [done] }, "delivered", ""],
    [
      "some there, some denied",
      { ...failed, deliverables: [ok, denied, touched] },
      "partial",
      "1 of 3; denied: b",
    ],
    ["all denied", { ...failed, deliverables: [denied, denied] }, "not-delivered", "0 of 2"],
    ["touched only", { ...failed, deliverables: [touched] }, "unknown", "unproven"],
    ["there before", { ...failed, deliverables: [deliverable("a", "prior"), ok] }, "unknown", "unproven"],
  ])("%s", (_, input, name, detail) => {
    expect(decideVerdict(input)).toEqual({ name, detail });
  });

  test("a certificate proves how it stood, wherever its branch is now", () => {
    const certified = { recorded: "complete" as const, certificate: {} as Certificate };
    expect(decideVerdict({ ...complete, phase: certified, deliverables: [denied] }).name).toBe("complete");
  });
});

const state = fc.constantFrom(...deliverableStates);
const item = fc.record({ path: fc.constantFrom("a", "b", "c"), now: state, before: state });
const inputs = fc.record({
  recorded: fc.constantFrom("complete", "failed", "unfinished", "not-started"),
  purpose: fc.constantFrom("unknown", "work", "validation"),
  items: fc.array(item, { maxLength: 6 }),
  claims: fc.array(fc.constantFrom<"done" | "not-done">("done", "not-done"), { maxLength: 2 }),
});
type Made = typeof inputs extends fc.Arbitrary<infer T> ? T : never;
const inputOf = ({ recorded, purpose, items, claims }: Made): VerdictInput => ({
  ...failed,
  phase: { recorded: recorded as "complete", certificate: null },
  purpose: purpose as "work",
  deliverables: items.map(({ path, now, before }) => deliverable(path, now, before)),
  claims: claims.map((says) => ({ ...done, says })),
});
const rank = (input: VerdictInput): number => rankOf(decideVerdict(input).name);
const withState = (input: VerdictInput, index: number, to: "ok" | "denied"): VerdictInput => ({
  ...input,
  deliverables: input.deliverables.map((one, at) =>
    at === index ? { ...one, now: judgement(to), asRecorded: judgement(to) } : one,
  ),
});

describe("the laws of the verdict", () => {
  const cases = fc.tuple(inputs, fc.nat(5));

  test("a deliverable that is satisfied after all never lowers it", () => {
    fc.assert(
      fc.property(cases, ([made, index]) => {
        const before = inputOf(made);
        expect(rank(withState(before, index, "ok"))).toBeGreaterThanOrEqual(rank(before));
      }),
      { numRuns: 2000 },
    );
  });

  test("a deliverable that is denied after all never raises it", () => {
    fc.assert(
      fc.property(cases, ([made, index]) => {
        const before = inputOf(made);
        expect(rank(withState(before, index, "denied"))).toBeLessThanOrEqual(rank(before));
      }),
      { numRuns: 2000 },
    );
  });

  test("no claim ever raises it", () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom<"done" | "not-done">("done", "not-done"), (made, says) => {
        const before = inputOf(made);
        const after = { ...before, claims: [...before.claims, { ...done, says }] };
        expect(rank(after)).toBeLessThanOrEqual(rank(before));
      }),
      { numRuns: 2000 },
    );
  });
});
