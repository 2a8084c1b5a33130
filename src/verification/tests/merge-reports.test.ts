import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReport, recorded, statusesOf } from "../../../test/harness/test-reports.ts";
import { mergeReports } from "./merge-reports.ts";

const limits = { tests: 100, textBytes: 1000 };
const reports = await Promise.all(
  ["vitest.json", "vitest.xml", "jest.json", "go.jsonl", "nextest.xml"].map((name) =>
    readReport(recorded(name)),
  ),
);

describe("several reports of one run", () => {
  it("are one, whatever their order: each test with its worst end, and all that was not run", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(reports, { minLength: 1 }), (some) => {
        const [merged, reversed] = [mergeReports(some, limits), mergeReports(some.toReversed(), limits)];
        if (!merged.ok || !reversed.ok) throw new Error("not merged");
        expect(reversed.value.tests).toEqual(merged.value.tests);
        expect(reversed.value.collectionErrors).toEqual(merged.value.collectionErrors);
        const { tests, collectionErrors, incomplete } = merged.value;
        for (const report of some) {
          const failed = Object.entries(statusesOf(report)).filter(([, status]) => status === "failed");
          for (const [id] of failed) expect(tests.find((test) => test.id === id)?.status).toBe("failed");
          for (const error of report.collectionErrors) expect(collectionErrors).toContainEqual(error);
          if (report.incomplete !== undefined) expect(incomplete).toContain(report.incomplete);
        }
        expect(tests).toHaveLength(
          new Set(some.flatMap((report) => report.tests.map((test) => test.id))).size,
        );
      }),
    );
  });

  it("are held to the limits together", () => {
    expect(mergeReports(reports, { ...limits, tests: 20 })).toMatchObject({
      ok: false,
      error: { kind: "over-limits" },
    });
    expect(mergeReports([], limits)).toMatchObject({ ok: false, error: { kind: "empty" } });
  });
});
