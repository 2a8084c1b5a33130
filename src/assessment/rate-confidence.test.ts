import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliverable, judgement, phaseRecord } from "../../test/harness/made-records.ts";
import {
  attributions,
  type DeliverableEvidence,
  type PhaseEvidence,
  type StrengthBasis,
  strengths,
  type VerdictName,
} from "../domain/assessment.ts";
import type { Certificate } from "../domain/certificate.ts";
import type { PhaseRecord } from "../domain/record.ts";
import { rateConfidence } from "./rate-confidence.ts";

const evidence = (...deliverables: DeliverableEvidence[]): PhaseEvidence => ({
  runId: "run",
  phaseId: "a",
  deliverables,
  ownTestsPass: null,
  testsFirstPassAt: null,
});
const ok = (path: string, basis: StrengthBasis, attribution: keyof typeof attributions = "own") =>
  deliverable(path, "ok", "ok", {
    now: judgement("ok", { basis, attribution }),
    asRecorded: judgement("ok", { basis, attribution }),
  });
const no = (path: string, basis: StrengthBasis) =>
  deliverable(path, "denied", "denied", { now: judgement("denied", { basis }) });
const rate = (verdict: VerdictName, found: PhaseEvidence, more: Partial<PhaseRecord> = {}) =>
  rateConfidence(verdict, phaseRecord("a", more), found);

describe("confidence", () => {
  test.each<[string, VerdictName, PhaseEvidence, Partial<PhaseRecord>, number | null, string | null]>([
    [
      "positive: the weakest entry",
      "delivered",
      evidence(ok("a", "symbol-unreachable"), ok("b", "created")),
      {},
      60,
      "b",
    ],
    [
      "positive: never above 75 without a certificate",
      "delivered",
      evidence(ok("a", "symbol-reachable")),
      {},
      75,
      "a",
    ],
    [
      "positive: takes the share that was judged",
      "delivered",
      evidence(ok("a", "created"), deliverable(null, "unjudged")),
      {},
      30,
      "a",
    ],
    [
      "positive: takes attribution into account",
      "delivered",
      evidence(ok("a", "created", "later"), ok("b", "created", "shared")),
      {},
      42,
      "b",
    ],
    [
      "positive: own tests that pass",
      "delivered",
      { ...evidence(ok("a", "document")), ownTestsPass: true },
      {},
      75,
      "a",
    ],
    [
      "negative: the strongest denial",
      "not-delivered",
      evidence(no("a", "untouched-edit"), no("b", "absent")),
      {},
      90,
      "b",
    ],
    [
      "negative: ignored files may be there",
      "not-delivered",
      evidence(no("a", "absent-ignored")),
      {},
      50,
      "a",
    ],
    [
      "partial: the weaker of both",
      "partial",
      evidence(ok("a", "symbol-reachable"), no("b", "untouched-edit")),
      {},
      75,
      "b",
    ],
    [
      "an uncertain beginning",
      "not-delivered",
      evidence(no("a", "absent")),
      { beginning: { at: "2026-01-01T00:00:00.000Z", certain: false } },
      60,
      "a",
    ],
    ["no beginning at all", "not-delivered", evidence(no("a", "absent")), { beginning: null }, 60, "a"],
    ["unknown has none", "unknown", evidence(ok("a", "created")), {}, null, null],
    ["superseded has none", "superseded", evidence(ok("a", "created")), {}, null, null],
  ])("%s", (_, verdict, found, more, confidence, setBy) => {
    expect(rate(verdict, found, more)).toMatchObject({ confidence, setBy });
  });

  test("a certificate is as sure as it gets", () => {
    const certified = { recorded: "complete" as const, certificate: {} as Certificate };
    expect(rate("complete", evidence(), certified)).toMatchObject({
      confidence: 100,
      setBy: "its certificate",
    });
  });

  test("says of every basis what would change it", () => {
    for (const basis of Object.keys(strengths) as StrengthBasis[])
      expect(rate("not-delivered", evidence(no("a", basis))).wouldChange).toMatch(/\w/);
  });

  test("own tests that pass never lower it, and one more denial never lowers that of a denial", () => {
    const bases = fc.constantFrom(...(Object.keys(strengths) as StrengthBasis[]));
    const whose = fc.constantFrom(...(Object.keys(attributions) as (keyof typeof attributions)[]));
    fc.assert(
      fc.property(fc.array(fc.tuple(bases, whose), { minLength: 1 }), bases, (made, another) => {
        const found = evidence(...made.map(([basis, attribution], at) => ok(`${at}`, basis, attribution)));
        const before = rate("delivered", found).confidence ?? 0;
        expect(rate("delivered", { ...found, ownTestsPass: true }).confidence).toBeGreaterThanOrEqual(before);
        const denials = made.map(([basis], at) => no(`${at}`, basis));
        expect(
          rate("not-delivered", evidence(...denials, no("x", another))).confidence,
        ).toBeGreaterThanOrEqual(rate("not-delivered", evidence(...denials)).confidence ?? 0);
      }),
    );
  });
});
