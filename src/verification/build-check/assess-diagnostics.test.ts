import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../domain/finding.ts";
import { assessDiagnostics, type CommandReport } from "./assess-diagnostics.ts";
import { compareDiagnostics } from "./compare-diagnostics.ts";

const at = (line: number | null, more: Partial<Diagnostic> = {}): Diagnostic => ({
  path: "src/a.ts",
  line,
  column: 1,
  severity: "error",
  rule: "TS2304",
  message: "Cannot find name 'x'.",
  ...more,
});
const report = (exitCode: number, diagnostics: readonly Diagnostic[], isWhole = true): CommandReport => ({
  exitCode,
  diagnostics,
  isWhole,
});
const linesOf = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ line }) => line);

describe("compareDiagnostics", () => {
  it("knows what was there, wherever it moved to and whatever it counts", () => {
    const before = [at(10), at(20, { message: "Expected 2 arguments, but got 3." })];
    const now = [at(14), at(24, { message: "Expected 2 arguments, but got 4." })];
    expect(compareDiagnostics(before, now)).toEqual({ fresh: [], known: now });
  });
  it.each([
    ["another file", { path: "src/b.ts" }],
    ["another rule", { rule: "TS2552" }],
    ["another message", { message: "Cannot find name 'y'." }],
  ])("finds fresh what is of %s", (_what, more) => {
    expect(compareDiagnostics([at(1)], [at(1, more)]).fresh).toEqual([at(1, more)]);
  });
  it("knows as many as there were, and those on their old lines first", () => {
    const { fresh, known } = compareDiagnostics([at(10), at(30)], [at(5), at(10), at(30)]);
    expect([linesOf(fresh), linesOf(known)]).toEqual([[5], [10, 30]]);
  });
  it("finds all fresh without a baseline", () => {
    expect(compareDiagnostics(null, [at(1)])).toEqual({ fresh: [at(1)], known: [] });
  });

  const some = fc.array(
    fc
      .record({
        line: fc.integer({ min: 1, max: 9 }),
        rule: fc.constantFrom("a", "b"),
        n: fc.constantFrom("x", "y"),
      })
      .map(({ line, rule, n }) => at(line, { rule, message: n })),
    { maxLength: 12 },
  );
  it("parts what is there now: nothing is lost, and a tree beside itself has nothing fresh", () => {
    fc.assert(
      fc.property(some, some, (before, now) => {
        const { fresh, known } = compareDiagnostics(before, now);
        expect(fresh.length + known.length).toBe(now.length);
        expect(known.length).toBeLessThanOrEqual(before.length);
        expect(compareDiagnostics(now, now).fresh).toEqual([]);
      }),
    );
  });
  it("finds fresh one more for each that is added", () => {
    fc.assert(
      fc.property(some, some, fc.integer({ min: 1, max: 9 }), (before, now, line) => {
        const added = at(line, { message: "new" });
        expect(compareDiagnostics(before, [...now, added]).fresh.length).toBe(
          compareDiagnostics(before, now).fresh.length + 1,
        );
      }),
    );
  });
});

describe("assessDiagnostics", () => {
  const warning = at(1, { severity: "warning", rule: "eqeqeq" });
  it.each<[string, CommandReport, CommandReport | null, string]>([
    ["an exit with 0 passes, whatever was said", report(0, [at(1)]), null, "passed"],
    ["a failure that names no place fails as it is", report(1, []), report(1, []), "failed"],
    ["a failure fails where nothing is known of before", report(1, [at(1)]), null, "failed"],
    ["errors that were there before are known", report(2, [at(5)]), report(2, [at(1), at(3)]), "known"],
    ["one new error among known ones fails", report(1, [at(1), at(2)]), report(1, [at(1)]), "failed"],
    [
      "another exit code fails: something else is wrong too",
      report(2, [at(1)]),
      report(1, [at(1)]),
      "failed",
    ],
    ["known warnings explain no failure that is new", report(1, [warning]), report(0, [warning]), "failed"],
    [
      "a new warning fails where warnings alone make it fail",
      report(1, [warning, at(2, { severity: "warning" })]),
      report(1, [warning]),
      "failed",
    ],
    [
      "a new warning beside known errors fails nothing",
      report(1, [at(1), warning]),
      report(1, [at(1)]),
      "known",
    ],
    ["what was cut may hide an error", report(1, [at(1)], false), report(1, [at(1)]), "failed"],
    ["so may a baseline that was cut", report(1, [at(1)]), report(1, [at(1)], false), "failed"],
  ])("%s", (_what, now, baseline, outcome) => {
    expect(assessDiagnostics(now, baseline).outcome).toBe(outcome);
  });
  it("says why, with counts", () => {
    expect(assessDiagnostics(report(1, [at(1), at(2)]), report(1, [at(1)])).why).toBe(
      "It exited with 1, with 1 error that was not there before.",
    );
    expect(assessDiagnostics(report(1, [at(1)]), report(1, [at(1)])).why).toBe(
      "It exited with 1, as before the change: 1 error, none of them new.",
    );
    expect(assessDiagnostics(report(1, []), null).why).toBe(
      "It exited with 1, and its output names no place.",
    );
  });
  it("is never kinder for one error more", () => {
    const rank = { passed: 2, known: 1, failed: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 })),
        fc.array(fc.integer({ min: 1, max: 5 })),
        (before, now) => {
          const baseline = report(
            1,
            before.map((line) => at(line)),
          );
          const fewer = assessDiagnostics(
            report(
              1,
              now.map((line) => at(line)),
            ),
            baseline,
          );
          const more = assessDiagnostics(
            report(1, [...now.map((line) => at(line)), at(9, { rule: "new" })]),
            baseline,
          );
          expect(rank[more.outcome]).toBeLessThanOrEqual(rank[fewer.outcome]);
        },
      ),
    );
  });
});
