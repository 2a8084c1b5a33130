import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  type Cli,
  callCli,
  calls,
  createQuickProject,
  eventsOf,
  expectNoProcess,
  type Fields,
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
import { processesOf } from "./harness/processes-of.ts";

/** A step that notes its call and ends only when the file `go` is there: a real child of the builder. */
const callAndWait = ({ folder }: Project, name: string, first = ""): Fields => ({
  run: `${first} echo ${name} >> '${join(folder, "notes/calls")}'; while ! test -e '${join(folder, "notes/go")}'; do sleep 0.05; done`,
});
const letGo = ({ folder }: Project): void => writeFileSync(join(folder, "notes/go"), "");

/** A phase that is done at once, then one whose builder works until it is let go. */
const planThatHangs = (project: Project, hang: Fields = callAndWait(project, "slow")): string =>
  writePlan(project, {
    tiers: [
      [{ id: "quick", attempts: [[noteCall(project, "quick"), writes("quick.txt")]] }],
      [{ id: "slow", attempts: [[writes("slow.txt"), hang]] }],
    ],
  });

async function startUntilCall(project: Project, plan: string, call: string): Promise<Cli> {
  const cli = startCli(project, "run", plan, "--json");
  await waitUntil(`the call ${call}`, () => calls(project).includes(call));
  return cli;
}

async function kill(cli: Cli): Promise<void> {
  cli.signal("SIGKILL");
  await cli.ended;
}

async function expectWhole(project: Project): Promise<void> {
  expect((await runCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);
}

it.each([
  ["SIGINT", "auto"],
  ["SIGTERM", "off"],
] as const)(
  "stops builders at %s and leaves a run that resume completes (sandbox %s)",
  async (signal, sandbox) => {
    const project = createQuickProject({ sandbox });
    const cli = await startUntilCall(project, planThatHangs(project), "slow");
    cli.signal(signal);
    const stopped = await cli.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.json.state).toBe("waiting");
    await expectNoProcess(project);

    letGo(project);
    const resumed = await runCli(project, "resume", "--json");
    expect(resumed.code).toBe(0);
    expect(resumed.json).toMatchObject({
      runId: stopped.json.runId,
      state: "succeeded",
      phases: [
        { phaseId: "quick", state: "complete", attempts: 1 },
        { phaseId: "slow", state: "complete", attempts: 2 },
      ],
    });
    expect(calls(project)).toEqual(["quick", "slow", "slow"]);
    await expectWhole(project);
  },
);

it("ends at once at the second signal, and can still be resumed", async () => {
  const project = createQuickProject({ limits: { stop_grace_seconds: 60, poll_seconds: 0.05 } });
  const deaf = callAndWait(
    project,
    "slow",
    `trap 'echo asked >> "${join(project.folder, "notes/asked")}"' TERM;`,
  );
  const cli = await startUntilCall(project, planThatHangs(project, deaf), "slow");
  cli.signal("SIGINT");
  await waitUntil("the builder asked to end", () => existsSync(join(project.folder, "notes/asked")));
  // Within this time it would count as the first once more, delivered by a terminal and a parent.
  await after(350);
  cli.signal("SIGINT");
  const stopped = await cli.ended;
  expect(stopped.code).toBe(130);

  letGo(project);
  const resumed = await runCli(project, "resume", "--json");
  expect(resumed.code).toBe(0);
  expect(resumed.json.state).toBe("succeeded");
  expect(calls(project)).toEqual(["quick", "slow", "slow"]);
  await expectWhole(project);
});

it.each(["auto", "off"])(
  "does not count an attempt that a kill cut off, and ends its processes (sandbox %s)",
  async (sandbox) => {
    const project = createQuickProject({ sandbox, defaults: { budget: { attempts: 1 } } });
    const cli = await startUntilCall(project, planThatHangs(project), "slow");
    await kill(cli);
    // The sandbox takes its processes with it; without one they live on until resume finds them.
    const left = processesOf(project.folder).map(({ pid }) => pid);
    if (sandbox === "off") expect(left).not.toEqual([]);
    const runId = newestRun(project);

    const resumed = startCli(project, "resume", "--json");
    await waitUntil(
      "the builder called again",
      () => calls(project).filter((call) => call === "slow").length === 2,
    );
    expect(processesOf(project.folder).filter(({ pid }) => left.includes(pid))).toEqual([]);
    letGo(project);
    const result = await resumed.ended;
    expect(result.code).toBe(0);
    expect(result.json.phases[1]).toMatchObject({ state: "complete", attempts: 2 });
    const shown = await runCli(project, "show", runId, "slow", "--json");
    expect(shown.json.attempts.map((attempt: { outcome: string }) => attempt.outcome)).toEqual([
      "interrupted",
      "passed",
    ]);
    await expectWhole(project);
  },
);

it("ends a phase whose attempts were cut off twice running, and goes on with the others", async () => {
  const project = createQuickProject();
  const plan = writePlan(project, {
    tiers: [
      [{ id: "killer", attempts: [[noteCall(project, "killer"), { kill_host: true }]] }],
      [{ id: "other" }],
    ],
  });
  const first = await runCli(project, "run", plan, "--json");
  expect(first.signal).toBe("SIGKILL");
  const second = await runCli(project, "resume", "--json");
  expect(second.signal).toBe("SIGKILL");

  const third = await runCli(project, "resume", "--json");
  expect(third.code).toBe(1);
  expect(third.json).toMatchObject({
    state: "partial",
    phases: [
      { phaseId: "killer", state: "failed", attempts: 2, failure: { kind: "interrupted-twice" } },
      { phaseId: "other", state: "complete", attempts: 1 },
    ],
  });
  expect(calls(project)).toEqual(["killer", "killer"]);
  await expectWhole(project);
});

it("does not call a builder again that had ended before the kill", async () => {
  const project = createQuickProject({ sandbox: "off" });
  // A check in the sandbox could not note its call.
  const check = callAndWait(project, "check")["run"];
  const plan = writePlan(project, {
    checks: { waits: check },
    tiers: [[{ id: "built", attempts: [[noteCall(project, "built"), writes("built.txt")]] }]],
  });
  await kill(await startUntilCall(project, plan, "check"));

  letGo(project);
  const resumed = await runCli(project, "resume", "--json");
  expect(resumed.code).toBe(0);
  expect(resumed.json.phases).toMatchObject([{ state: "complete", attempts: 1 }]);
  expect(calls(project)).toEqual(["built", "check", "check"]);
  const events = eventsOf(project, resumed.json.runId);
  expect(events.filter((type) => type === "build-ended")).toHaveLength(1);
  expect(events).not.toContain("attempt-interrupted");
  await expectWhole(project);
});

it("stops during checks and goes on with them, without calling the builder again", async () => {
  const project = createQuickProject({ sandbox: "off" });
  const check = callAndWait(project, "check")["run"];
  const plan = writePlan(project, {
    checks: { waits: check },
    tiers: [[{ id: "built", attempts: [[noteCall(project, "built"), writes("built.txt")]] }]],
  });
  const cli = await startUntilCall(project, plan, "check");
  cli.signal("SIGTERM");
  const stopped = await cli.ended;
  expect(stopped.code).toBe(130);
  await expectNoProcess(project);

  letGo(project);
  const resumed = await runCli(project, "resume", "--json");
  expect(resumed.code).toBe(0);
  expect(calls(project)).toEqual(["built", "check", "check"]);
  await expectWhole(project);
});

it("stops where the store does not take an outcome, and goes on with it once it does", async () => {
  const project = createQuickProject();
  const plan = writePlan(project, { tiers: [[{ id: "one", attempts: [[writes("one.txt")]] }]] });
  await callCli(project, "status");
  // SQLite fails with "no such column" each time that this event is to be stored, and takes any other.
  sql(project, "create virtual table words using fts5(word)");
  sql(
    project,
    `create trigger refuses before insert on events when new.type = 'build-ended'
     begin select 1 from words where words match 'missing : x'; end`,
  );
  const stopped = await callCli(project, "run", plan, "--json");
  expect([stopped.code, stopped.json.error?.code]).toEqual([4, "store-unreadable"]);
  expect(eventsOf(project, newestRun(project)).at(-1)).toBe("build-started");

  sql(project, "drop trigger refuses");
  sql(project, "drop table words");
  const resumed = await callCli(project, "resume", "--json");
  expect(resumed.json).toMatchObject({ state: "succeeded", phases: [{ state: "complete" }] });
  await expectWhole(project);
});
