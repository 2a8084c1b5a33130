import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Instruments, openApp } from "../src/app.ts";
import { driveRun } from "../src/cli/drive.ts";
import { readEnvironment } from "../src/config.ts";
import { admitPlan } from "../src/executor/admit-plan.ts";
import { createRun } from "../src/executor/create-run.ts";
import { callCli, createProject, eventsOf, type Project, writePlan, writes } from "./harness/cli.ts";

const runId = "plan-00000000";
const silent = { onEvent: () => undefined, onOutput: () => undefined };

/** A clock that is set by `ms` each time that the file `set` appears; time itself passes as ever. */
function clockThatIsSet({ folder }: Project, ms: number): Instruments {
  let by = 0;
  const look = () => {
    if (!existsSync(join(folder, "notes/set"))) return;
    rmSync(join(folder, "notes/set"));
    by += ms;
  };
  return {
    ledger: (ledger) => ledger,
    platform: (platform) => ({
      ...platform,
      clock: {
        now() {
          look();
          return new Date(platform.clock.now().getTime() + by);
        },
        elapsed: () => platform.clock.elapsed(),
        sleep: (duration, signal) => platform.clock.sleep(duration, signal),
      },
    }),
  };
}

async function runOn(project: Project, instruments: Instruments, planPath: string) {
  const app = await openApp(readEnvironment(project.env), project.repo, instruments);
  try {
    const { platform, repository, config } = app;
    const admitted = await admitPlan({
      platform,
      root: repository.root,
      config,
      home: app.environment.home,
      own: [],
      workspaceRoot: app.workspaceRoot,
      configPath: undefined,
      planPath,
      variables: {},
    });
    if (!admitted.created) throw new Error("the plan is refused");
    await createRun(await app.openExecutor(silent), runId, admitted.created, []);
    return (await driveRun(app, runId, silent)).state;
  } finally {
    await app.close();
  }
}

const setTheClock = ({ folder }: Project) => ({ run: `touch '${join(folder, "notes/set")}'; sleep 0.3` });

it.each([
  ["a day forwards", 86_400_000],
  ["an hour backwards", -3_600_000],
])("carries a run through a clock that is set %s: no budget, lease or wait is harmed", async (_, ms) => {
  const project = createProject({ config: { sandbox: "off", limits: { poll_seconds: 0.05 } } });
  const plan = writePlan(project, {
    run: { budget: { minutes: 10 } },
    checks: { sets: setTheClock(project).run },
    tiers: [
      [
        {
          id: "one",
          attempts: [
            [setTheClock(project), { rate_limit: { retry_after_seconds: 1 } }],
            [writes("one.txt"), setTheClock(project)],
          ],
          fields: { budget: { minutes: 5 } },
        },
        { id: "two", fields: { budget: { minutes: 5 } } },
      ],
    ],
  });
  const started = performance.now();
  const state = await runOn(project, clockThatIsSet(project, ms), plan);
  const tookMs = performance.now() - started;
  expect(state).toMatchObject({ state: "succeeded", phases: [{ state: "complete" }, { state: "complete" }] });
  expect(state.activeMs).toBeGreaterThan(0);
  expect(state.activeMs).toBeLessThan(tookMs);
  expect(eventsOf(project, runId).filter((type) => type === "clock-jumped").length).toBeGreaterThan(1);

  const report = await callCli(project, "report", runId, "--verify", "--json");
  expect([report.code, report.json.seconds === null || report.json.seconds >= 0]).toEqual([0, true]);
  expect((await callCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
  for (const args of [["status"], ["status", runId], ["report", runId], ["show", runId, "one"]])
    expect((await callCli(project, ...args)).stdout).not.toMatch(/NaN|-\d+(\.\d+)? s\b/);
});
