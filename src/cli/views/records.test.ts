import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliverable, phaseRecord } from "../../../test/harness/made-records.ts";
import type { AssessedPhase, Assessment, MatrixRow } from "../../domain/assessment.ts";
import type { Disposition } from "../../domain/dispositions.ts";
import type { LogEntry } from "../build-log.ts";
import { assessmentMarkdown } from "./assessment-markdown.ts";
import { renderAssessment } from "./assessment-text.ts";
import { renderBacklog } from "./backlog.ts";
import { renderDisposition, renderDispositions } from "./dispositions.ts";
import { logMarkdown } from "./log-markdown.ts";
import { widthOf } from "./text.ts";

/** What a record of others may hold: markup, ends of lines and cells, terminal codes. */
const hostile = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    "a\n# heading\n- item",
    "x | y | z\r\n---",
    "\u001b[31mred\u001b]0;title\u0007",
    "`code` **bold** <script>",
    "![](http://evil.test/x)",
    "\u202egnp.exe",
  ),
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

const phaseOf = (runId: string, words: string, entry: string): AssessedPhase => ({
  record: phaseRecord(words, { runId, description: `${words}\n${words}`, recordedState: words }),
  origin: "imported",
  verdict: { name: "partial", detail: words, confidence: 1, setBy: null, wouldChange: null },
  cause: { party: "none", fingerprint: null, text: null },
  evidence: {
    runId,
    phaseId: words,
    deliverables: [{ ...deliverable("a", "denied"), entry }],
    ownTestsPass: null,
    testsFirstPassAt: null,
  },
  claims: [],
  recommendation: {
    action: "defer",
    effortMinutes: null,
    criticality: { level: "low", why: "" },
    reason: words,
    unblocks: [],
  },
});

const rowOf = (words: string): MatrixRow => ({
  subject: words,
  status: words,
  verdict: words,
  criticality: "low",
  action: "retry",
  effortMinutes: { low: 1, high: 2, basis: words },
  why: words,
});

describe("whatever is recorded", () => {
  test("the build log has a line for each entry and each file, and no others", () => {
    const entry: fc.Arbitrary<LogEntry> = fc.record({
      at: fc.constantFrom("2026-01-02T03:04:05.000Z", null),
      what: fc.constantFrom("run-began", "phase-ended", "run-ended", "disposition"),
      runId: hostile,
      phaseId: fc.option(hostile, { nil: null }),
      outcome: fc.option(hostile, { nil: null }),
      detail: hostile,
      commit: fc.option(hostile, { nil: null }),
      files: fc.array(hostile, { maxLength: 3 }),
      tokens: fc.option(fc.nat(), { nil: null }),
      attemptsWithUnknownTokens: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (entries) => {
        const text = logMarkdown(entries);
        const lines = text.split("\n");
        expect(lines.filter((line) => line.startsWith("- "))).toHaveLength(entries.length);
        expect(lines.filter((line) => line.startsWith("  - "))).toHaveLength(
          entries.flatMap(({ files }) => files).length,
        );
        expect(lines.filter((line) => line.startsWith("#")).every((line) => /^#+ [\dBW]/.test(line))).toBe(
          true,
        );
        expect(text).not.toMatch(control);
      }),
    );
  });

  test("an assessment has a heading for each run and phase, fits its terminal, and sends it no codes", () => {
    fc.assert(
      fc.property(hostile, hostile, fc.integer({ min: 20, max: 200 }), (runId, words, columns) => {
        const phase = phaseOf(runId, words, words);
        const assessment: Assessment = {
          revision: "a".repeat(40),
          phases: [phase],
          rootCauses: [
            {
              fingerprint: null,
              party: "builder",
              title: words,
              phases: [words],
              tokensSpent: null,
              refusableForFree: null,
              fix: words,
              unblocks: [words],
            },
          ],
          decisionMatrix: { phases: [rowOf(words)], runs: [rowOf(runId)] },
          contradictions: [{ kind: "tokens", runId, phaseId: words, message: words, places: [words] }],
          unmatchedClaims: 1,
        };
        const markdown = assessmentMarkdown(assessment, null);
        const headings = markdown.split("\n").filter((line) => /^#+ /.test(line));
        expect(headings.map((line) => line.replace(/[^#].*/, ""))).toEqual([
          "#",
          "##",
          "##",
          "##",
          "##",
          "###",
          "##",
        ]);
        const text = renderAssessment(assessment, { columns, colour: false });
        for (const line of text.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
        for (const shown of [markdown, text]) expect(shown).not.toMatch(control);
      }),
    );
  });

  test("a backlog has one heading for each run and phase", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (runId, words, entry) => {
        const phase = phaseOf(runId, words, entry);
        const text = renderBacklog([{ kind: "defer", phase, reason: words }], []);
        const headings = text.split("\n").filter((line) => /^#+ /.test(line));
        expect(headings.map((line) => line.replace(/[^#].*/, ""))).toEqual(["#", "##", "###"]);
        expect(text).not.toMatch(control);
      }),
    );
  });

  test("a table of dispositions has a row for each, and a disposition stays on its lines", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 20, max: 200 }), (words, columns) => {
        const one: Disposition = {
          id: "d1",
          kind: "credit",
          runId: words,
          phaseId: words,
          by: words,
          reason: words,
          evidence: { revision: "a".repeat(40), verdict: words, confidence: 1, deliverables: [words] },
          proof: null,
          at: "2026-01-02T03:04:05.000Z",
          supersededBy: null,
        };
        const table = renderDispositions([one, one], { columns });
        expect(table.split("\n")).toHaveLength(3);
        const shown = renderDisposition(one, []);
        expect(shown.split("\n")).toHaveLength(6);
        for (const text of [table, shown]) expect(text).not.toMatch(control);
      }),
    );
  });
});
