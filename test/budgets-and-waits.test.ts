import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
  calls,
  createQuickProject,
  eventsOf,
  expectNoProcess,
  newestRun,
  noteCall,
  type Project,
  runCli,
  sql,
  startCli,
  waitUntil,
  workspaces,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

const hangs = (project: Project, id: string) => ({
  id,
  attempts: [[{ run: `echo ${id} >> '${join(project.folder, "notes/calls")}'; sleep 600` }]],
});

it("ends a builder that hangs when its phase's minutes are spent, and goes on", async () => {
  const project = createQuickProject();
  const plan = writePlan(project, {
    tiers: [
      [
        { id: "child", attempts: [[{ run: "sleep 600" }]], fields: { budget: { minutes: 0.01 } } },
        { id: "itself", attempts: [[{ hang: true }]], fields: { budget: { minutes: 0.01 } } },
      ],
      [{ id: "other" }],
    ],
  });
  const { code, json } = await runCli(project, "run", plan, "--json");
  expect(code).toBe(1);
  const spent = { state: "failed", attempts: 1, failure: { class: "resource", kind: "time-exhausted" } };
  expect(json).toMatchObject({
    state: "partial",
    phases: [
      { phaseId: "child", ...spent },
      { phaseId: "itself", ...spent },
      { phaseId: "other", state: "complete" },
    ],
  });
  await expectNoProcess(project);
});

it("ends the run when its tokens are spent, and lists what was not tried", async () => {
  const project = createQuickProject();
  const costs = (id: string, tokens: number) => ({
    id,
    attempts: [{ steps: [noteCall(project, id), writes(`${id}.txt`)], tokens }],
  });
  const plan = writePlan(project, {
    run: { budget: { tokens: 100 } },
    tiers: [[costs("cheap", 60)], [costs("dear", 60)], [costs("late", 1), costs("later", 1)]],
  });
  const { code, json } = await runCli(project, "run", plan, "--json");
  expect(code).toBe(5);
  expect(json).toMatchObject({
    reason: "budget-exhausted",
    tokens: { reported: 120, attemptsUnknown: 0 },
    phases: [
      { phaseId: "cheap", state: "complete" },
      { phaseId: "dear", state: "complete" },
      { phaseId: "late", attempts: 0 },
      { phaseId: "later", attempts: 0 },
    ],
  });
  expect(calls(project)).toEqual(["cheap", "dear"]);
  const report = await runCli(project, "report", json.runId);
  expect(report.code).toBe(0);
  expect(report.stdout).toMatch(/not tried[\s\S]*late[\s\S]*later/i);
});

it("counts what a builder reported before it was stopped or killed", async () => {
  const project = createQuickProject();
  const report = `echo '{"tokens": 70}' > "$AUTOPACK_RESULT"; echo called >> '${join(project.folder, "notes/calls")}'; sleep 600`;
  const plan = writePlan(project, {
    run: { budget: { tokens: 150 } },
    tiers: [
      [{ id: "slow", fields: { builder: { command: report, writable: [join(project.folder, "notes")] } } }],
    ],
  });
  const owner = startCli(project, "run", plan, "--json");
  await waitUntil("the builder at work", () => calls(project).length === 1);
  owner.signal("SIGINT");
  const stopped = await owner.ended;
  expect([stopped.code, stopped.json.tokens]).toEqual([130, { reported: 70, attemptsUnknown: 0 }]);

  const second = startCli(project, "resume", "--json");
  await waitUntil("the builder at work again", () => calls(project).length === 2);
  second.signal("SIGKILL");
  await second.ended;
  const { code, json } = await runCli(project, "resume", "--json");
  expect(code).toBe(5);
  expect(json).toMatchObject({
    reason: "budget-exhausted",
    tokens: { reported: 140, attemptsUnknown: 0 },
    phases: [{ attempts: 2, tokens: 140 }],
  });
  expect((await runCli(project, "status", "--json")).json.runs).toMatchObject([{ tokens: 140 }]);
  await expectNoProcess(project);
});

it("waits out a rate limit until the provider's time, and counts no attempt for it", async () => {
  const project = createQuickProject();
  const plan = writePlan(project, {
    tiers: [
      [
        {
          id: "limited",
          attempts: [[{ rate_limit: { retry_after_seconds: 1 } }], [writes("limited.txt")]],
          fields: { budget: { attempts: 1 } },
        },
      ],
    ],
  });
  const { code, json } = await runCli(project, "run", plan, "--json");
  expect(code).toBe(0);
  const events = eventsOf(project, json.runId);
  expect(events).toEqual(expect.arrayContaining(["phase-delayed", "run-waiting", "run-woken"]));
  const { attempts } = (await runCli(project, "show", json.runId, "limited", "--json")).json;
  expect(attempts).toHaveLength(2);
  expect(attempts[0].failure.kind).toBe("rate-limited");
  expect(Date.parse(attempts[1].startedAt)).toBeGreaterThanOrEqual(Date.parse(attempts[0].failure.retryAt));
});

it("cancels a run that another process drives: its builders end, what was completed stays", async () => {
  const project = createQuickProject();
  const plan = writePlan(project, { tiers: [[{ id: "done" }], [hangs(project, "slow")], [{ id: "never" }]] });
  const owner = startCli(project, "run", plan, "--json");
  await waitUntil("the builder at work", () => calls(project).length > 0);
  const runId = newestRun(project);

  const cancelled = await runCli(project, "cancel", runId, "--reason", "no longer wanted", "--json");
  expect(cancelled.code).toBe(0);
  expect(cancelled.json.state).toBe("cancelled");
  const { code, json } = await owner.ended;
  expect(code).toBe(1);
  expect(json.state).toBe("cancelled");
  expect(json.phases[0].state).toBe("complete");
  expect(git(project.repo, "diff", "--name-only", "main", `autopack/${runId}`).trim()).toBe("done.txt");
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);

  const again = await runCli(project, "cancel", runId, "--json");
  expect([again.code, again.json.state]).toEqual([0, "cancelled"]);
});

it.each(["SIGTERM", "SIGKILL"] as const)("cancels a run that nobody drives since %s", async (signal) => {
  const project = createQuickProject();
  const plan = writePlan(project, { tiers: [[{ id: "done" }], [hangs(project, "slow")]] });
  const owner = startCli(project, "run", plan, "--json");
  await waitUntil("the builder at work", () => calls(project).length > 0);
  owner.signal(signal);
  await owner.ended;

  const runId = newestRun(project);
  const { code, json } = await runCli(project, "cancel", runId, "--json");
  expect([code, json.state]).toEqual([0, "cancelled"]);
  expect(git(project.repo, "diff", "--name-only", "main", `autopack/${runId}`).trim()).toBe("done.txt");
  expect(calls(project)).toEqual(["slow"]);
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);
});

it("shows what it would clean before it removes it, and keeps what is evidence", async () => {
  const project = createQuickProject({ retention_days: 0 });
  const work = await runCli(
    project,
    "run",
    writePlan(project, { name: "work", tiers: [[{ id: "a" }]] }),
    "--json",
  );
  const proof = writePlan(project, { name: "proof", run: { purpose: "validation" }, tiers: [[{ id: "b" }]] });
  const validation = await runCli(project, "run", proof, "--json");
  const artifactsOf = (runId: string) => join(project.repo, ".git/autopack/artifacts", runId);
  const privateRefs = () =>
    git(project.repo, "--git-dir", ".git/autopack/repo.git", "for-each-ref", "--format=%(refname)")
      .trim()
      .split("\n");

  const { runs, evidenceRuns } = (await runCli(project, "status", "--json")).json;
  expect(runs).toMatchObject([{ runId: work.json.runId, purpose: "work" }]);
  expect(evidenceRuns).toMatchObject([{ runId: validation.json.runId, purpose: "validation" }]);

  const before = privateRefs();
  const shown = await runCli(project, "clean", "--json");
  expect(shown.code).toBe(0);
  expect(shown.json).toMatchObject({ removed: false });
  expect(shown.json.leftovers).toContainEqual(
    expect.objectContaining({ kind: "artifacts", what: artifactsOf(work.json.runId) }),
  );
  expect(shown.json.leftovers.filter(({ runId }: { runId: string }) => runId !== work.json.runId)).toEqual(
    [],
  );
  expect(existsSync(artifactsOf(work.json.runId))).toBe(true);
  expect(privateRefs()).toEqual(before);

  const cleaned = await runCli(project, "clean", "--yes", "--json");
  expect(cleaned.json).toEqual({ ...shown.json, removed: true, pruned: true });
  expect(existsSync(artifactsOf(work.json.runId))).toBe(false);
  expect(existsSync(artifactsOf(validation.json.runId))).toBe(true);
  const gone = before.filter((ref) => !privateRefs().includes(ref));
  expect(gone.every((ref) => ref.split("/")[3] === work.json.runId)).toBe(true);
  expect((await runCli(project, "report", validation.json.runId, "--verify", "--json")).code).toBe(0);
  expect((await runCli(project, "status", work.json.runId, "--json")).json.state).toBe("succeeded");
  expect((await runCli(project, "clean", "--json")).json.leftovers).toEqual([]);
});

it("forgets a published run when its time is over, and keeps one that is the only place of its work", async () => {
  const project = createQuickProject({ retention_days: 0 });
  const { repo } = project;
  const own = join(repo, ".git/autopack/repo.git");
  const first = await runCli(
    project,
    "run",
    writePlan(project, { name: "one", tiers: [[{ id: "a" }]] }),
    "--json",
  );
  // A branch of that name and with another history: git refuses to publish the second run.
  const second = startCli(
    project,
    "run",
    writePlan(project, {
      name: "two",
      tiers: [[{ id: "b", attempts: [[noteCall(project, "b"), { run: "sleep 0.3" }, writes("b.txt")]] }]],
    }),
    "--json",
  );
  await waitUntil("the builder at work", () => calls(project).length > 0);
  const [row] = sql(project, "select run_id from runs where plan_id = 'two'");
  git(
    repo,
    "branch",
    `autopack/${row?.["run_id"]}`,
    git(repo, "commit-tree", "HEAD^{tree}", "-m", "x").trim(),
  );
  const kept = (await second.ended).json.runId;
  // Left by a process that ended before the run's first event.
  git(repo, "update-ref", "refs/autopack/base/never-began", "HEAD");

  const { code, json } = await runCli(project, "clean", "--yes", "--json");
  expect([code, json.pruned]).toEqual([0, true]);
  const refs = (gitDir: string) =>
    git(gitDir, "for-each-ref", "--format=%(refname)", "refs/autopack").trim().split("\n");
  expect(refs(repo)).toEqual([`refs/autopack/base/${kept}`]);
  expect(refs(own)).toEqual([`refs/autopack/runs/${kept}/head`]);
  expect((await runCli(project, "clean", "--json")).json.leftovers).toEqual([]);
  // Only the logs are gone from what proves the first: its commit and the ledger still name each other.
  const { json: report } = await runCli(project, "report", first.json.runId, "--verify", "--json");
  expect(report.certificateChecks[0].discrepancies).toEqual([
    expect.stringMatching(/^The log of there.* is gone\.$/),
  ]);
  // What was published is there, and goes on.
  const again = writePlan(project, { name: "one", tiers: [[{ id: "a" }, { id: "c" }]] });
  const continued = await runCli(project, "run", again, "--continue", first.json.runId, "--json");
  expect(continued.json).toMatchObject({ state: "succeeded" });
  expect(dirname(continued.json.branch)).toBe("autopack");
});
