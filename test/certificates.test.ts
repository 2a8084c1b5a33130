import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProject, type Project, runCli, sql, writePlan } from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

/** A run of two phases that is complete. */
async function completeRun(): Promise<{ project: Project; runId: string }> {
  const project = createProject({ config: { limits: { poll_seconds: 0.05 } } });
  const plan = writePlan(project, { tiers: [[{ id: "first" }], [{ id: "second" }]] });
  const { code, json } = await runCli(project, "run", plan, "--json");
  expect(code).toBe(0);
  return { project, runId: json.runId };
}

/** The exit code of `report --verify`, and what it found by phase. */
async function verify(project: Project) {
  const { code, json } = await runCli(project, "report", "--verify", "--json");
  const checks = json.certificateChecks as { phaseId: string; discrepancies: string[] }[];
  return { code, found: Object.fromEntries(checks.map((check) => [check.phaseId, check.discrepancies])) };
}

/** Damages the ledger as nobody can by mistake; what comes back makes it whole again. */
function damage(project: Project, text: string): () => void {
  const ledger = join(project.repo, ".git/autopack/ledger.db");
  const whole = readFileSync(ledger);
  sql(project, `drop trigger events_are_not_updated; drop trigger events_are_not_deleted; ${text}`);
  return () => writeFileSync(ledger, whole);
}

it("checks certificates again, and names the one whose kept output was changed", async () => {
  const { project, runId } = await completeRun();
  expect(await verify(project)).toEqual({ code: 0, found: { first: [], second: [] } });
  const text = await runCli(project, "report", "--verify");
  expect(text.code).toBe(0);
  expect(text.stdout).toContain("first: holds");

  const log = join(project.repo, ".git/autopack/artifacts", runId, "second/1/round-1.check.there.log");
  appendFileSync(log, "all is well\n");
  const { code, found } = await verify(project);
  expect(code).toBe(4);
  expect(found).toEqual({ first: [], second: [expect.stringContaining("round-1.check.there.log")] });
  const told = await runCli(project, "report", "--verify");
  expect(told.code).toBe(4);
  expect(told.stdout).toContain("second: **does not hold**");
  expect(told.stdout).toContain("first: holds");
});

it("names the certificate whose commit is gone from the repository", async () => {
  const { project, runId } = await completeRun();
  const gitDir = join(project.repo, ".git/autopack/repo.git");
  const base = git(project.repo, "rev-parse", "main").trim();
  git(project.repo, "--git-dir", gitDir, "update-ref", `refs/autopack/runs/${runId}/head`, base);
  const { code, found } = await verify(project);
  expect(code).toBe(4);
  expect(found["first"]).not.toEqual([]);
  expect(found["second"]).not.toEqual([]);
});

const edits = {
  "what a check told": `replace(data, '"durationMs":', '"durationMs":1') where type = 'check-ended'`,
  "when it ended": `replace(data, '"endedAt":"2', '"endedAt":"1') where type = 'phase-completed'`,
  "an exit code": `replace(data, '"exitCode":0', '"exitCode":1') where type = 'phase-completed'`,
};

it("names the certificate that the ledger does not bear out any more", async () => {
  const { project, runId } = await completeRun();
  for (const [what, edit] of Object.entries(edits)) {
    const second = `stream = 'run/${runId}' and data like '%"second"%'`;
    const restore = damage(project, `update events set data = ${edit} and ${second}`);
    const { code, found } = await verify(project);
    expect([what, code, found["first"]]).toEqual([what, 4, []]);
    expect([what, found["second"]]).not.toEqual([what, []]);
    restore();
  }
  expect(await verify(project)).toEqual({ code: 0, found: { first: [], second: [] } });
});

const losses = {
  edited: `update events set data = replace(data, '"exitCode":0', '"exitCode":1') where type = 'check-ended'`,
  removed: "delete from events where type = 'check-ended'",
  "cut off":
    "delete from events where seq > (select min(seq) from events where type = 'integration-started')",
};

it("finds where events of the ledger were edited, removed or cut off", async () => {
  const { project, runId } = await completeRun();
  for (const [what, loss] of Object.entries(losses)) {
    const restore = damage(project, `${loss} and stream = 'run/${runId}'`);
    const { code, json } = await runCli(project, "ledger", "verify", "--json");
    expect([what, code]).toEqual([what, 4]);
    expect(json.findings).toContainEqual(expect.objectContaining({ stream: `run/${runId}` }));
    restore();
  }
  const whole = await runCli(project, "ledger", "verify", "--json");
  expect([whole.code, whole.json.findings]).toEqual([0, []]);
});

it("says that the ledger is damaged when its events make no history any more", async () => {
  const { project, runId } = await completeRun();
  damage(project, `delete from events where type = 'gate-decided' and stream = 'run/${runId}'`);
  const { code, json } = await runCli(project, "report", "--verify", "--json");
  expect([code, json.error.code]).toEqual([4, "ledger-damaged"]);
  expect(json.error.message).toContain(`run/${runId}`);
  expect(json.error.action).toContain("autopack ledger verify");
});

it("makes the tables for queries anew from the events", async () => {
  const { project, runId } = await completeRun();
  const before = {
    status: (await runCli(project, "status", "--json")).json,
    phases: sql(project, "select * from phases"),
  };
  sql(project, "update runs set state = 'failed', complete = 0; delete from phases");
  expect((await runCli(project, "status", "--json")).json).not.toEqual(before.status);

  const rebuilt = await runCli(project, "ledger", "rebuild", "--json");
  expect([rebuilt.code, rebuilt.json.runs]).toEqual([0, 1]);
  expect((await runCli(project, "status", "--json")).json).toEqual(before.status);
  expect(sql(project, "select * from phases")).toEqual(before.phases);
  expect((await runCli(project, "status", runId, "--json")).json.state).toBe("succeeded");
  expect((await runCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
});
