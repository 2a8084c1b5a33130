import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verdicts } from "../src/domain/assessment.ts";
import { callCli, newestRun, type Project, runCli, sql, writePlan, writes } from "./harness/cli.ts";
import { createImportedProject, recordedPhases } from "./harness/recorded-project.ts";
import { git } from "./harness/temp.ts";

const read = (project: Project, name: string): string => readFileSync(join(project.folder, name), "utf8");

test("assess comes to every verdict, in every form, with the same bytes each time", async () => {
  const project = await createImportedProject();
  const { json } = await callCli(project, "assess", "--json");
  const found = json.phases.map(({ runId, phaseId, verdict }: Record<string, string>) => [
    runId,
    phaseId,
    verdict,
  ]);
  expect(found).toEqual(recordedPhases.map(({ run, phase, verdict }) => [run, phase, verdict]));
  expect(new Set(recordedPhases.map(({ verdict }) => verdict))).toEqual(new Set(verdicts));
  expect(json).toMatchObject({
    schemaVersion: 1,
    rootCauses: [{ party: "builder" }, { party: "orchestrator" }],
    contradictions: [{ runId: "first" }, { runId: "trial" }],
  });
  expect(json.decisionMatrix).toHaveLength(recordedPhases.length + 3);

  for (const format of ["text", "markdown", "sarif"]) {
    const [one, other] = [
      await callCli(project, "assess", "--format", format),
      await callCli(project, "assess", "--format", format),
    ];
    expect([one.code, one.stdout]).toEqual([0, other.stdout]);
    expect(one.stdout, format).toContain("printer");
  }
  const sarif = JSON.parse((await callCli(project, "assess", "--format", "sarif")).stdout);
  expect(sarif).toMatchObject({ version: "2.1.0", runs: [{ tool: { driver: { name: "autopack" } } }] });
  const rules = sarif.runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
  for (const { ruleId, locations = [] } of sarif.runs[0].results) {
    expect(rules).toContain(ruleId);
    for (const { physicalLocation } of locations)
      expect(recordedPhases.flatMap(({ deliverables }) => deliverables)).toContain(
        physicalLocation.artifactLocation.uri,
      );
  }
});

test("assess tells of one run, at a revision, with the claims of given documents", async () => {
  const project = await createImportedProject();
  const verdictOf = async (phase: string, ...args: string[]) => {
    const { json } = await callCli(project, "assess", "--json", ...args);
    return json.phases.find(({ phaseId }: { phaseId: string }) => phaseId === phase)?.verdict;
  };
  expect(await verdictOf("search", "--run", "sec")).toBeUndefined();
  expect(await verdictOf("search-again", "--run", "sec")).toBe("delivered");
  expect(await verdictOf("search-again", "--at", "HEAD~1")).toBe("not-delivered");
  expect(await verdictOf("index-all", "--claims", "*.txt")).toBe("not-delivered");
  expect(await callCli(project, "assess", "--at", "nowhere")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("`nowhere` is no commit"),
  });
  expect(await callCli(project, "assess", "--run", "third")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no run is called `third`"),
  });
});

test("assess runs the own tests of phases where the configuration is trusted, and finds the first commit that passes them", async () => {
  const project = await createImportedProject();
  expect(await callCli(project, "assess", "--run-tests")).toMatchObject({ code: 3 });
  await callCli(project, "trust", "--yes");
  const { json, stderr } = await callCli(project, "assess", "--first-pass", "--json");
  const ofPhase = (id: string) => json.phases.find(({ phaseId }: { phaseId: string }) => phaseId === id);
  const [early, reader] = git(project.repo, "log", "--reverse", "--format=%H").split("\n").slice(1, 3);
  expect(ofPhase("parser")).toMatchObject({ ownTestsPass: true, testsFirstPassAt: early });
  // Its test was there before what it tests.
  expect(ofPhase("reader")).toMatchObject({ ownTestsPass: true, testsFirstPassAt: reader });
  expect(ofPhase("writer")).toMatchObject({ ownTestsPass: null, testsFirstPassAt: null });
  expect(stderr).toMatch(/Running test on [0-9a-f]{10} …/);
  expect(
    readdirSync(join(project.folder, "state", "autopack", "workspaces")).flatMap((key) =>
      readdirSync(join(project.folder, "state", "autopack", "workspaces", key)),
    ),
  ).toEqual([]);
  expect(existsSync(join(project.repo, "junit.xml"))).toBe(false);
});

test("remediation is proposed in a file, shown, recorded whole, and changes no outcome", async () => {
  const project = await createImportedProject();
  await callCli(project, "trust", "--yes");
  await runCli(
    project,
    "run",
    writePlan(project, {
      name: "own",
      tiers: [
        [
          { id: "a" },
          { id: "b", attempts: [[writes("other.txt")], [writes("other.txt")], [writes("other.txt")]] },
        ],
      ],
    }),
    "--quiet",
  );
  const own = newestRun(project);
  const outcomes = async () => {
    const seen = [];
    for (const args of [
      ["status", "--json"],
      ["report", own, "--verify", "--json"],
      ["show", own, "b", "--json"],
    ])
      seen.push((await callCli(project, ...args)).stdout);
    const { json } = await callCli(project, "assess", "--json");
    return [
      ...seen,
      ...json.phases.map(({ recordedState, verdict, confidence }: Record<string, unknown>) => [
        recordedState,
        verdict,
        confidence,
      ]),
    ];
  };
  const before = await outcomes();

  const file = join(project.folder, "remediation.yaml");
  const planned = await callCli(project, "remediate", "plan", "--output", file);
  expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining("remediate apply") });
  expect(await callCli(project, "remediate", "plan", "--output", file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there already"),
  });
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/action: credit\n +reason: .*\n +verdict: delivered\n/);

  const shown = await callCli(project, "remediate", "apply", file);
  expect(shown.stdout).toMatch(/credit +first\/reader +counted as delivered; its record stays FAILED/);
  expect(shown.stdout).toContain("Nothing is recorded yet.");
  expect((await callCli(project, "disposition", "list")).stdout).toBe("There are no dispositions.\n");
  expect(existsSync(join(project.folder, "remediation"))).toBe(false);

  const { json } = await callCli(project, "remediate", "apply", file, "--yes", "--json");
  expect(
    json.decisions.map(({ kind, runId, phaseId }: Record<string, string>) => [kind, runId, phaseId]),
  ).toEqual([
    ["retry", "first", "printer"],
    ["credit", "first", "reader"],
    ["retry", "first", "writer"],
    ["defer", "first", "cache"],
    ["annotate", "first", "search"],
    ["preserve", "trial", null],
    ["credit", "second", "search-again"],
    ["retry", own, "b"],
  ]);
  expect(readdirSync(join(project.folder, "remediation"))).toEqual([
    "backlog.md",
    "deferred-first.yaml",
    "retry-first.yaml",
    `retry-${own}.yaml`,
  ]);
  expect(read(project, "remediation/backlog.md")).toMatch(
    /## first\n\n### cache\n\n- Deferred: .*\n- Assessed: not-delivered \(0 of 1\); recorded: QUEUED\n/,
  );
  expect(await outcomes()).toEqual(before);

  const again = await callCli(project, "remediate", "apply", file, "--yes");
  expect(again.stdout).toContain("There is nothing to record.");
  const { json: listed } = await callCli(project, "disposition", "list", "--json");
  expect(listed.dispositions).toHaveLength(8);
  expect(listed.dispositions[1]).toMatchObject({
    kind: "credit",
    proof: null,
    by: expect.any(String),
    evidence: { verdict: "delivered" },
  });
  expect((await callCli(project, "remediate", "plan")).stdout).toContain("dispositions: []");
  expect((await callCli(project, "ledger", "verify")).code).toBe(0);

  // The deferred phase runs later, from its plan as it stands.
  await callCli(project, "trust", "--yes");
  const later = await runCli(
    project,
    "run",
    join(project.folder, "remediation", "deferred-first.yaml"),
    "--quiet",
    "--json",
  );
  expect([later.code, later.json.state]).toEqual([0, "succeeded"]);
  const { id } = listed.dispositions.find(({ kind }: { kind: string }) => kind === "defer");
  expect((await callCli(project, "disposition", "show", id, "--json")).json).toMatchObject({
    planId: "deferred-first",
    runs: [{ runId: later.json.runId, state: "succeeded" }],
  });
});

test("a file that does not fit what is assessed now records nothing", async () => {
  const project = await createImportedProject();
  const revision = (await callCli(project, "assess", "--json")).json.revision;
  const file = join(project.folder, "edited.yaml");
  const entry = { run: "first", phase: "reader", action: "credit", reason: "seen", verdict: "delivered" };
  const refused = async (...dispositions: object[]) => {
    writeFileSync(file, JSON.stringify({ version: 1, revision, dispositions }));
    const { code, stderr } = await callCli(project, "remediate", "apply", file, "--yes");
    expect(code).toBe(2);
    expect((await callCli(project, "disposition", "list", "--json")).json.dispositions).toEqual([]);
    return stderr;
  };
  expect(await refused(entry, { ...entry, phase: "writer" })).toContain(
    "first/writer: it was assessed as delivered, and is partial",
  );
  expect(await refused(entry, { ...entry, phase: "nobody" })).toContain(
    "first/nobody: there is no such phase",
  );
  expect(await refused({ run: "first", action: "credit", reason: "all of it" })).toContain(
    "credit is for a phase",
  );
  expect(await refused(entry, entry)).toContain("it says twice: `credit first/reader`");
  expect(await refused({ ...entry, action: "praise" })).toMatch(/edited\.yaml.*1:\d+: /);
  expect(await refused({ ...entry, reason: " " })).toMatch(/1:\d+: /);
});

test("a credit is verified only by checks that pass when it is recorded, and else never", async () => {
  const project = await createImportedProject();
  await callCli(project, "trust", "--yes");
  const apply = async (name: string, phase: string, at: string, ...args: string[]) => {
    const revision = (await callCli(project, "assess", "--json", "--at", at)).json.revision;
    const file = join(project.folder, name);
    writeFileSync(
      file,
      JSON.stringify({
        version: 1,
        revision,
        dispositions: [{ run: "first", phase, action: "credit", reason: "it is there" }],
      }),
    );
    return runCli(project, "remediate", "apply", file, "--yes", ...args);
  };
  // Only the test is there: what it tests came a commit later.
  const failed = await apply("a.yaml", "parser", "HEAD~2", "--verify");
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/nothing was recorded: on [0-9a-f]{10} test inconclusive/),
  });
  expect((await apply("b.yaml", "parser", "HEAD~2")).code).toBe(0);
  expect((await apply("c.yaml", "reader", "HEAD", "--verify")).code).toBe(0);
  const { json } = await callCli(project, "disposition", "list", "--json");
  expect(json.dispositions).toMatchObject([
    { phaseId: "parser", proof: null },
    { phaseId: "reader", proof: { checks: [{ name: "test", outcome: "passed" }] } },
  ]);
  const [unverified, verified] = json.dispositions.map(({ id }: { id: string }) => id);
  expect((await callCli(project, "disposition", "show", unverified)).stdout).toContain("credit, unverified");
  expect((await callCli(project, "disposition", "show", verified)).stdout).toMatch(
    /credit, verified[\s\S]*Proof: +test passed on tree/,
  );
});

test("a disposition is superseded, never removed; a credit is a claim that what is denied contradicts", async () => {
  const project = await createImportedProject();
  const file = join(project.folder, "one.yaml");
  const revision = (await callCli(project, "assess", "--json")).json.revision;
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      revision,
      dispositions: [{ run: "first", phase: "cache", action: "credit", reason: "said to be there" }],
    }),
  );
  await callCli(project, "remediate", "apply", file, "--yes");
  const verdict = async () =>
    (await callCli(project, "assess", "--json")).json.phases.find(
      ({ phaseId }: { phaseId: string }) => phaseId === "cache",
    );
  expect(await verdict()).toMatchObject({
    verdict: "contradicted",
    claims: [{ by: "disposition", says: "done" }],
  });
  const [{ id }] = (await callCli(project, "disposition", "list", "--json")).json.dispositions;
  const over = await callCli(
    project,
    "disposition",
    "supersede",
    id.slice(0, 5),
    "--reason",
    "it is not",
    "--action",
    "defer",
    "--json",
  );
  expect(over.json).toMatchObject({ kind: "defer", supersedes: id, supersededBy: null });
  expect((await verdict()).verdict).toBe("not-delivered");
  expect((await callCli(project, "disposition", "list", "--json")).json.dispositions).toHaveLength(1);
  expect((await callCli(project, "disposition", "list", "--all", "--json")).json.dispositions).toMatchObject([
    { id, supersededBy: over.json.id },
    { id: over.json.id },
  ]);
  expect(await callCli(project, "disposition", "supersede", id, "--reason", "again")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("stands in the place of"),
  });
  // Applied again, a file brings back nothing that a person has decided against.
  expect((await callCli(project, "remediate", "apply", file, "--yes")).stdout).toContain(
    "There is nothing to record.",
  );
});

test("a run that is archived gives its phases back one by one; a preserved one is kept by clean", async () => {
  const project = await createImportedProject();
  await callCli(project, "trust", "--yes");
  await runCli(project, "run", writePlan(project, { name: "own", tiers: [[{ id: "a" }]] }), "--quiet");
  const own = newestRun(project);
  const revision = (await callCli(project, "assess", "--json")).json.revision;
  const file = join(project.folder, "away.yaml");
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      revision,
      dispositions: [
        { run: "first", action: "archive", reason: "another way was taken" },
        { run: own, action: "preserve", reason: "the first one" },
      ],
    }),
  );
  expect((await callCli(project, "remediate", "apply", file, "--yes")).code).toBe(0);
  expect(read(project, "away/archived-first.yaml")).toContain("src/writer-cli.js");
  expect(read(project, "away/archived-first.yaml")).not.toContain("src/parser.js");

  expect((await callCli(project, "remediate", "lift", "first", "cache", "--reason", " ")).code).toBe(2);
  const plan = join(project.folder, "lifted.yaml");
  const lifted = await callCli(
    project,
    "remediate",
    "lift",
    "first",
    "cache",
    "--reason",
    "needed after all",
    "--output",
    plan,
  );
  expect(lifted).toMatchObject({ code: 0, stdout: expect.stringContaining("autopack run") });
  await callCli(project, "trust", "--yes");
  expect((await callCli(project, "plan", "lint", plan)).code).toBe(0);
  const { json } = await callCli(project, "disposition", "list", "--json");
  expect(json.dispositions.map(({ kind, phaseId }: Record<string, string>) => [kind, phaseId])).toEqual([
    ["archive", null],
    ["preserve", null],
    ["retry", "cache"],
  ]);
  expect(await callCli(project, "remediate", "lift", "first", "faster", "--reason", "x")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no file is known"),
  });

  sql(
    project,
    "update runs set ended_at = '2020-01-01T00:00:00.000Z', created_at = '2020-01-01T00:00:00.000Z'",
  );
  const leftovers = async () =>
    (await callCli(project, "clean", "--json")).json.leftovers.map(({ runId }: { runId: string }) => runId);
  expect(await leftovers()).not.toContain(own);
  const preserved = json.dispositions[1].id;
  await callCli(project, "disposition", "supersede", preserved, "--reason", "no longer");
  expect(await leftovers()).toContain(own);
});

test("the build log is derived from the ledger alone: twice the same bytes, in the order of time", async () => {
  const project = await createImportedProject();
  await callCli(project, "trust", "--yes");
  await runCli(project, "run", writePlan(project, { name: "own", tiers: [[{ id: "a" }]] }), "--quiet");
  const [one, other] = [await callCli(project, "log"), await callCli(project, "log")];
  expect(one.stdout).toBe(other.stdout);
  expect(one.stdout).toMatch(
    /^# Build log\n\n## 2026-02-10\n\n- 12:00:00Z run `first` began: imported; Texts, first part\n/,
  );
  expect(one.stdout).toMatch(
    /phase `own-\w+\/a` ended \*\*complete\*\*: 1 attempt; (?:.*; )?commit `[0-9a-f]{12}`\n {2}- `a\.txt`\n/,
  );
  const { json } = await callCli(project, "log", "--json");
  const times = json.entries.map(({ at }: { at: string }) => at);
  expect(times).toEqual(times.toSorted());
  expect((await callCli(project, "log", "--run", "second", "--json")).json.entries).toMatchObject([
    { what: "run-began", runId: "second" },
    { what: "phase-ended", phaseId: "search-again", outcome: "FAILED" },
    { what: "run-ended", runId: "second" },
  ]);
});
