import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import { conversationOf } from "../../context/conversation/conversation.ts";
import { summariseConversation } from "../../context/conversation/summarise.ts";
import type { RunState } from "../../domain/fold.ts";
import { conversationResult, renderConversation } from "./conversation.ts";
import { renderLive } from "./live.ts";
import { phaseDetail } from "./phase-detail.ts";
import { eventLine, renderEvent } from "./progress.ts";
import { reportOf } from "./report.ts";
import { renderReport } from "./report-markdown.ts";
import { runResult } from "./run-result.ts";
import { renderPhase } from "./show.ts";
import { renderRunStatus } from "./status.ts";
import { jsonText, stripControl, widthOf } from "./text.ts";

const nasty = fc.constantFrom(
  "|",
  "`",
  "```",
  "\\",
  "\n",
  "\r",
  "\t",
  "*",
  "_",
  "<script>",
  "[x](y)",
  "# ",
  "\u001b[31m",
  "\u001b]0;t\u0007",
  "\u009b2J",
  "\u0000",
  "\u007f",
  "\u202e",
  "\u2028",
  "\ud800",
  "漢",
  "🚀",
  "$1",
  "$&",
  "a",
  "RUN",
  " ",
);
const text = fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join(""));
const fate = fc.constantFrom(
  "complete",
  "failed",
  "refused",
  "broken",
  "building",
  "cut off",
  "blocked",
  "queued",
);
const hostileRun = fc.record({
  texts: fc.array(text, { minLength: 12, maxLength: 12 }),
  fates: fc.array(fate, { minLength: 1, maxLength: 5 }),
  tokens: fc.option(fc.nat(1_000_000)),
});

function buildRun({ texts, fates, tokens }: typeof hostileRun extends fc.Arbitrary<infer T> ? T : never) {
  const t = (index: number) => texts[index % texts.length] ?? "";
  const idOf = (index: number) => `${index}${t(index)}`;
  const phases = fates.map((_, index) => samplePhase(idOf(index), { name: t(index + 1), description: t(2) }));
  const run = new SampleRun(samplePlan(phases, { goal: t(3) }), {
    runId: `r${t(4)}`,
    planPath: t(5),
    base: { ref: t(6), commit: t(7), tree: t(7) },
    continues: t(8),
  });
  const failure = sampleFailure({
    message: t(9),
    fingerprint: t(10),
    evidence: [{ label: t(11), detail: t(0) }],
  });
  const check = {
    name: t(1),
    argv: ["sh", "-c", t(2)] as const,
    why: t(3),
    log: { path: t(4), sha256: "", bytes: 0, truncated: true },
  };
  const files = [{ path: t(5), status: "added" as const }];
  const script = { tokens, claim: t(6), files };
  for (const [index, how] of fates.entries()) {
    const phaseId = idOf(index);
    if (how === "complete") run.complete(phaseId, { ...script, check });
    if (how === "failed")
      run
        .failAttempt(phaseId, failure, {
          ...script,
          check: { ...check, outcome: "inconclusive", exitCode: null },
        })
        .failPhase(phaseId, failure, t(7));
    if (how === "refused") run.append({ type: "phase-refused", data: { phaseId, failure } });
    if (how === "broken")
      run.change(phaseId, { ...script, violations: [{ kind: "out-of-scope", path: t(8), message: t(9) }] });
    if (how === "building") run.build(phaseId);
    if (how === "cut off") {
      const attempt = run.build(phaseId);
      const rescue = { ref: t(10), commit: t(11) };
      run.append({
        type: "attempt-interrupted",
        data: { phaseId, attempt, cause: "crash", why: t(0), rescue },
      });
      run.append({ type: "phase-delayed", data: { phaseId, until: "2026-11-02T13:00:00.000Z", failure } });
    }
    if (how === "blocked") run.block(phaseId, idOf(fates.length - 1), t(1));
  }
  const publish = { branch: t(2), commit: t(3) };
  run.append({ type: "publishing-refused", data: { ...publish, why: t(4) } });
  if (tokens !== null) run.append({ type: "run-published", data: publish });
  const ends = fates.some((how) => ["broken", "building", "complete"].includes(how));
  return ends ? run : run.end("failed", t(5), "environment");
}

function conversationText(state: RunState, phaseId: string): string {
  const conversation = conversationOf(state, phaseId);
  return renderConversation(conversationResult(conversation, summariseConversation(conversation, 200), 200));
}

const now = new Date("2026-11-02T12:30:00.000Z");
const unsafe = /[[[\p{Cc}\p{Cf}]--[\u200c\u200d]]--[\n]]/v;

describe("whatever a plan, a builder or a check wrote", () => {
  it("never breaks a view, and reaches no terminal as a command", () => {
    fc.assert(
      fc.property(hostileRun, fc.integer({ min: 0, max: 120 }), (seed, columns) => {
        const run = buildRun(seed);
        const state = run.state();
        const live = new Map(
          state.phases.map((phase) => [phase.spec.id, { lastLine: seed.texts[0] ?? "", since: now }]),
        );
        const screen = { columns, colour: false, frame: 3 };
        const logs = [{ path: seed.texts[4] ?? "", text: seed.texts[5] ?? "" }];
        const lines = renderLive(state, now, live, screen);
        const status = renderRunStatus(state, now, screen, live);
        const told = run.events.flatMap((event) => renderEvent(event, state) ?? []);
        const outputs = [
          renderReport(reportOf(state)),
          status,
          ...state.phases.map((phase) => renderPhase(state, phase.spec.id, logs) ?? ""),
          ...state.phases.map((phase) => conversationText(state, phase.spec.id)),
          ...lines,
          ...told,
          ...run.events.map((event) => eventLine(state.runId, event)),
          jsonText(runResult(state)),
          jsonText(phaseDetail(state, state.phases[0]?.spec.id ?? "")),
        ];
        for (const output of outputs) expect(output).not.toMatch(unsafe);
        for (const line of [...lines, ...told]) expect(line).not.toContain("\n");
        for (const line of [...lines, ...status.split("\n")])
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        const coloured = renderRunStatus(state, now, { columns, colour: true }, live);
        expect(coloured.split("\n").map((line) => stripControl(line).trimEnd())).toEqual(
          status.split("\n").map((line) => line.trim()),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("never adds a row, a cell or a heading to the report", () => {
    fc.assert(
      fc.property(hostileRun, (seed) => {
        const report = reportOf(buildRun(seed).state());
        const lines = renderReport(report).split("\n");
        const bars = (line: string) => line.replaceAll(/\\[\\|]/g, "").split("|").length;
        const start = lines.indexOf("| Phase | Name | State | Attempts | Tokens | Cause |");
        const rows = lines.slice(start, start + 2 + report.phases.length);
        expect(rows.map(bars)).toEqual(rows.map(() => 8));
        expect(lines[start + rows.length]).toBe("");
        const headings = lines.filter((line) => line.startsWith("## "));
        expect(new Set(headings).size).toBe(headings.length);
        for (const heading of headings) expect(heading).toMatch(/^## [A-Z][a-z, ]+$/);
      }),
      { numRuns: 150 },
    );
  });
});
