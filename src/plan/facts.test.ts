import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClock } from "../platform/clock.ts";
import { createFiles } from "../platform/files.ts";
import { createGit } from "../platform/git.ts";
import type { Platform } from "../platform/ports.ts";
import { createProcesses } from "../platform/processes.ts";
import { gatherFacts, gatherRepositoryFacts, parseStatus } from "./facts.ts";
import { parsePlan } from "./parse.ts";

let root: string;
let top: string;
let platform: Platform;

beforeEach(async () => {
  // Git answers with real paths, and a temporary folder may lie behind a link.
  root = execFileSync("pwd", ["-P"], { cwd: await mkdtemp(join(tmpdir(), "plan-facts-")) })
    .toString()
    .trim();
  top = join(root, "repo");
  const path = process.env["PATH"] ?? "";
  const clock = createClock();
  const processes = createProcesses({
    path,
    home: root,
    lang: undefined,
    tz: undefined,
    tmpRoot: join(root, "tmp"),
    secrets: [],
    sandbox: "off",
    objects: [],
    hidden: [],
    sampleMs: 50,
    clock,
  });
  platform = {
    git: createGit({ path, safeDirectories: [root, top] }),
    files: createFiles(),
    processes,
    clock,
  };
  await mkdir(top);
  git("init", "-q", "-b", "main");
});
// A git that maintains itself in the background may still be writing.
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgSign=false"];
  return execFileSync("git", [...identity, ...args], { cwd: top, encoding: "utf8", stdio: "pipe" }).trim();
}
async function put(path: string, text = "text\n"): Promise<void> {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
}
function commit(): void {
  git("add", "-A");
  git("commit", "-q", "-m", "work");
}
const look = (deliverables: string[] = [], base = "main", folder = top) =>
  gatherRepositoryFacts(platform, folder, { base, deliverables, own: [join(top, "plan.yaml")] });

test("a checkout tells its base, its files, what is ignored and what is not committed", async () => {
  await put("src/ä b.ts");
  await put(".gitignore", "dist/\n*.log\n");
  await put("kept.log");
  git("add", "-f", "kept.log");
  commit();
  git("mv", "src/ä b.ts", "src/c d.ts");
  await put("plan.yaml");
  await put("notes/new file.md");
  const facts = await look(
    ["dist/x.js", "src/c d.ts", "kept.log", "new/\nline.log"],
    "main",
    join(top, "src"),
  );
  expect(facts).toMatchObject({ kind: "checkout", top, operation: null, refs: ["main"] });
  expect(facts.base).toEqual({ commit: git("rev-parse", "main"), tree: git("rev-parse", "main^{tree}") });
  expect([...facts.paths]).toEqual([".gitignore", "kept.log", "src/ä b.ts"]);
  expect([...facts.ignored]).toEqual(["dist/x.js", "kept.log", "new/\nline.log"]);
  expect(facts.uncommitted).toEqual(["src/c d.ts", "notes/"]);
  expect(facts.missing.count).toBe(0);
});

test("a path behind a link is unreachable and hides no other path", async () => {
  await put("real/a.ts");
  await put(".gitignore", "*.log\n");
  await symlink("real", join(top, "link"));
  commit();
  const facts = await look(["a.log", "link/a.ts", "b.log", "c.ts"]);
  expect([...facts.unreachable]).toEqual(["link/a.ts"]);
  expect([...facts.ignored]).toEqual(["a.log", "b.log"]);
});

test("a base that names nothing, or begins with a dash, is no base", async () => {
  expect((await look([], "HEAD")).base).toBeNull();
  await put("a");
  commit();
  expect((await look([], "nowhere")).base).toBeNull();
  expect((await look([], "--all")).base).toBeNull();
  expect((await look([], "HEAD")).base).not.toBeNull();
});

test("a folder without repository and a bare repository are told apart", async () => {
  const none = await gatherRepositoryFacts(platform, root, { base: "HEAD", deliverables: [], own: [] });
  expect(none.kind).toBe("none");
  expect(none.why).toContain("not a git repository");
  git("clone", "-q", "--bare", top, join(root, "bare.git"));
  expect((await look([], "HEAD", join(root, "bare.git"))).kind).toBe("bare");
});

test("a merge, a rebase, a cherry-pick and a revert in progress are seen", async () => {
  await put("a", "1\n");
  commit();
  git("checkout", "-q", "-b", "other");
  await put("a", "2\n");
  commit();
  git("checkout", "-q", "main");
  await put("a", "3\n");
  commit();
  for (const [operation, args] of [
    ["merge", ["merge", "other"]],
    ["rebase", ["rebase", "other"]],
    ["cherry-pick", ["cherry-pick", "other"]],
  ] as const) {
    expect(() => git(...args)).toThrow("Command failed");
    expect((await look()).operation).toBe(operation);
    git(operation, "--abort");
  }
  expect(() => git("revert", "other")).toThrow("Command failed");
  expect((await look()).operation).toBe("revert");
  git("revert", "--abort");
  expect((await look()).operation).toBeNull();
});

test("a partial clone lacks objects, and the printed command fetches them", async () => {
  await put("a", "first\n");
  commit();
  await put("b", "second\n");
  commit();
  git("config", "uploadpack.allowFilter", "true");
  const clone = join(root, "clone");
  for (const filter of ["blob:none", "tree:0"]) {
    await rm(clone, { recursive: true, force: true });
    git("clone", "-q", "--no-checkout", `--filter=${filter}`, `file://${top}`, clone);
    platform = { ...platform, git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [clone] }) };
    const before = await look([], "HEAD", clone);
    expect(before.missing.count).toBeGreaterThan(0);
    expect(before.paths.size).toBe(0);
    const [program, ...args] = before.missing.fetchCommand.split(" ");
    execFileSync(program!, args, { cwd: clone, stdio: "pipe" });
    const after = await look([], "HEAD", clone);
    expect(after.missing.count).toBe(0);
    expect([...after.paths]).toEqual(["a", "b"]);
  }
});

test("a submodule at base is told from a file", async () => {
  await put("a");
  commit();
  git("update-index", "--add", "--cacheinfo", `160000,${git("rev-parse", "HEAD")},lib`);
  git("commit", "-q", "-m", "with a submodule");
  const facts = await look();
  expect([...facts.paths]).toEqual(["a", "lib"]);
  expect([...facts.submodules]).toEqual(["lib"]);
});

test("a shallow clone lacks nothing of its base", async () => {
  for (const text of ["1\n", "2\n"]) {
    await put("a", text);
    commit();
  }
  const clone = join(root, "shallow");
  git("clone", "-q", "--depth=1", `file://${top}`, clone);
  platform = { ...platform, git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [clone] }) };
  expect((await look([], "HEAD", clone)).missing.count).toBe(0);
});

test("the facts of a plan name what its commands, scripts and carried files lack", async () => {
  await put("a");
  commit();
  await put(".env");
  await put("elsewhere/.env");
  await symlink("elsewhere", join(top, "linked"));
  await symlink(".env", join(top, ".env.linked"));
  const planPath = join(top, "plan.yaml");
  await put("plans/there.yaml");
  const defaults = {
    setup: [],
    carry: [],
    checks: [],
    builder: "main",
    attempts: 3,
    minutes: 60,
    tokens: null,
  };
  const phase = (id: string, more: string) =>
    `{ id: ${id}, description: d, category: docs, deliverables: [${id}.md], ${more} }`;
  const parsed = parsePlan(
    `version: 1
run: { id: x, goal: g }
carry: [.env, .env.gone, linked/.env, .env.linked]
checks: { a: git status, b: no-such-program-here --x, c: [./local.sh], d: "cd x && y" }
tiers: [{ id: t, phases: [${phase("a", "builder: { scripted: plans/there.yaml }")}, ${phase("b", "builder: { scripted: gone.yaml }")}, ${phase("c", "acceptance: [[also-no-such-program]]")}] }]
`,
    { file: "plan.yaml", defaults },
  );
  expect(parsed.findings).toEqual([]);
  const facts = await gatherFacts(platform, parsed, {
    root: top,
    planPath,
    workspaceRoot: join(root, "workspaces"),
    findBuilder: () => ({ argv: ["no-such-builder"], reportsUsage: false }),
  });
  expect([...facts.missingPrograms].sort()).toEqual([
    "also-no-such-program",
    "no-such-builder",
    "no-such-program-here",
  ]);
  expect([...facts.missingCarry]).toEqual([".env.gone", "linked/.env", ".env.linked"]);
  expect([...facts.missingScripts]).toEqual(["gone.yaml"]);
  expect(facts.today).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("checks are proposed where one of tests names no report, and only there", async () => {
  await put("tests/test_a.py");
  commit();
  const facts = (checks: string) => {
    const text = `version: 1\nrun: { id: x, goal: g }\n${checks}\ntiers: []\n`;
    const defaults = {
      setup: [],
      carry: [],
      checks: [],
      builder: "b",
      attempts: 3,
      minutes: 60,
      tokens: null,
    };
    return gatherFacts(platform, parsePlan(text, { file: "plan.yaml", defaults }), {
      root: top,
      planPath: join(top, "plan.yaml"),
      workspaceRoot: join(root, "workspaces"),
      findBuilder: () => undefined,
    });
  };
  expect((await facts("checks: { test: make test }")).proposed).toMatchObject([{ report: "pytest.xml" }]);
  const reported = "checks: { test: { run: make test, report: r.xml }, lint: make lint }";
  expect((await facts(reported)).proposed).toEqual([]);
});

test("the status format is read with renames, conflicts and odd names", () => {
  const output = [
    "1 .M N... 100644 100644 100644 aaa aaa a b.ts",
    "2 R. N... 100644 100644 100644 aaa aaa R100 new name.ts",
    "1 old name.ts",
    "u UU N... 100644 100644 100644 100644 aaa aaa aaa c d.ts",
    "? e f.ts",
    "",
  ].join("\0");
  expect(parseStatus(output)).toEqual(["a b.ts", "new name.ts", "c d.ts", "e f.ts"]);
});
