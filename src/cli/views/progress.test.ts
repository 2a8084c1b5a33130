import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import { eventLine, renderEvent } from "./progress.ts";

describe("progress as plain lines", () => {
  it("tells what is worth telling, one line each", () => {
    const run = new SampleRun(samplePlan([samplePhase("tokenizer"), samplePhase("http")]));
    run.complete("tokenizer").failAttempt("http", sampleFailure(), { tokens: null }).failPhase("http");
    run.append({ type: "run-published", data: { branch: "autopack/sample-1", commit: run.state().head } });
    run.end("partial", "1 phase failed");
    const lines = run.events.map((event) => renderEvent(event, run.state())).filter((line) => line !== null);
    expect(lines.join("\n")).toBe(`12:00:00Z run        sample-1 created: 2 phases on main (bbbbbbbbbb)
12:00:01Z run        started
12:00:02Z tokenizer  attempt 1 started (builder claude)
12:00:04Z tokenizer  builder ended after 12 s, 1,000 tokens
12:00:05Z tokenizer  1 file changed
12:00:07Z tokenizer  checks started
12:00:08Z tokenizer  check test passed in 3.0 s
12:00:11Z tokenizer  complete, proven on tree 7777777777
12:00:12Z http       attempt 1 started (builder claude)
12:00:14Z http       builder ended after 12 s, tokens unknown
12:00:15Z http       1 file changed
12:00:17Z http       checks started
12:00:18Z http       check test failed in 3.0 s, exit code 1
12:00:20Z http       attempt 1 failed, check-failed: check test exited with 1
12:00:21Z http       failed, check-failed: the attempt limit is reached
12:00:22Z run        published as branch autopack/sample-1
12:00:23Z run        ended as partial: 1 phase failed`);
  });

  it("tell when setup runs, which may take long and says nothing else", () => {
    const run = new SampleRun(samplePlan([samplePhase("a")], { setup: [["npm", "ci"]] }));
    run.complete("a");
    const lines = run.events.map((event) => renderEvent(event, run.state()));
    expect(lines.filter((line) => line?.includes("setup"))).toEqual([
      "12:00:02Z a    attempt 1 started (setup, then builder claude)",
      "12:00:03Z a    setup done, builder started",
      "12:00:07Z a    setup and checks started",
    ]);
  });

  it("are JSON objects for programs, with what the ledger holds", () => {
    const run = new SampleRun(samplePlan([samplePhase("a")]));
    run.build("a");
    expect(JSON.parse(eventLine("sample-1", run.events[2]!))).toEqual({
      schemaVersion: 1,
      runId: "sample-1",
      seq: 3,
      at: "2026-11-02T12:00:02.000Z",
      type: "attempt-started",
      data: { phaseId: "a", attempt: 1, base: "b".repeat(40), builder: "claude" },
    });
  });
});
