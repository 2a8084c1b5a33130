import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import { reportOf } from "./report.ts";
import { renderReport } from "./report-markdown.ts";
import { deliveryOf } from "./run-facts.ts";

const markdownOf = (run: SampleRun) => renderReport(reportOf(run.state()));

function mixedRun(): SampleRun {
  const run = new SampleRun(
    samplePlan([
      samplePhase("tokenizer"),
      samplePhase("index"),
      samplePhase("http"),
      samplePhase("docs"),
      samplePhase("late"),
    ]),
  );
  run
    .failAttempt("tokenizer", sampleFailure(), { claim: "all done, tests pass" })
    .complete("tokenizer", { claim: "done" });
  run
    .failAttempt("index", sampleFailure(), { tokens: null })
    .failAttempt("index")
    .failPhase("index", sampleFailure(), "the same failure on the same tree came again");
  return run.block("http", "index").block("docs", "http").end("partial", "1 phase is complete");
}

describe("the report", () => {
  it("counts every phase once", () => {
    expect(markdownOf(mixedRun())).toContain("**1 of 5 phases complete; 1 failed, 2 blocked, 1 not tried.**");
  });

  it("gives cause, evidence and next action of what failed", () => {
    expect(markdownOf(mixedRun())).toContain(`### \`index\`: failed

- Cause: quality, \`check-failed\`: a check exited non-zero on the resulting tree
- Message: check test exited with 1
- Evidence, check: \`npm test\`
- Fingerprint: \`v1:0123456789abcdef\`
- Next: Read the check's log with \`autopack show sample-1 index\`.
- Why it ended: the same failure on the same tree came again
- Attempts: 2
- Tokens: 1,000 tokens and unknown for 1 of 2 attempts`);
  });

  it("names one cause behind the failures of several phases", () => {
    const run = new SampleRun(samplePlan([samplePhase("a"), samplePhase("b"), samplePhase("c")]));
    const missing = (fingerprint: string, message: string) => sampleFailure({ fingerprint, message });
    const inA = missing("v2:1", "Error: Cannot find module 'left-pad'");
    const inB = missing("v2:2", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'left-pad'");
    run.failAttempt("a", inA).failPhase("a", inA).failAttempt("c").failPhase("c");
    expect(reportOf(run.state()).rootCauses).toEqual([]);
    expect(markdownOf(run)).not.toContain("## Root causes");
    run.failAttempt("b", inB);
    expect(reportOf(run.state()).rootCauses).toEqual([
      { attribute: "package", value: "left-pad", phases: ["a", "b"], fingerprints: 2 },
    ]);
    expect(markdownOf(run)).toContain(`## Root causes

- package \`left-pad\`: behind 2 failures in \`a\`, \`b\``);
  });

  it("names the root cause of what was not tried", () => {
    expect(markdownOf(mixedRun())).toContain(`## Not tried, and why

- \`http\`: blocked by \`index\`, which failed (\`check-failed\`): check test exited with 1
- \`docs\`: blocked by \`http\`; the root cause is \`index\`, which failed (\`check-failed\`): check test exited with 1
- \`late\`: its turn did not come`);
  });

  it("splits tokens by outcome and never shows unknown as zero", () => {
    expect(markdownOf(mixedRun())).toContain(`| In complete phases | 2,000 tokens |
| In failed or blocked phases | 1,000 tokens and unknown for 1 of 2 attempts |
| In unfinished phases | none, no builder ran |
| All | 3,000 tokens and unknown for 1 of 4 attempts |
| Of all, in attempts that failed | 2,000 tokens and unknown for 1 of 3 attempts |
| Of all, in attempts cut off | none, no builder ran |`);
  });

  it("lists claims that were not borne out, and only those", () => {
    expect(reportOf(mixedRun().state()).claimsNotProven).toEqual([
      {
        phaseId: "tokenizer",
        attempt: 1,
        claim: "all done, tests pass",
        found: "check test exited with 1",
      },
    ]);
  });

  it("says on top that a validation run is evidence", () => {
    const plan = samplePlan([samplePhase("a")], { purpose: "validation" });
    const lines = markdownOf(new SampleRun(plan)).split("\n");
    expect(lines[2]).toBe(
      "> This is a validation run. It is kept as evidence and counts in no metric of work.",
    );
  });

  it("says of a refused phase that no builder was called", () => {
    const failure = sampleFailure({ class: "policy", kind: "protected-path", message: "it is protected" });
    const run = new SampleRun(samplePlan([samplePhase("a")]));
    run.append({ type: "phase-refused", data: { phaseId: "a", failure } }).end("failed", "refused");
    expect(markdownOf(run)).toContain("0 of 1 phase complete; 1 failed (1 before any attempt)");
    expect(markdownOf(run)).toContain("- Attempts: none, no builder was called");
  });

  it("counts what an earlier run proved, and says so", () => {
    const run = new SampleRun(samplePlan([samplePhase("a")]), { continues: "sample-0" });
    const certificate = run.certificate("a", { runId: "sample-0" });
    run.append({ type: "phase-skipped", data: { phaseId: "a", certifiedIn: "sample-0", certificate } });
    run.end("succeeded", "all complete");
    expect(markdownOf(run)).toContain("1 of 1 phase complete (1 in an earlier run)");
    expect(markdownOf(run)).toContain("proven in run `sample-0`");
  });

  it("shows evidence of several lines as a block", () => {
    const failure = sampleFailure({ evidence: [{ label: "log", detail: "one\n```\nthree" }] });
    const run = new SampleRun(samplePlan([samplePhase("a")])).failAttempt("a", failure);
    expect(markdownOf(run)).toContain("- Evidence, log:\n\n  ````\n  one\n  ```\n  three\n  ````\n");
  });

  it("still shows a failure of a kind that it does not know", () => {
    const failure = sampleFailure({ kind: "from-the-future" as "check-failed" });
    const run = new SampleRun(samplePlan([samplePhase("a")])).failAttempt("a", failure);
    expect(markdownOf(run)).toContain("a kind of failure that this version of autopack does not know");
  });
});

describe("the commands that bring the work home", () => {
  it("merge the published branch", () => {
    const run = new SampleRun(samplePlan([samplePhase("a")])).complete("a");
    run.append({ type: "run-published", data: { branch: "autopack/x", commit: run.state().head } });
    expect(deliveryOf(run.state()).commands).toEqual(["git merge autopack/x"]);
  });

  it("are none when nothing changed", () => {
    const run = new SampleRun(samplePlan([samplePhase("a")])).failPhase("a").end("failed", "no");
    expect(markdownOf(run)).toContain("Nothing to merge: the head is the base.");
  });

  it("fetch a commit that could not be published from the private repository, from any folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "autopack-delivery-"));
    try {
      const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
      const git = (cwd: string, ...args: string[]) =>
        execFileSync("git", [...identity, ...args], { cwd, encoding: "utf8", stdio: "pipe" }).trim();
      git(folder, "init", "-q");
      git(folder, "commit", "-q", "--allow-empty", "-m", "base");
      const own = join(folder, ".git", "autopack", "repo.git");
      mkdirSync(own, { recursive: true });
      git(own, "init", "-q", "--bare");
      writeFileSync(join(own, "objects", "info", "alternates"), `${join(folder, ".git", "objects")}\n`);
      const base = git(folder, "rev-parse", "HEAD");
      const tree = git(folder, "rev-parse", "HEAD^{tree}");
      const commit = git(own, "commit-tree", tree, "-p", base, "-m", "work");

      const run = new SampleRun(samplePlan([samplePhase("a")])).complete("a");
      const why = "it is checked out";
      run.append({ type: "publishing-refused", data: { branch: "autopack/x", commit, why } });
      const delivery = deliveryOf(run.state());
      expect(delivery.status).toBe("refused");
      const sub = join(folder, "sub folder");
      mkdirSync(sub);
      execFileSync("sh", ["-c", delivery.commands.join(" && ")], { cwd: sub, stdio: "pipe" });
      expect(git(folder, "rev-parse", "HEAD")).toBe(commit);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
