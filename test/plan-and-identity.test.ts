import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  calls,
  createProject,
  eventsOf,
  type Fields,
  newestRun,
  noteCall,
  type Project,
  runCli,
  startCli,
  waitUntil,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

const config = {
  limits: { stop_grace_seconds: 0.3, poll_seconds: 0.05 },
  defaults: { budget: { attempts: 1 } },
};

/** A phase that notes its call and writes its deliverable. */
const noted = (project: Project, id: string, content = `${id}\n`, fields: Fields = {}) => ({
  id,
  attempts: [[noteCall(project, id), writes(`${id}.txt`, content)]],
  fields,
});

/** Starts a run of one phase that waits for `go`, kills it and returns its id. */
async function cutOffRun(project: Project): Promise<{ plan: string; runId: string }> {
  const go = join(project.folder, "notes/go");
  const wait = {
    run: `echo slow >> '${join(project.folder, "notes/calls")}'; while ! test -e '${go}'; do sleep 0.05; done`,
  };
  const plan = writePlan(project, {
    tiers: [[{ id: "slow", attempts: [[wait, writes("slow.txt", "as pinned\n")]] }]],
  });
  const cli = startCli(project, "run", plan);
  await waitUntil("the builder at work", () => calls(project).length > 0);
  cli.signal("SIGKILL");
  await cli.ended;
  return { plan, runId: newestRun(project) };
}

const letGo = (project: Project) => writeFileSync(join(project.folder, "notes/go"), "");

it("refuses to run a plan that has an unfinished run, and names resume and --new", async () => {
  const project = createProject({ config });
  const { plan, runId } = await cutOffRun(project);

  const refused = await runCli(project, "run", plan, "--json");
  expect(refused.code).toBe(2);
  expect(refused.json.error.code).toBe("run-unfinished");
  expect(refused.json.error.message).toContain(runId);
  expect(refused.json.error.action).toContain(`autopack resume ${runId}`);
  expect(refused.json.error.action).toContain("--new");

  letGo(project);
  const another = await runCli(project, "run", plan, "--new", "--json");
  expect(another.code).toBe(0);
  expect(another.json.runId).not.toBe(runId);
  const { runs } = (await runCli(project, "status", "--json")).json;
  expect(runs.map((row: { runId: string; state: string }) => [row.runId, row.state])).toEqual([
    [another.json.runId, "succeeded"],
    [runId, "running"],
  ]);
});

it("goes on with what was pinned at the start, whatever the files say by now", async () => {
  const project = createProject({ config });
  const { plan, runId } = await cutOffRun(project);

  writePlan(project, {
    checks: { never: "false" },
    tiers: [[{ id: "slow", attempts: [[writes("slow.txt", "edited\n")]] }, { id: "added" }]],
  });
  writeFileSync(join(project.repo, "autopack.yaml"), JSON.stringify({ version: 1, protect: ["slow.txt"] }));
  letGo(project);
  const resumed = await runCli(project, "resume", "--json");
  expect(resumed.json).toMatchObject({
    runId,
    state: "succeeded",
    phases: [{ phaseId: "slow", state: "complete" }],
  });
  expect(git(project.repo, "show", `${resumed.json.branch}:slow.txt`)).toBe("as pinned\n");
  expect(git(project.repo, "status", "--porcelain").trim()).toBe("M autopack.yaml");

  const again = await runCli(project, "resume", runId, "--json");
  expect([again.code, again.json.error.code]).toEqual([2, "run-ended"]);
  writeFileSync(plan, "not: [a plan");
  expect((await runCli(project, "report", runId, "--verify", "--json")).code).toBe(0);
});

it("continues a run from its head after mending, skipping what is certified and unchanged", async () => {
  const project = createProject({ config });
  const plan = writePlan(project, {
    tiers: [
      [noted(project, "kept"), noted(project, "reworded"), noted(project, "rescripted")],
      [{ id: "broken", attempts: [[noteCall(project, "broken")]] }],
      [noted(project, "dependant", "dependant\n", { depends_on: ["broken"] })],
    ],
  });
  const first = await runCli(project, "run", plan, "--json", "--max-parallel", "1");
  expect(first.code).toBe(1);
  expect(first.json.state).toBe("partial");
  expect(calls(project)).toEqual(["kept", "reworded", "rescripted", "broken"]);

  writePlan(project, {
    tiers: [
      [
        noted(project, "kept"),
        noted(project, "reworded", "in other words\n", { description: "In other words" }),
        noted(project, "rescripted", "by another script\n"),
      ],
      [noted(project, "broken")],
      [noted(project, "dependant", "dependant\n", { depends_on: ["broken"] })],
    ],
  });
  const second = await runCli(project, "run", plan, "--continue", first.json.runId, "--json");
  expect(second.code).toBe(0);
  expect(second.json.phases).toMatchObject([
    { phaseId: "kept", state: "skipped", attempts: 0, certifiedIn: first.json.runId },
    { phaseId: "reworded", state: "complete", attempts: 1 },
    { phaseId: "rescripted", state: "complete", attempts: 1 },
    { phaseId: "broken", state: "complete", attempts: 1 },
    { phaseId: "dependant", state: "complete", attempts: 1 },
  ]);
  // Two of one tier run beside each other.
  expect(calls(project).slice(4).sort()).toEqual(["broken", "dependant", "rescripted", "reworded"]);

  const { json } = await runCli(project, "report", second.json.runId, "--verify", "--json");
  expect(json.continues).toBe(first.json.runId);
  expect(json.base.commit).toBe(git(project.repo, "rev-parse", first.json.branch).trim());
  expect(json.certificateChecks).toHaveLength(5);
  expect(json.certificateChecks.flatMap((check: { discrepancies: string[] }) => check.discrepancies)).toEqual(
    [],
  );
  expect(git(project.repo, "diff", "--name-only", "main", second.json.branch).trim().split("\n")).toEqual([
    "broken.txt",
    "dependant.txt",
    "kept.txt",
    "rescripted.txt",
    "reworded.txt",
  ]);

  writePlan(project, {
    checks: { there: "test -f readme.txt", more: "true" },
    tiers: [[noted(project, "kept", "kept once more\n")]],
  });
  const third = await runCli(project, "run", plan, "--continue", second.json.runId, "--json");
  expect(third.json.phases).toMatchObject([{ phaseId: "kept", state: "complete", attempts: 1 }]);
});

it("leaves out what lint refuses with --keep-going: no builder is called for it or its dependants", async () => {
  const project = createProject({ config });
  const protectedPath = { deliverables: [".github/workflows/ci.yml"] };
  const plan = writePlan(project, {
    tiers: [
      [noted(project, "sound"), noted(project, "refused", "x", protectedPath)],
      [noted(project, "dependant", "x", { depends_on: ["refused"] })],
      [noted(project, "further", "x", { depends_on: ["dependant"] }), noted(project, "later")],
    ],
  });
  const { code, json } = await runCli(project, "run", plan, "--keep-going", "--json");
  expect(code).toBe(1);
  expect(json.phases).toMatchObject([
    { phaseId: "sound", state: "complete", attempts: 1 },
    { phaseId: "refused", state: "failed", attempts: 0, failure: { kind: "plan-refused" } },
    { phaseId: "dependant", state: "blocked", attempts: 0, blockedBy: "refused" },
    { phaseId: "further", state: "blocked", attempts: 0, blockedBy: "refused" },
    { phaseId: "later", state: "complete", attempts: 1 },
  ]);
  expect(calls(project)).toEqual(["sound", "later"]);
  expect(eventsOf(project, json.runId).filter((type) => type === "build-started")).toHaveLength(2);
});

it.each<[string, Fields]>([
  ["a protected deliverable", { deliverables: [".github/workflows/ci.yml"] }],
  ["an unknown dependency", { depends_on: ["nobody"] }],
  ["a builder that is missing", { builder: "nobody" }],
])("refuses a plan with %s before a run is in the ledger", async (_, fields) => {
  const project = createProject({ config });
  const plan = writePlan(project, { tiers: [[noted(project, "sound"), noted(project, "bad", "x", fields)]] });
  const refused = await runCli(project, "run", plan, "--json");
  expect(refused.code).toBe(2);
  expect(refused.json.error.code).toBe("plan-refused");
  expect((await runCli(project, "status", "--json")).json).toMatchObject({ runs: [], evidenceRuns: [] });
  expect(calls(project)).toEqual([]);
  expect(git(project.repo, "for-each-ref", "--format=%(refname)").trim()).toBe("refs/heads/main");
});

it("prints every event as a line and the result as the last one with --events ndjson", async () => {
  const project = createProject({ config });
  const plan = writePlan(project, { tiers: [[noted(project, "one")]] });
  const { code, stdout } = await runCli(project, "run", plan, "--quiet", "--events", "ndjson");
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Fields);
  expect(code).toBe(0);
  expect(lines.at(-1)).toMatchObject({ schemaVersion: 1, state: "succeeded", phases: [{ phaseId: "one" }] });
  const stored = eventsOf(project, newestRun(project));
  // The run was created before anybody could listen.
  expect(lines.slice(0, -1).map((line) => line["type"])).toEqual(stored.slice(1));
});
