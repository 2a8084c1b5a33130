import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createCrashRepository, phase, script } from "./harness/crash-plan.ts";
import { driveToEnd, openAt } from "./harness/crash-run.ts";
import { createRepository, temporaryFolder } from "./harness/temp.ts";

type App = Awaited<ReturnType<typeof openAt>>;
const runId = "at-once-00000001";

/** The program on a ledger that answers the breaker only when the phases are not in such `states` any more. */
async function openSlow(folder: string, slow: (states: readonly string[]) => boolean): Promise<App> {
  const app: App = await openAt(folder, {
    platform: (platform) => platform,
    ledger: (ledger) => ({
      ...ledger,
      async readRepository(afterSeq) {
        const events = await ledger.readRepository(afterSeq);
        for (let looks = 0; looks < 100 && slow(await statesOf(app)); looks++) await sleep(50);
        return events;
      },
    }),
  });
  return app;
}

const statesOf = async (app: App) =>
  (await app.store.ledger.loadRun(runId))?.state.phases.map(({ state }) => state) ?? [];
const isAnyAtWork = (states: readonly string[]) =>
  states.some((state) => state === "executing" || state === "verifying");

it("goes on at once when a phase ends while the breaker is asked", async () => {
  const folder = temporaryFolder();
  createCrashRepository(folder, 2);
  // One has ended, and the other does while its outcome is told. Nothing but the end of a phase wakes this run.
  const app = await openSlow(folder, (states) => states.includes("complete") && isAnyAtWork(states));
  expect((await driveToEnd(app, runId)).state).toBe("succeeded");
  await app.close();
});

it("asks the breaker about a phase that became ready while it was asked about others", async () => {
  const folder = temporaryFolder();
  createRepository(join(folder, "repo"), {
    "autopack.yaml": "version: 1\nlimits: { max_parallel: 2 }\n",
    "s/wrong.yaml": script(...["", ""].map(() => `{ write: { path: wrong.txt, content: "wrong\\n" } }`)),
    "s/a.yaml": script(`{ write: { path: a.txt, content: "a\\n" } }`),
    "s/b.yaml": script(`{ write: { path: b.txt, content: "b\\n" } }`),
    "plan.yaml": `version: 1
run: { id: at-once, goal: Ask before each attempt }
checks: { right: "! grep -q wrong *.txt" }
tiers:
  - id: core
    phases:
${phase("wrong", ", depends_on: [a]")}${phase("a", "")}${phase("b", "")}`,
  });
  const app = await openAt(folder);
  const first = await driveToEnd(app);
  await app.close();
  expect(first.phases.map(({ attempts }) => attempts.length)).toEqual([2, 1, 1]);

  const slow = await openSlow(folder, isAnyAtWork);
  const second = await driveToEnd(slow, runId);
  await slow.close();
  expect(second.phases.map(({ attempts }) => attempts.length)).toEqual([0, 1, 1]);
  expect(second.phases[0]?.failure).toMatchObject({ kind: "breaker-open" });
});
