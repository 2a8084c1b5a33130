import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { expectRefused, expectTwoLines, inShell, type Refusal, snapshot } from "./harness/bad-input.ts";
import { callCli, createProject, type Project, sql, writePlan } from "./harness/cli.ts";
import { writeTree } from "./harness/temp.ts";

const isRoot = process.getuid?.() === 0;
const oneTier = { tiers: [[{ id: "one" }]] };
const unreadable = (message: RegExp): Refusal => ({ exitCode: 2, code: "plan-unreadable", message });

it("refuses what is no plan file, without waiting for it", async () => {
  const project = createProject();
  const at = (name: string) => join(project.folder, name);
  execFileSync("mkfifo", [at("fifo")]);
  symlinkSync("/dev/zero", at("zero"));
  symlinkSync(at("fifo"), at("link to a FIFO"));
  symlinkSync(at("circle"), at("circle"));
  writeFileSync(at("large"), "");
  truncateSync(at("large"), 50_000_000);
  for (const [path, message] of [
    [at("nothing"), /there is no plan at/],
    [at("home"), /it is a folder/],
    [at("fifo"), /it is a FIFO or a device/],
    ["/dev/zero", /it is a FIFO or a device/],
    [at("zero"), /it is a FIFO or a device/],
    [at("link to a FIFO"), /it is a FIFO or a device/],
    [at("circle"), /symbolic links go round in a circle/],
    [at("large"), /it has 50000000 bytes, and 2000000 is the most that is read/],
    [at("n".repeat(300)), /the name is too long/],
  ] as const)
    await expectRefused(project, ["run", path], unreadable(message));
  if (isRoot) return;
  writeFileSync(at("secret"), "", { mode: 0 });
  await expectRefused(project, ["run", at("secret")], unreadable(/permission denied/));
});

it("refuses a plan whose text cannot be used, by file, line and column", async () => {
  const project = createProject();
  const plan = join(project.folder, "plan.yaml");
  for (const content of ["", "a: [b\n", "!!js/function x\n", Buffer.from("\ufeffa", "utf16le"), "\0\0"]) {
    writeFileSync(plan, content);
    const refusal = { exitCode: 2, code: "plan-refused", message: /plan\.yaml:\d+:\d+ / };
    const before = snapshot(project);
    const { stderr, code } = await callCli(project, "run", plan);
    expect([code, stderr]).toEqual([2, expect.stringMatching(refusal.message)]);
    const { json } = await callCli(project, "run", plan, "--json");
    expect(json.error.code).toBe(refusal.code);
    const linted = await callCli(project, "plan", "lint", plan, "--json");
    expect(linted.json).toMatchObject({ errors: 1, findings: [{ line: expect.any(Number) }] });
    expect(snapshot(project)).toEqual(before);
  }
});

it("reads a plan from outside the repository, and writes nothing to lint it", async () => {
  const project = createProject();
  const plan = writePlan(project, oneTier);
  const before = snapshot(project);
  const { code, stdout } = await callCli(project, "plan", "lint", plan);
  expect([code, stdout]).toEqual([0, "The plan is sound.\n"]);
  expect(snapshot(project)).toEqual(before);
});

it("refuses a command line that makes no sense", async () => {
  const project = createProject();
  const plan = writePlan(project, oneTier);
  const usage = (message: RegExp): Refusal => ({ exitCode: 2, code: "usage", message });
  for (const [args, message] of [
    [["nonsense"], /unknown command 'nonsense'/],
    [["statsu"], /Did you mean status\?/],
    [["status", "--nonsense"], /unknown option '--nonsense'/],
    [["run"], /missing required argument 'plan'/],
    [["show", "a"], /missing required argument 'phase'/],
    [["status", "a", "b"], /too many arguments/],
    ...["0", "-1", "1.5", "65", "1e1", "0x2", "many", ""].map(
      (value) => [["run", plan, `--max-parallel=${value}`], /a whole number from 1 to 64/] as const,
    ),
  ] as const)
    await expectRefused(project, args, usage(message));
  const missing = await callCli(project, "plan");
  expect([missing.code, missing.stdout]).toEqual([2, ""]);
  expect(missing.stderr).toMatch(/^Usage: autopack plan/);
  const events = await callCli(project, "run", plan, "--events", "csv");
  expect([events.code, events.stderr]).toEqual([2, ""]);
  expect(JSON.parse(events.stdout)).toMatchObject({ schemaVersion: 1, error: { code: "usage" } });
});

it("takes a run id for a name and nothing else", async () => {
  const project = createProject();
  await callCli(project, "run", writePlan(project, oneTier), "--quiet");
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await callCli(project, ...args);
    expect(code).toBe(2);
    const text = expectTwoLines({ stdout, stderr });
    expect(text).toContain("no run is called");
    for (const evil of ["\u001b", "\u202e"]) expect(text).not.toContain(evil);
    expect(text.length).toBeLessThan(400);
  };
  const evil = "../../a\u001b[31mred\u202e'; drop table runs; --";
  for (const id of ["nobody", "", "plan-*", "%", "x".repeat(100_000), "---", "__proto__", evil])
    await refused("status", "--", id);
  await refused("show", "--", evil, "one");
  for (const command of ["report", "cancel", "resume"]) await refused(command, "--", evil);
  await refused("run", join(project.folder, "plans", "plan.yaml"), "--continue", evil);
});

it("refuses configurations that cannot be used", async () => {
  const project = createProject();
  const [theirs, ours, trusted] = [
    join(project.repo, "autopack.yaml"),
    join(project.folder, "config", "autopack", "config.yaml"),
    join(project.folder, "state", "autopack", "trusted.json"),
  ];
  writeTree(project.folder, { "config/autopack/config.yaml": "" });
  const invalid = (message: RegExp): Refusal => ({ exitCode: 2, code: "config-invalid", message });
  writeFileSync(theirs, "version: 1\nlimits: { polls: 1 }\n");
  await expectRefused(project, ["status"], invalid(/autopack\.yaml:2:11: The key `polls` is not known/));
  writeFileSync(theirs, "");
  writeFileSync(ours, "\tx\n");
  await expectRefused(project, ["status"], invalid(/config\.yaml:1:1: Tabs are not allowed/));
  rmSync(ours);
  execFileSync("mkfifo", [ours]);
  const fifo: Refusal = { exitCode: 2, code: "config-unreadable", message: /it is a FIFO or a device/ };
  await expectRefused(project, ["init"], fifo);
  rmSync(ours);
  rmSync(theirs);
  mkdirSync(theirs);
  await expectRefused(project, ["status"], {
    ...fifo,
    message: /autopack\.yaml cannot be read: it is a folder/,
  });
  rmSync(theirs, { recursive: true });
  writeFileSync(theirs, "checks: { a: 'true' }\n");
  writeTree(dirname(trusted), { "trusted.json": "[1" });
  const damaged: Refusal = { exitCode: 4, code: "trust-unreadable", message: /trusted\.json is damaged/ };
  await expectRefused(project, ["run", writePlan(project, oneTier)], damaged);
  const { json, code } = await callCli(project, "trust", "--yes", "--json");
  expect([code, json.error.code]).toEqual([4, "trust-unreadable"]);
});

/** A `git` of our own making, first on the PATH. */
function withGit(project: Project, script: string | undefined): Project {
  const bin = join(project.folder, "bin");
  mkdirSync(bin);
  if (script !== undefined) writeFileSync(join(bin, "git"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { ...project, env: { ...project.env, PATH: script === undefined ? bin : `${bin}:/usr/bin:/bin` } };
}

it.each<[string, string | undefined, string, RegExp]>([
  ["no git at all", undefined, "git-missing", /git could not be started: there is none on the PATH/],
  ["git 2.30", "echo git version 2.30.2", "git-too-old", /this is git 2\.30\.2, and autopack needs 2\.38/],
  ["something else called git", "echo hello", "git-too-old", /this is git hello/],
  ["a git that fails", "echo no >&2; exit 3", "git-failed", /git --version failed \(exit 3\): no/],
  [
    "a git that says nothing",
    'case "$*" in *--version) echo git version 2.99.0 ;; esac',
    "git-failed",
    /git does not say where the repository is/,
  ],
])("refuses to work with %s", async (_, script, code, message) => {
  const project = withGit(createProject(), script);
  await expectRefused(project, ["status"], { exitCode: 4, code, message });
  await expectRefused(project, ["run", "plan.yaml"], { exitCode: 4, code, message });
});

it("refuses folders that are no repository of this user's", async () => {
  const project = createProject();
  const refused = (folder: string, refusal: Refusal) =>
    expectRefused({ ...project, repo: folder }, ["status"], refusal);
  const place = (code: string, message: RegExp): Refusal => ({ exitCode: 2, code, message });
  await refused(join(project.folder, "home"), place("not-a-repository", /is not inside a git repository/));
  await refused(join(project.folder, "nowhere"), place("no-such-folder", /there is no folder/));
  await refused(join(project.repo, "readme.txt"), place("no-such-folder", /there is no folder/));
  if (!isRoot) return;
  execFileSync("chown", ["-R", "65534:65534", project.repo]);
  await refused(join(project.repo, ".git"), {
    exitCode: 4,
    code: "repository-not-safe",
    message: /belongs to another user\nRun `git config --global --add safe\.directory \S+\/repo/,
  });
});

it("refuses to start in a folder that is gone", () => {
  const project = createProject();
  const { code, ...shown } = inShell(project, "mkdir gone && cd gone && rmdir ../gone && autopack status");
  expect(expectTwoLines(shown)).toMatch(/started in does not exist any more/);
  expect(code).toBe(2);
});

it("goes on quietly when nobody reads its output, and says so when it cannot be written", async () => {
  const project = createProject();
  const plan = writePlan(project, oneTier);
  const run = inShell(project, `autopack run '${plan}' --events ndjson --quiet | head -1; echo $PIPESTATUS`);
  expect(run.stdout).toMatch(/^\{.*\}\n0\n$/);
  expect(run.stderr).toBe("");
  const seen = inShell(project, "autopack config schema | head -c 1; echo $PIPESTATUS");
  expect([seen.stdout, seen.stderr]).toEqual(["{0\n", ""]);
  expect(inShell(project, "autopack status 2>&- >&-; echo $?").stdout).toBe("0\n");
  const full = inShell(project, "autopack status --json > /dev/full");
  expect([full.code, full.stderr]).toEqual([
    4,
    expect.stringMatching(/^autopack: the output could not be written: [^\n]+\n$/),
  ]);
});

const ledger = (project: Project) => join(project.repo, ".git", "autopack", "ledger.db");

it.each<[string, (project: Project) => void, string, RegExp]>([
  [
    "of a newer version",
    (project) => sql(project, "insert into migrations values (9999, '9999-later.sql', 'x')"),
    "store-too-new",
    /has version 9999, and this autopack knows versions up to/,
  ],
  [
    "that is no database",
    (project) => writeFileSync(ledger(project), "notes\n".repeat(99)),
    "store-unreadable",
    /no database/,
  ],
  ["cut off in the middle", (project) => truncateSync(ledger(project), 5000), "store-unreadable", /damaged/],
  [
    "with damaged pages",
    (project) => writeFileSync(ledger(project), readFileSync(ledger(project)).fill(0xff, 4096)),
    "store-unreadable",
    /damaged/,
  ],
  [
    "without its tables",
    (project) => sql(project, "drop table runs"),
    "store-unreadable",
    /its tables are damaged/,
  ],
  [
    "that is a folder",
    (project) => {
      rmSync(ledger(project));
      mkdirSync(ledger(project));
    },
    "store-unreadable",
    /it is no file/,
  ],
])("refuses a store %s, and changes nothing", async (_, damage, code, message) => {
  const project = createProject();
  await callCli(project, "run", writePlan(project, oneTier), "--quiet");
  damage(project);
  for (const args of [["status"], ["run", join(project.folder, "plans", "plan.yaml")]])
    await expectRefused(project, args, { exitCode: 4, code, message });
});

it("says so when another process holds the store", async () => {
  const project = createProject({ config: { limits: { store_wait_seconds: 0.1 } } });
  const plan = writePlan(project, oneTier);
  await callCli(project, "run", plan, "--quiet");
  const holder = new Database(ledger(project));
  holder.exec("begin exclusive");
  const busy: Refusal = { exitCode: 4, code: "store-busy", message: /another process holds the store/ };
  await expectRefused(project, ["run", plan], busy);
  holder.exec("rollback");
  holder.close();
  expect((await callCli(project, "run", plan)).code).toBe(0);
});

/** Folders that root cannot write either: the program then looks as it does to an ordinary user. */
it("refuses to begin where it may write neither the repository nor its own state", async () => {
  const project = createProject();
  const plan = writePlan(project, oneTier);
  const blocked = (variable: string) => {
    writeFileSync(join(project.folder, "a file"), "");
    return { ...project, env: { ...project.env, [variable]: join(project.folder, "a file") } };
  };
  const refusal: Refusal = {
    exitCode: 4,
    code: "system-refused",
    message: /a file stands where a folder is needed/,
  };
  await expectRefused(blocked("XDG_STATE_HOME"), ["run", plan], refusal);
  await expectRefused(blocked("XDG_STATE_HOME"), ["init", "--force"], refusal);
  writeFileSync(join(project.repo, ".git", "autopack"), "");
  const store: Refusal = { exitCode: 4, code: "store-unwritable", message: /cannot be opened for writing/ };
  await expectRefused(project, ["run", plan], store);
  await expectRefused(project, ["status"], store);
});
