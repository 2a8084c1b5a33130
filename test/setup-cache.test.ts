import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import {
  calls,
  createProject,
  expectNoProcess,
  type Fields,
  newestRun,
  type Project,
  runCli,
  sql,
  startCli,
  waitUntil,
  workspaces,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { packPackage, projectOf } from "./harness/packages.ts";
import { git, writeTree } from "./harness/temp.ts";

const config = { limits: { stop_grace_seconds: 0.3, poll_seconds: 0.05 } };
/** The answer of the installed package, as a check sees it. */
const answers = (answer: string): Fields => ({
  answers: `test "$(node -p 'require("answer")')" = ${answer}`,
});

/** A project that installs a package with the answer 42 from an archive of its own. */
function createNpmProject(manifest: object = {}, files: Readonly<Record<string, string>> = {}): Project {
  const project = createProject({
    config,
    files: { ...projectOf("answer", "answer.tgz", manifest), ".gitignore": "node_modules\nout\n", ...files },
  });
  writeFileSync(
    join(project.repo, "answer.tgz"),
    packPackage("answer", { "index.js": "module.exports = 42;\n" }),
  );
  git(project.repo, "add", "--all");
  git(project.repo, "commit", "--quiet", "-m", "Add the package");
  return project;
}

const cacheOf = ({ folder }: Project): string => {
  const root = join(folder, "state", "autopack", "setup-cache");
  return join(root, readdirSync(root)[0] ?? "");
};
const entriesOf = (project: Project): string[] =>
  existsSync(join(project.folder, "state", "autopack", "setup-cache"))
    ? readdirSync(join(cacheOf(project), "entries"))
    : [];

interface SetupEvidence {
  readonly outcome: string;
  readonly cache?: { readonly key: string; readonly use: string };
  readonly log: { readonly path: string; readonly sha256: string };
}

/** The setup results in a run's certificates, in the order of completion. */
function certifiedSetups(project: Project, runId = newestRun(project)): SetupEvidence[] {
  const rows = sql(
    project,
    `select data from events where stream = 'run/${runId}' and type = 'phase-completed' order by seq`,
  );
  return rows.flatMap((row) => {
    const { certificate } = JSON.parse(String(row["data"]));
    return certificate.checks.filter((check: { kind: string }) => check.kind === "setup");
  });
}

it("installs once for all workspaces, whatever builders do to theirs, and the certificates say so", async () => {
  const project = createNpmProject();
  const poison = {
    run: "echo 'module.exports = 666;' > node_modules/answer/index.js && rm -r node_modules/.bin || true",
  };
  const plan = writePlan(project, {
    checks: answers("42"),
    tiers: [
      [
        { id: "first", attempts: [[poison, writes("first.txt")]] },
        {
          id: "second",
          attempts: [[{ run: "node -p 'require(\"answer\")' > second.txt" }, poison]],
          fields: { depends_on: ["first"], deliverables: [{ path: "second.txt", must_contain: ["42"] }] },
        },
      ],
    ],
  });
  const result = await runCli(project, "run", plan, "--json");
  expect(result.json.state, result.stderr).toBe("succeeded");

  expect(entriesOf(project)).toHaveLength(1);
  const [key = ""] = entriesOf(project);
  const setups = certifiedSetups(project);
  expect(setups.map(({ cache }) => cache)).toMatchObject([
    { key, use: "found" },
    { key, use: "found" },
  ]);
  const original = readFileSync(join(cacheOf(project), "entries", key, "setup.log"), "utf8");
  expect(original).toContain("added 1 package");
  const artifacts = join(project.repo, ".git", "autopack", "artifacts");
  for (const { log } of setups) expect(readFileSync(join(artifacts, log.path), "utf8")).toBe(original);
  expect(setups[1]?.log.sha256).toBe(setups[0]?.log.sha256);
  expect((await runCli(project, "report", "--verify")).code).toBe(0);
  const shown = await runCli(project, "show", newestRun(project), "second");
  expect(shown.stdout).toContain(`Setup cache: found ${key}`);

  // Another run finds it too, and throws a damaged entry away.
  const installed = join(cacheOf(project), "entries", key, "files", "node_modules", "answer", "index.js");
  expect(statSync(installed).mode & 0o222).toBe(0);
  writeFileSync(join(installed, "..", "more.js"), "");
  const again = writePlan(project, { name: "again", checks: answers("42"), tiers: [[{ id: "third" }]] });
  expect((await runCli(project, "run", again, "--json")).json.state).toBe("succeeded");
  expect(existsSync(join(installed, "..", "more.js"))).toBe(false);
  expect(entriesOf(project)).toEqual([key]);

  expect((await runCli(project, "clean", "--json")).json.leftovers).toEqual([]);
  const cleaned = await runCli(project, "clean", "--setup-cache", "--yes", "--json");
  expect(cleaned.json.leftovers[0]).toMatchObject({ kind: "setup", what: key });
  expect(entriesOf(project)).toEqual([]);
});

it("keeps what package managers keep until no setup used it for long", async () => {
  const project = createNpmProject();
  const plan = writePlan(project, { tiers: [[{ id: "first" }]] });
  expect((await runCli(project, "run", plan, "--json")).json.state).toBe("succeeded");
  const caches = join(project.folder, "state", "autopack", "caches", basename(cacheOf(project)));
  writeTree(caches, { ".npm/kept": "x" });
  expect((await runCli(project, "clean", "--json")).json.leftovers).toEqual([]);

  const longAgo = Date.now() / 1000 - 31 * 86_400;
  utimesSync(caches, longAgo, longAgo);
  const { json } = await runCli(project, "clean", "--yes", "--json");
  expect(json.leftovers).toMatchObject([{ kind: "caches", what: caches }]);
  expect(existsSync(caches)).toBe(false);
});

it("keeps no setup that failed", async () => {
  const project = createNpmProject({ scripts: { preinstall: "exit 3" } });
  const plan = writePlan(project, { checks: answers("42"), tiers: [[{ id: "first" }]] });
  const result = await runCli(project, "run", plan, "--json");
  expect(result.json.phases[0].failure.kind).toBe("setup-failed");
  expect(entriesOf(project)).toEqual([]);
  expect(workspaces(project)).toEqual([]);
});

it("lets two runs make one entry at the same time", async () => {
  const project = createNpmProject();
  const run = (name: string) =>
    startCli(
      project,
      "run",
      writePlan(project, { name, checks: answers("42"), tiers: [[{ id: name }]] }),
      "--json",
    ).ended;
  const results = await Promise.all([run("one"), run("two")]);
  expect(results.map(({ json }) => json.state)).toEqual(["succeeded", "succeeded"]);
  expect(entriesOf(project)).toHaveLength(1);
  expect(readdirSync(join(cacheOf(project), "in-use"))).toEqual([]);
});

it("makes an entry for each tree where a script of the project may read any file", async () => {
  const scripts = { scripts: { prepare: "mkdir -p out && cp source.txt out/built.txt" } };
  const project = createNpmProject(scripts, { "source.txt": "old\n" });
  const plan = writePlan(project, {
    checks: { built: "cmp source.txt out/built.txt" },
    tiers: [
      [
        {
          id: "first",
          attempts: [[writes("source.txt", "new\n")]],
          fields: { deliverables: ["source.txt"] },
        },
        {
          id: "second",
          attempts: [[{ run: "cp out/built.txt second.txt" }]],
          fields: { depends_on: ["first"], deliverables: [{ path: "second.txt", must_contain: ["new"] }] },
        },
      ],
    ],
  });
  const result = await runCli(project, "run", plan, "--json");
  expect(result.json.state, result.stderr).toBe("succeeded");
  expect(certifiedSetups(project).map(({ cache }) => cache?.use)).toEqual(["made", "made"]);
  // A note for the manifests, and one for each of the three trees; the second phase began on the first one's.
  expect(entriesOf(project)).toHaveLength(4);
});

it("leaves nothing that is used when it is killed while it makes an entry", async () => {
  const project = createNpmProject({
    scripts: { preinstall: 'echo called >> "$CALLS"; while ! test -e "$GO"; do sleep 0.05; done' },
  });
  // A held setup could neither note its call nor look for the sign to go on.
  writeTree(project.folder, {
    "config/autopack/config.yaml": JSON.stringify({ version: 1, sandbox: "off" }),
  });
  const [noted, go] = [join(project.folder, "notes/calls"), join(project.folder, "go")];
  const manifest = join(project.repo, "package.json");
  const text = readFileSync(manifest, "utf8")
    .replace('\\"$CALLS\\"', `'${noted}'`)
    .replace('\\"$GO\\"', `'${go}'`);
  writeFileSync(manifest, text);
  git(project.repo, "commit", "--quiet", "--all", "-m", "Wait");
  const plan = writePlan(project, { checks: answers("42"), tiers: [[{ id: "first" }]] });
  const first = startCli(project, "run", plan, "--json");
  await waitUntil("the setup at work", () => calls(project).length > 0);
  first.signal("SIGKILL");
  await first.ended;
  expect(entriesOf(project)).toEqual([]);
  writeFileSync(go, "");
  const resumed = await runCli(project, "resume", newestRun(project), "--json");
  expect(resumed.json.state).toBe("succeeded");
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);
});
