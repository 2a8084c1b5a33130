import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import type { BuilderWarning, RunEvent } from "../../domain/events.ts";
import type { RunRow } from "../../domain/ledger.ts";
import { renderLive } from "./live.ts";
import { renderEvent } from "./progress.ts";
import { runResult } from "./run-result.ts";
import { renderRunStatus, renderStatus } from "./status.ts";

const now = new Date("2026-11-02T12:05:00.000Z");
const wide = { columns: 120, colour: false };

const row = (over: Partial<RunRow>): RunRow => ({
  runId: "add-search-1",
  planId: "add-search",
  goal: "Search",
  purpose: "work",
  state: "partial",
  reason: null,
  continues: null,
  baseCommit: "b",
  head: "h",
  branch: null,
  phases: 10,
  complete: 6,
  failed: 2,
  blocked: 1,
  skipped: 1,
  attempts: 12,
  tokens: 1200,
  attemptsWithUnknownTokens: 0,
  createdAt: "2026-11-02T12:00:00.000Z",
  endedAt: null,
  ...over,
});

describe("the list of runs", () => {
  it("sets evidence runs apart from work", () => {
    const runs = [
      row({}),
      row({ runId: "base-1", purpose: "baseline", goal: "Numbers", reason: "environment" }),
    ];
    expect(renderStatus(runs, now, wide)).toBe(
      `RUN           STATE    COMPLETE  FAILED  BLOCKED  TOKENS  TIME        GOAL    STARTED
add-search-1  partial  7 of 10   2       1        1,200   5 min 00 s  Search  2026-11-02 12:00:00 UTC

Evidence (validation and baseline runs, counted in no metric)
RUN     STATE                 COMPLETE  FAILED  BLOCKED  TOKENS  TIME        GOAL     STARTED
base-1  partial, environment  7 of 10   2       1        1,200   5 min 00 s  Numbers  2026-11-02 12:00:00 UTC
`,
    );
  });

  it("never shows unknown tokens as a number that is known", () => {
    const unknown = renderStatus([row({ tokens: 0, attemptsWithUnknownTokens: 2 })], now, wide);
    expect(unknown).toMatch(/ unknown {2}/);
    expect(renderStatus([row({ attemptsWithUnknownTokens: 2 })], now, wide)).toMatch(/ 1,200 \+ \? {2}/);
  });

  it("says when there is none", () => {
    expect(renderStatus([], now, wide)).toBe("No runs yet.\n");
    expect(renderStatus([row({ purpose: "validation" })], now, wide)).toMatch(/^No runs of work yet\.\n/);
  });
});

function busyRun(): SampleRun {
  const run = new SampleRun(
    samplePlan([samplePhase("tokenizer"), samplePhase("index"), samplePhase("http"), samplePhase("slow")]),
  );
  run.complete("tokenizer").failAttempt("index").build("index");
  const failure = sampleFailure({ class: "transient", kind: "rate-limited", message: "come back later" });
  const attempt = run.build("slow");
  run.append({ type: "attempt-failed", data: { phaseId: "slow", attempt, failure, tree: null } });
  return run.append({
    type: "phase-delayed",
    data: { phaseId: "slow", until: "2026-11-02T12:09:00.000Z", failure },
  });
}

const live = new Map([
  ["index", { lastLine: "\u001b[32mcompiling\u001b[0m src", since: new Date("2026-11-02T12:04:50.000Z") }],
]);

describe("the status of one run", () => {
  it("tells what every phase does now", () => {
    expect(renderRunStatus(busyRun().state(), now, wide, live)).toBe(`sample-1  running  4 min 59 s
Full-text search over notes
1 of 4 phases complete; 0 failed, 0 blocked, 2 unfinished, 1 not tried
Tokens: 2,000 tokens and unknown for 2 of 4 attempts

PHASE      STATE      ATTEMPT             TIME              TOKENS
tokenizer  complete   1 of 3              9.0 s             1,000
index      executing  2 of 3              since 4 min 39 s  1,000 + ?  compiling src
http       queued     -                   -                 -
slow       queued     1 (0 of 3 counted)  -                 unknown    waits until 12:09:00Z (in 4 min 00 s): rate-limi…
`);
  });

  it("colours only when asked to", () => {
    const state = busyRun().state();
    expect(renderRunStatus(state, now, wide)).not.toContain("\u001b");
    expect(renderRunStatus(state, now, { ...wide, colour: true })).toContain("\u001b[32mcomplete\u001b[39m");
  });

  it("says why the run waits, and what ended it", () => {
    const run = busyRun().append({
      type: "run-waiting",
      data: { on: "time", why: "slow is rate-limited", until: "2026-11-02T12:09:00.000Z" },
    });
    expect(renderRunStatus(run.state(), now, wide)).toContain(
      "Waits on time: slow is rate-limited until 12:09:00Z (in 4 min 00 s)",
    );
  });
});

describe("a builder that may be stuck", () => {
  const warn = (warning: BuilderWarning | null): RunEvent => ({
    type: "builder-warned",
    data: { phaseId: "index", attempt: 2, warning },
  });
  const warned = () => busyRun().append(warn({ kind: "builder-silent", message: "silent for 15 min" }));
  const note = "may be stuck, builder-silent: silent for 15 min";

  it("is warned of in status, in the live view, in JSON and as a line of progress", () => {
    const run = warned();
    const state = run.state();
    expect(renderRunStatus(state, now, wide)).toContain(note);
    expect(renderLive(state, now, live, { ...wide, frame: 0 }).join("\n")).toContain(note);
    expect(runResult(state).phases[1]).toMatchObject({ warning: { kind: "builder-silent" } });
    expect(renderEvent(run.events.at(-1)!, state)).toContain(`the builder ${note}`);
  });

  it("is warned of no longer once it moves, or has ended", () => {
    const moved = warned().append(warn(null));
    expect(renderRunStatus(moved.state(), now, wide, live)).toContain("compiling src");
    expect(renderEvent(moved.events.at(-1)!, moved.state())).toContain("the builder moved again");
    const build = { exitCode: 0, durationMs: 1, tokens: null, claim: null, log: null };
    const ended = warned().append({ type: "build-ended", data: { phaseId: "index", attempt: 2, build } });
    const cut = warned().append({
      type: "attempt-interrupted",
      data: { phaseId: "index", attempt: 2, cause: "crash", why: "it ended" },
    });
    for (const run of [ended, cut]) {
      expect(renderRunStatus(run.state(), now, wide)).not.toContain("stuck");
      expect(runResult(run.state()).phases[1]).not.toHaveProperty("warning");
    }
  });
});

describe("the live view", () => {
  it("shows the run, what is at work, and what waits", () => {
    expect(renderLive(busyRun().state(), now, live, { ...wide, columns: 140, frame: 0 })).toEqual([
      "sample-1  running  1 of 4 complete  4 min 59 s  tokens: 2,000 tokens and unknown for 2 of 4 attempts",
      "⠋  index  executing  attempt 2 of 3              4 min 39 s  compiling src",
      "·  slow   waits      attempt 1 (0 of 3 counted)              waits until 12:09:00Z (in 4 min 00 s): rate-limited: come back later",
    ]);
  });

  it("says when a builder has been silent for long", () => {
    const quiet = new Map([["index", { lastLine: "last", since: new Date("2026-11-02T12:02:00.000Z") }]]);
    const lines = renderLive(busyRun().state(), now, quiet, { ...wide, frame: 1 });
    expect(lines[1]).toContain("[silent for 3 min 00 s] last");
  });
});
