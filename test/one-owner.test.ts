import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  type Cli,
  calls,
  createProject,
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
import { createCrashRepository } from "./harness/crash-plan.ts";
import { crashRunId, driveToEnd, openAt, watchCalls } from "./harness/crash-run.ts";
import { temporaryFolder } from "./harness/temp.ts";

const quick = { limits: { stop_grace_seconds: 0.5, poll_seconds: 0.05 } };
const heldFor = (seconds: number) => ({ limits: { ...quick.limits, lease_seconds: seconds } });

/** A builder that waits, at its first call only, until the file `go` is there. */
function planThatWaits(project: Project): string {
  const go = join(project.folder, "notes/go");
  const wait = `test "$(wc -l < '${join(project.folder, "notes/calls")}')" -gt 1 || while ! test -e '${go}'; do sleep 0.05; done`;
  return writePlan(project, {
    tiers: [[{ id: "slow", attempts: [[noteCall(project, "slow"), { run: wait }, writes("slow.txt")]] }]],
  });
}

const builderAtWork = (project: Project) => waitUntil("the builder at work", () => calls(project).length > 0);

it("lets one process drive a run, and tells the other who does", async () => {
  const project = createProject({ config: quick });
  const first = startCli(project, "run", planThatWaits(project), "--json");
  await builderAtWork(project);
  const runId = newestRun(project);

  const second = await runCli(project, "resume", runId, "--json");
  expect(second.code).toBe(4);
  expect(second.json.error.code).toBe("run-held");
  expect(second.json.error.message).toContain(`process ${first.pid} `);

  writeFileSync(join(project.folder, "notes/go"), "");
  const result = await first.ended;
  expect(result.code).toBe(0);
  expect(result.json.state).toBe("succeeded");
  expect(calls(project)).toEqual(["slow"]);
  await expectNoProcess(project);
});

it("lets only one of two runs of a plan at the same moment begin", async () => {
  const project = createProject({ config: quick });
  const plan = planThatWaits(project);
  const both = [startCli(project, "run", plan, "--json"), startCli(project, "run", plan, "--json")];
  const refused = await Promise.race(both.map(({ ended }) => ended));
  expect([refused.code, refused.json.error.code]).toEqual([2, "run-unfinished"]);
  expect(refused.json.error.message).toContain(newestRun(project));
  writeFileSync(join(project.folder, "notes/go"), "");
  const results = await Promise.all(both.map(({ ended }) => ended));
  expect(results.map(({ code }) => code).sort()).toEqual([0, 2]);
  expect((await runCli(project, "status", "--json")).json.runs).toHaveLength(1);
  expect(calls(project)).toEqual(["slow"]);
  await expectNoProcess(project);
});

it("lets only one of two resumes at the same moment work", async () => {
  const project = createProject({ config: quick });
  const first = startCli(project, "run", planThatWaits(project), "--json");
  await builderAtWork(project);
  const runId = newestRun(project);
  first.signal("SIGKILL");
  await first.ended;

  writeFileSync(join(project.folder, "notes/go"), "");
  const both = await Promise.all([
    runCli(project, "resume", runId, "--json"),
    runCli(project, "resume", runId, "--json"),
  ]);
  const worked = both.filter(({ code }) => code === 0);
  const refused = both.filter(({ code }) => code !== 0);
  expect(worked).toHaveLength(1);
  // The slower one may come when the run has ended already.
  expect(refused.map(({ code, json }) => `${code} ${json.error.code}`)).toEqual([
    expect.stringMatching(/^(4 run-held|2 run-ended)$/),
  ]);
  expect(calls(project)).toEqual(["slow", "slow"]);
  expect((await runCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
  await expectNoProcess(project);
});

it("replaces a dead owner at once", async () => {
  const project = createProject({ config: heldFor(600) });
  const first = startCli(project, "run", planThatWaits(project), "--json");
  await builderAtWork(project);
  first.signal("SIGKILL");
  await first.ended;

  const resumed = await runCli(project, "resume", "--json");
  expect(resumed.code).toBe(0);
  expect(resumed.json.phases).toMatchObject([{ phaseId: "slow", state: "complete", attempts: 2 }]);
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);
});

/** Not in the middle of a transaction: nobody could write until it goes on. */
const stopBetweenWrites = (project: Project, cli: Cli): Promise<true> =>
  waitUntil("a moment between two writes", () => {
    cli.signal("SIGSTOP");
    try {
      sql(project, "begin immediate; rollback", 500);
      return true;
    } catch {
      cli.signal("SIGCONT");
      return false;
    }
  });

it.each(["auto", "off"])(
  "keeps a process that was stopped past its lease from writing anything (sandbox %s)",
  async (sandbox) => {
    const project = createProject({ config: { ...heldFor(1), sandbox } });
    const stopped = startCli(project, "run", planThatWaits(project), "--json");
    await builderAtWork(project);
    const runId = newestRun(project);
    await stopBetweenWrites(project, stopped);

    const taken = await waitUntil("the lease to run out", async () => {
      const result = await runCli(project, "resume", runId, "--json");
      return result.json.error?.code === "run-held" ? undefined : result;
    });
    expect(taken.code).toBe(0);
    expect(taken.json.state).toBe("succeeded");
    const events = eventsOf(project, runId);

    stopped.signal("SIGCONT");
    const late = await stopped.ended;
    expect(late.code).toBe(4);
    expect(late.json.error.code).toBe("run-lost");
    expect(eventsOf(project, runId)).toEqual(events);
    expect((await runCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
    expect((await runCli(project, "status", runId, "--json")).json).toEqual(taken.json);
    expect(calls(project)).toEqual(["slow", "slow"]);
    expect(existsSync(join(project.repo, "slow.txt"))).toBe(false);
    expect(workspaces(project)).toEqual([]);
    await expectNoProcess(project);
  },
);

it("tells the loss of the run, and not what it stumbled over because of it", async () => {
  const folder = temporaryFolder();
  createCrashRepository(folder, 1);
  let taken = false;
  const app = await openAt(
    folder,
    watchCalls((point, [append]) => {
      if (taken && point.startsWith("platform.git."))
        throw new Error("the folder that git is to run in is gone");
      const isIntegrating = JSON.stringify(append ?? "").includes('"integration-started"');
      if (taken || !isIntegrating || !/^ledger\.append.*after$/.test(point)) return;
      taken = true;
      const anothers = `fence = fence + 1, pid = 1, start_time = '1'`;
      sql({ repo: join(folder, "repo") }, `update leases set ${anothers} where stream = 'run/${crashRunId}'`);
    }),
  );
  await expect(driveToEnd(app)).rejects.toMatchObject({ name: "OwnershipLost" });
  expect(taken).toBe(true);
  await app.close();
});
