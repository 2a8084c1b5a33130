import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  calls,
  createQuickProject,
  noteCall,
  type Project,
  runCli,
  startCli,
  waitUntil,
  workspaces,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { createRepository, git, userGitEnv, writeTree } from "./harness/temp.ts";

const program = join(import.meta.dirname, "..", "bin", "autopack.js");

/** A program that notes that it ran, as a hook, filter, monitor or signer would. */
function noteProgram({ folder }: Project): { readonly path: string; readonly ran: () => boolean } {
  const path = join(folder, "note.sh");
  const mark = join(folder, "ran");
  writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> '${mark}'\ncat\n`, { mode: 0o755 });
  return { path, ran: () => existsSync(mark) };
}

/** Every setting that could run something, change bytes or lead elsewhere. */
function interfering(project: Project, note: string): [string, string][] {
  const { folder } = project;
  for (const hook of ["pre-commit", "post-checkout", "reference-transaction", "post-index-change"])
    writeTree(folder, { [`hooks/${hook}`]: `#!/bin/sh\nexec '${note}'\n` });
  execFileSync("chmod", ["-R", "755", join(folder, "hooks")]);
  writeTree(folder, {
    "template/hooks/post-checkout": `#!/bin/sh\nexec '${note}'\n`,
    "template/info/exclude": "*\n",
    attributes: "* filter=note text=auto eol=crlf\n",
    "global/.gitignore": "a.txt\n*.txt\n",
  });
  execFileSync("chmod", ["755", join(folder, "template/hooks/post-checkout")]);
  return [
    ["core.hooksPath", join(folder, "hooks")],
    ["core.fsmonitor", note],
    ["core.autocrlf", "true"],
    ["core.eol", "crlf"],
    ["core.safecrlf", "true"],
    ["core.excludesFile", join(folder, "global/.gitignore")],
    ["core.attributesFile", join(folder, "attributes")],
    ["filter.note.clean", note],
    ["filter.note.smudge", note],
    ["filter.note.required", "true"],
    ["commit.gpgSign", "true"],
    ["tag.gpgSign", "true"],
    ["gpg.program", note],
    ["init.templateDir", join(folder, "template")],
    ["init.defaultBranch", "elsewhere"],
    [`url.${join(folder, "nowhere")}/.insteadOf`, "/"],
    ["core.alternateRefsCommand", note],
    ["fetch.prune", "true"],
    ["merge.renormalize", "true"],
    ["status.showUntrackedFiles", "no"],
    ["safe.directory", "~/somewhere"],
  ];
}

it("takes nothing from the user's git configuration but who they are", async () => {
  const project = createQuickProject();
  const note = noteProgram(project);
  const settings = interfering(project, note.path);
  createRepository(join(project.folder, "lender"), { "lent.txt": "lent\n" });
  writeTree(project.repo, {
    ".git/info/exclude": "b.txt\n",
    ".git/objects/info/alternates": `${join(project.folder, "lender/.git/objects")}\n`,
  });
  const plan = writePlan(project, { tiers: [[{ id: "a" }], [{ id: "b" }]] });
  for (const [key, value] of [
    ...settings,
    ["user.name", "Ada"],
    ["user.email", "ada@example.com"],
  ] as const) {
    execFileSync("git", ["config", "--file", join(project.folder, "home/.gitconfig"), key, value]);
    if (!key.startsWith("user.")) git(project.repo, "config", key, value);
  }
  const { code, json } = await runCli(project, "run", plan, "--json");
  expect(json).toMatchObject({ state: "succeeded" });
  expect(code).toBe(0);
  const bare = (...args: string[]) =>
    execFileSync("git", [`--git-dir=${join(project.repo, ".git/autopack/repo.git")}`, ...args], {
      env: userGitEnv(),
      encoding: "utf8",
    });
  const head = `refs/autopack/runs/${json.runId}/head`;
  expect(bare("cat-file", "blob", `${head}:a.txt`)).toBe("a.txt\n");
  expect(bare("log", "-1", "--format=%an <%ae> %G?", head).trim()).toBe("Ada <ada@example.com> N");
  expect(git(project.repo, "-c", "core.fsmonitor=false", "rev-parse", `autopack/${json.runId}`)).toBe(
    bare("rev-parse", head),
  );
  expect(note.ran()).toBe(false);
});

it("runs from a git hook, whatever index and repository git named to the hook", async () => {
  const project = createQuickProject();
  const { repo, folder } = project;
  const variables = join(folder, "notes/variables");
  // As in a hook of a linked worktree, or one that works for another repository.
  createRepository(join(folder, "other"), { "other.txt": "o\n" });
  const plan = writePlan(project, {
    tiers: [
      [{ id: "a", attempts: [[{ run: `env | grep ^GIT_ > '${variables}' || true` }, writes("a.txt")]] }],
    ],
  });
  writeFileSync(
    join(repo, ".git/hooks/pre-commit"),
    `#!/bin/sh\nenv | grep ^GIT_ > '${folder}/hook'\nexport GIT_DIR='${folder}/other/.git' GIT_WORK_TREE='${folder}/other'\nexec '${process.execPath}' '${program}' run '${plan}' --json > '${folder}/out' 2> '${folder}/err'\n`,
    { mode: 0o755 },
  );
  writeTree(repo, { "readme.txt": "mine\n", "staged.txt": "staged\n" });
  git(repo, "add", "staged.txt");
  // Only the named file: git gives the hook an index of its own, which becomes the commit.
  const commit = spawnSync("git", ["commit", "--quiet", "-m", "Mine", "readme.txt"], {
    cwd: repo,
    env: { ...userGitEnv(), ...project.env },
    encoding: "utf8",
  });
  expect(commit.stderr + readFileSync(join(folder, "err"), "utf8")).not.toContain("error");
  expect(commit.status).toBe(0);
  expect(readFileSync(join(folder, "hook"), "utf8")).toMatch(/GIT_INDEX_FILE=.*next-index/);
  const { runId, state } = JSON.parse(readFileSync(join(folder, "out"), "utf8"));
  expect(state).toBe("succeeded");
  expect(readFileSync(variables, "utf8")).toBe("");
  expect(git(repo, "show", "--name-only", "--format=", "HEAD").trim()).toBe("readme.txt");
  expect(git(repo, "status", "--porcelain")).toBe("A  staged.txt\n");
  expect(git(repo, "diff", "--name-only", "HEAD~", `autopack/${runId}`).trim()).toBe("a.txt");
});

it("goes on while its repository is committed to, its branch deleted and everything without a ref swept away", async () => {
  const project = createQuickProject();
  const { repo, folder } = project;
  git(repo, "checkout", "--quiet", "-b", "feature");
  mkdirSync(join(repo, "sub"));
  writeTree(repo, { "sub/feature.txt": "feature\n" });
  git(repo, "add", "--all");
  git(repo, "commit", "--quiet", "-m", "Feature");
  const base = git(repo, "rev-parse", "HEAD").trim();
  const waiting = {
    run: `echo waiting >> '${folder}/notes/calls'; while ! test -f '${folder}/notes/go'; do sleep 0.02; done`,
  };
  const plan = writePlan(project, {
    checks: { feature: "test -f sub/feature.txt" },
    tiers: [[{ id: "a", attempts: [[waiting, writes("a.txt")]] }], [{ id: "b" }]],
  });
  // Started in a folder that goes with the branch.
  const cli = startCli({ ...project, repo: join(repo, "sub") }, "run", plan, "--json");
  await waitUntil("the builder at work", () => calls(project).length > 0);
  git(repo, "checkout", "--quiet", "main");
  for (const text of ["1\n", "2\n"]) {
    writeFileSync(join(repo, "readme.txt"), text);
    git(repo, "commit", "--quiet", "-am", text);
  }
  git(repo, "branch", "--quiet", "-D", "feature");
  git(repo, "reflog", "expire", "--expire=now", "--all");
  git(repo, "gc", "--quiet", "--prune=now");
  const main = git(repo, "rev-parse", "main").trim();
  writeFileSync(join(folder, "notes/go"), "");

  const { json, stderr } = await cli.ended;
  expect(stderr).not.toContain("error");
  expect(json).toMatchObject({ state: "succeeded" });
  expect(git(repo, "rev-parse", "main").trim()).toBe(main);
  expect(git(repo, "rev-parse", `autopack/${json.runId}~2`).trim()).toBe(base);
  expect(git(repo, "fsck", "--connectivity-only").trim()).toBe("");
  expect((await runCli(project, "report", json.runId, "--verify", "--json")).code).toBe(0);
});

it("works in a linked worktree of a bare repository, with a detached HEAD and 20,000 tags, through a symbolic link", async () => {
  const project = createQuickProject();
  const { folder } = project;
  const bare = join(folder, "bare.git");
  git(folder, "clone", "--quiet", "--bare", project.repo, bare);
  const commit = git(bare, "rev-parse", "HEAD").trim();
  const tags = Array.from(
    { length: 20_000 },
    (_, index) => `${commit} refs/tags/v${String(index).padStart(5, "0")}\n`,
  );
  writeFileSync(
    join(bare, "packed-refs"),
    `# pack-refs with: peeled fully-peeled sorted \n${commit} refs/heads/main\n${tags.join("")}`,
  );
  git(bare, "worktree", "add", "--quiet", "--detach", join(folder, "tree"), "main");
  symlinkSync(join(folder, "tree"), join(folder, "link"));
  const linked = { ...project, repo: join(folder, "link") };
  // The plan lies in the repository, and is named by its path through the link: it is protected all the same.
  const script = JSON.stringify({
    attempts: [[{ write: { path: "plan.yaml", content: "x" } }], [writes("a.txt")]].map((steps) => ({
      steps,
    })),
  });
  writeTree(linked.repo, {
    "s.yaml": script,
    "plan.yaml": JSON.stringify({
      version: 1,
      run: { id: "linked", goal: "Work anywhere" },
      checks: { there: "test -f readme.txt" },
      tiers: [
        {
          id: "t",
          phases: [
            {
              id: "a",
              description: "a",
              category: "docs",
              deliverables: ["a.txt"],
              scope: { write: ["**"] },
              builder: { scripted: "s.yaml" },
            },
          ],
        },
      ],
    }),
  });
  const { code, json, stderr } = await runCli(
    linked,
    "-C",
    linked.repo,
    "run",
    join(linked.repo, "plan.yaml"),
    "--json",
  );
  expect(stderr).not.toContain("`plan.yaml`");
  expect(json).toMatchObject({ state: "succeeded" });
  expect(code).toBe(0);
  const [attempt] = (await runCli(linked, "show", json.runId, "a", "--json")).json.attempts;
  expect(attempt.failure).toMatchObject({ kind: "protected-path" });
  expect(git(bare, "rev-parse", `autopack/${json.runId}~`).trim()).toBe(commit);
  expect(git(bare, "for-each-ref", "--count=1", "--sort=-refname", "refs/tags").trim()).toContain("v19999");
  expect(git(join(bare, "autopack/repo.git"), "for-each-ref", "refs/tags")).toBe("");
});

it.each([
  [
    "a bare repository",
    "repository-bare",
    (project: Project) => {
      const bare = join(project.folder, "bare.git");
      git(project.folder, "clone", "--quiet", "--bare", project.repo, bare);
      return bare;
    },
  ],
  [
    "a repository without a commit",
    "base-missing",
    (project: Project) => {
      const unborn = join(project.folder, "unborn");
      git(project.folder, "init", "--quiet", unborn);
      return unborn;
    },
  ],
  [
    "a tree with a path of 4,000 bytes",
    "path-too-long",
    ({ repo }: Project) => {
      const blob = git(repo, "rev-parse", "HEAD:readme.txt").trim();
      const path = `${"d".repeat(199)}/`.repeat(20).slice(0, 3996).concat(".txt");
      git(repo, "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
      git(repo, "commit", "--quiet", "-m", "Long");
      return repo;
    },
  ],
  [
    "a submodule that lacks its commit",
    "submodule-incomplete",
    (project: Project) => {
      const lib = join(project.folder, "lib");
      createRepository(lib, { "lib.txt": "lib\n" });
      git(project.repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "lib");
      const gone = createRepository(join(project.folder, "other"), { "other.txt": "o\n" });
      git(project.repo, "update-index", "--cacheinfo", `160000,${gone},lib`);
      git(project.repo, "commit", "--quiet", "-m", "Lib");
      return project.repo;
    },
  ],
])("refuses %s before anything is spent", async (_, code, arrange) => {
  const project = createQuickProject();
  const plan = writePlan(project, { tiers: [[{ id: "a", attempts: [[noteCall(project, "a")]] }]] });
  const repo = arrange(project);
  const refused = await runCli({ ...project, repo }, "run", plan, "--json");
  expect(refused.code).toBe(2);
  expect(refused.json.error.message).toContain(code);
  expect(calls(project)).toEqual([]);
  expect(workspaces(project)).toEqual([]);
});

it("refuses a partial clone with the command that makes it whole, and runs once that was done", async () => {
  const project = createQuickProject();
  const { folder, repo } = project;
  git(repo, "config", "uploadpack.allowFilter", "true");
  const clone = join(folder, "partial");
  git(folder, "clone", "--quiet", "--no-checkout", "--filter=tree:0", `file://${repo}`, clone);
  const partial = { ...project, repo: clone };
  const packs = () => readdirSync(join(clone, ".git/objects/pack")).sort();
  const before = packs();
  const plan = writePlan(project, {
    tiers: [[{ id: "a", attempts: [[noteCall(project, "a"), writes("a.txt")]] }]],
  });
  const refused = await runCli(partial, "run", plan);
  expect(refused.code).toBe(2);
  const [, command = ""] = /fetch with `(git [^`]+)`/.exec(refused.stderr) ?? [];
  expect(command).not.toBe("");
  // Looking fetched nothing by itself.
  expect(packs()).toEqual(before);
  expect(calls(project)).toEqual([]);

  git(clone, ...command.split(" ").slice(1));
  const { json } = await runCli(partial, "run", plan, "--json");
  expect(json).toMatchObject({ state: "succeeded" });
});

it("gives builders and checks the submodules, and refuses a change in one", async () => {
  const project = createQuickProject();
  const { folder, repo } = project;
  createRepository(join(folder, "lib"), { "lib.txt": "lib\n" });
  git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", join(folder, "lib"), "lib");
  git(repo, "commit", "--quiet", "-m", "Lib");
  const changes = { run: "echo changed > lib/lib.txt" };
  const moves = {
    run: "cd lib && git init -q && git add -A && git -c user.name=x -c user.email=x@x commit -qm x",
  };
  const plan = writePlan(project, {
    checks: { whole: "grep -qx lib lib/lib.txt" },
    tiers: [
      [
        { id: "a", attempts: [[{ run: "cat lib/lib.txt > a.txt" }]] },
        {
          id: "b",
          attempts: [
            [changes, writes("b.txt")],
            [moves, writes("b.txt")],
          ],
        },
      ],
    ],
  });
  const { json } = await runCli(project, "run", plan, "--json");
  expect(json.phases.map((phase: { state: string }) => phase.state)).toEqual(["complete", "failed"]);
  const { attempts } = (await runCli(project, "show", json.runId, "b", "--json")).json;
  expect(attempts.map((attempt: { failure: { kind: string } }) => attempt.failure.kind)).toEqual([
    "submodule-changed",
    "submodule-changed",
  ]);
  expect(git(repo, "status", "--porcelain")).toBe("");
});
