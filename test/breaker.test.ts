import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  callCli,
  calls,
  createProject,
  createQuickProject,
  type Fields,
  noteCall,
  type PhaseOptions,
  type Project,
  runCli,
  startCli,
  waitUntil,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { git, writeTree } from "./harness/temp.ts";

const needsGood = { good: "! test -e one.txt || grep -q good one.txt" };

/** A phase whose check fails alike at every attempt, one that needs it, and one that has nothing to do with either. */
function badPlan(project: Project, fields: Fields = {}, content = "bad\n"): string {
  const attempt = [noteCall(project, "one"), writes("one.txt", content)];
  const tier: PhaseOptions[] = [
    { id: "one", attempts: [attempt, attempt, attempt], fields },
    { id: "two", fields: { depends_on: ["one"] } },
    { id: "three", attempts: [[writes("three.txt")]] },
  ];
  return writePlan(project, { checks: needsGood, tiers: [tier] });
}

const runPlan = async (project: Project, plan: string, ...words: readonly string[]) =>
  (await callCli(project, "run", plan, "--quiet", "--json", ...words)).json;
const commit = (project: Project, files: Readonly<Record<string, string>>) => {
  writeTree(project.repo, files);
  git(project.repo, "add", "--all");
  git(project.repo, "commit", "-qm", "More");
};
const refused = { state: "failed", attempts: 0, failure: { kind: "breaker-open", class: "deterministic" } };
const tried = { state: "failed", attempts: 2, failure: { kind: "check-failed" } };

it("refuses what failed twice alike until something that it depends on changes, and goes on with the rest", async () => {
  const project = createQuickProject({ sandbox: "off" });
  const plan = badPlan(project);
  const first = await runPlan(project, plan);
  expect(first.phases).toMatchObject([tried, { state: "blocked" }, { state: "complete" }]);

  for (const words of [["--new"], ["--continue", first.runId]]) {
    const again = await runPlan(project, plan, ...words);
    expect(again.phases).toMatchObject([refused, { state: "blocked", blockedBy: "one", attempts: 0 }, {}]);
    expect(["complete", "skipped"]).toContain(again.phases[2].state);
  }
  expect(calls(project)).toHaveLength(2);

  commit(project, { "notes.md": "Nothing that a check reads.\n" });
  expect((await runPlan(project, plan)).phases[0]).toMatchObject(refused);
  commit(project, { "src/other.js": "export {};\n" });
  expect((await runPlan(project, plan)).phases[0]).toMatchObject(tried);
  expect((await runPlan(project, badPlan(project, { description: "Do it well." }))).phases[0]).toMatchObject(
    tried,
  );
  // Back to what was tried before: it is remembered.
  expect((await runPlan(project, badPlan(project))).phases[0]).toMatchObject(refused);
  const other = badPlan(project, {}, "good\n");
  expect((await runPlan(project, other)).phases[0]).toMatchObject({ state: "complete", attempts: 1 });
});

it("says why it refuses and what would open it, and lets a person reset it with a reason", async () => {
  const project = createQuickProject({ sandbox: "off" });
  const plan = badPlan(project);
  const first = await runPlan(project, plan);
  // Another process, after a restart.
  const { json: second } = await runCli(project, "run", plan, "--quiet", "--json");
  const { fingerprint } = first.phases[0].failure;
  expect(second.phases[0]).toMatchObject(refused);
  const { stdout: report } = await callCli(project, "report", second.runId);
  for (const part of [fingerprint, `attempt 2 at one in run ${first.runId}`, "the phase's text, or the goal"])
    expect(report).toContain(part);
  expect(report).toContain(`autopack breaker reset ${fingerprint} --reason`);
  expect(report).toMatch(/`two`: blocked by `one`, which failed \(`breaker-open`\)/);

  const { json: listed } = await callCli(project, "breaker", "list", "--json");
  expect(listed.breakers).toMatchObject([
    { state: "open", fingerprint, count: 2, scope: { kind: "phase", name: "one" } },
  ]);
  expect((await callCli(project, "breaker", "list")).stdout).toContain(fingerprint);
  const short = fingerprint.slice(3, 9);
  expect((await callCli(project, "breaker", "show", short)).stdout).toMatch(/closed off until[\s\S]*plan /);

  const without = await callCli(project, "breaker", "reset", short, "--reason", " ", "--json");
  expect([without.code, without.json.error.code]).toEqual([2, "no-reason"]);
  const unknown = await callCli(project, "breaker", "reset", "v1:beef", "--reason", "x", "--json");
  expect([unknown.code, unknown.json.error.code]).toEqual([2, "no-such-breaker"]);
  const reset = await callCli(
    project,
    "breaker",
    "reset",
    short,
    "--reason",
    "the check was mended",
    "--json",
  );
  expect(reset.json).toMatchObject({ fingerprint, reset: [{ count: 2 }] });
  expect((await runPlan(project, plan)).phases[0]).toMatchObject(tried);
  const { json: shown } = await callCli(project, "breaker", "show", fingerprint, "--json");
  expect(shown.history.map(({ what }: { what: string }) => what)).toContainEqual(
    expect.stringMatching(/^reset by .*: the check was mended$/),
  );
  expect((await callCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
});

it("tries what the host decided once, for all phases that it concerns, until the host's answer can be another", async () => {
  const project = createQuickProject({ sandbox: "off", setup: ["test -f package-lock.json"] });
  await callCli(project, "trust", "--yes");
  const plan = writePlan(project, { tiers: [[{ id: "one" }], [{ id: "two" }]] });
  const failed = await runPlan(project, plan);
  expect(failed.phases).toMatchObject([{ attempts: 1, failure: { kind: "setup-failed" } }, refused]);
  expect((await runPlan(project, plan)).phases).toMatchObject([refused, refused]);
  commit(project, { "package-lock.json": "{}" });
  expect(await runPlan(project, plan)).toMatchObject({ state: "succeeded" });
  // What would fail without the lock file still would.
  git(project.repo, "revert", "--no-edit", "HEAD");
  expect((await runPlan(project, plan)).phases).toMatchObject([refused, refused]);
});

it("refuses in a run that is resumed what another run has learned meanwhile", async () => {
  const project = createQuickProject({ sandbox: "off", limits: { max_parallel: 1, poll_seconds: 0.05 } });
  const waits = join(project.folder, "notes/waits");
  const plan = badPlan(project);
  const pause = { run: `test -e '${waits}' || { touch '${waits}'; sleep 600; }` };
  const longer = writePlan(project, {
    name: "longer",
    checks: needsGood,
    tiers: [[{ id: "first", attempts: [[pause, writes("first.txt")]] }]],
  });
  // The same phase, word for word, beside another one.
  const [whole, other] = [plan, longer].map((path) => JSON.parse(readFileSync(path, "utf8")));
  other.tiers[0].phases.push(whole.tiers[0].phases[0]);
  writeFileSync(longer, JSON.stringify(other));
  const cli = startCli(project, "run", longer, "--quiet", "--json");
  await waitUntil("the first phase is at work", () => existsSync(waits));
  cli.signal("SIGTERM");
  await cli.ended;

  await runPlan(project, plan);
  const { json: resumed } = await callCli(project, "resume", "--quiet", "--json");
  expect(resumed.phases).toMatchObject([{ state: "complete" }, refused]);
});

it("asks a provider that is down by one probe at a time, from all processes, and calls no builder until it is back", async () => {
  const project = createProject();
  const notes = join(project.folder, "notes");
  const down = `{"failure":{"kind":"provider-unavailable","message":"no answer"}}`;
  const config = {
    version: 1,
    limits: { poll_seconds: 0.02, transient_first_seconds: 0.05, transient_max_seconds: 0.1, probe_after: 2 },
    builders: {
      agent: {
        command: `echo call >> '${notes}/calls'; if test -e '${notes}/up'; then echo x > "$AUTOPACK_PHASE.txt"; else echo '${down}' > "$AUTOPACK_RESULT"; fi`,
        probe: `echo begin >> '${notes}/probes'; sleep 0.05; echo end >> '${notes}/probes'; test $(grep -c end '${notes}/probes') -ge 4 && touch '${notes}/up'`,
        writable: [notes],
      },
    },
  };
  writeTree(project.repo, { "autopack.yaml": JSON.stringify(config) });
  await callCli(project, "trust", "--yes");
  const planOf = (name: string) =>
    writePlan(project, { name, tiers: [[{ id: name, fields: { builder: "agent" } }]] });
  const [a, b] = [planOf("a"), planOf("b")];
  const ended = await Promise.all([
    runCli(project, "run", a, "--quiet", "--json"),
    runCli(project, "run", b, "--quiet", "--json"),
  ]);
  expect(ended.map(({ json }) => json.state)).toEqual(["succeeded", "succeeded"]);
  const probes = readFileSync(join(notes, "probes"), "utf8").trim().split("\n");
  expect(probes).toEqual(Array.from({ length: probes.length / 2 }, () => ["begin", "end"]).flat());
  expect(probes.length / 2).toBe(4);
  // At most one was under way in the other process when the second failure opened it; then one for each phase that went through.
  expect(calls(project).length).toBeLessThanOrEqual(5);
});

it("works around any function, as the example shows", () => {
  const output = execFileSync(process.execPath, [join(import.meta.dirname, "../examples/breaker/demo.mjs")], {
    encoding: "utf8",
  });
  expect(output).toMatch(/refused: no language is set\n[\s\S]*6 wanted, 4 called\n$/);
});
