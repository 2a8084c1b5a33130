import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  calls,
  createProject,
  expectNoProcess,
  type Fields,
  noteCall,
  type PhaseOptions,
  type Project,
  runCli,
  workspaces,
  writePlan,
  writes,
} from "./harness/cli.ts";
import { git, writeTree } from "./harness/temp.ts";

const bubblewrapWorks =
  spawnSync("bwrap", ["--unshare-pid", "--dev-bind", "/", "/", "--proc", "/proc", "true"]).status === 0;
const once = {
  defaults: { budget: { attempts: 1 } },
  limits: { stop_grace_seconds: 0.2, poll_seconds: 0.05 },
};

/** A checkout in the middle of work: staged, changed, untracked and ignored files, hooks, a remote, a stash. */
function createBusyProject(config: Fields): Project {
  const project = createProject({
    config: { ...once, ...config },
    files: {
      ".github/workflows/ci.yml": "on: push\n",
      ".gitignore": "ignored/\n",
      ".gitattributes": "*.dat filter=mark\n",
      "src/a.ts": "export const a = 1;\n",
      "src/b.ts": "export const b = 2;\n",
      "data.dat": "data\n",
      "test/a.test.ts": "it('holds');\n",
    },
  });
  const { folder, repo } = project;
  git(folder, "init", "--quiet", "--bare", "origin.git");
  git(repo, "remote", "add", "origin", join(folder, "origin.git"));
  git(repo, "push", "--quiet", "origin", "main");
  git(repo, "branch", "other");
  git(repo, "tag", "-a", "v1", "-m", "One");
  git(repo, "pack-refs", "--all");
  git(repo, "branch", "loose");
  git(repo, "worktree", "add", "--quiet", join(folder, "linked"), "other");
  writeTree(repo, { "src/b.ts": "stashed\n" });
  git(repo, "stash", "--quiet");
  writeTree(repo, {
    "src/a.ts": "changed, not staged\n",
    "src/c.ts": "staged\n",
    "untracked.txt": "mine\n",
    "ignored/secret.env": "TOKEN=mine\n",
  });
  git(repo, "add", "src/c.ts");
  // Older than the index, so that git need not read it again: that would run the user's own filter, as it should.
  utimesSync(join(repo, "data.dat"), 1_700_000_000, 1_700_000_000);
  git(repo, "add", "data.dat");
  const mark = `#!/bin/sh\necho "$0 $*" >> '${join(folder, "mark")}'\ncat\n`;
  writeFileSync(join(folder, "mark.sh"), mark, { mode: 0o755 });
  const hooks = ["post-checkout", "post-commit", "reference-transaction", "pre-push", "post-index-change"];
  for (const hook of hooks) writeFileSync(join(repo, ".git", "hooks", hook), mark, { mode: 0o755 });
  git(repo, "config", "core.fsmonitor", join(folder, "mark.sh"));
  git(repo, "config", "filter.mark.clean", join(folder, "mark.sh"));
  git(repo, "config", "filter.mark.smudge", join(folder, "mark.sh"));
  return project;
}

/** What is the program's own, and may come and change. */
const ours = (path: string): boolean =>
  /^repo\/\.git\/(autopack|objects)(\/|$)/.test(path) ||
  /^repo\/\.git\/refs\/autopack(\/|$)/.test(path) ||
  /^repo\/\.git\/(logs\/)?refs\/heads\/autopack(\/|$)/.test(path) ||
  /^(home|state|config|tmp|plans|notes|mark|stolen)(\/|$)/.test(path);

/** Everything else in the folder: kind, mode, content and, for files, the time of the last change. */
function snapshot(root: string, path = ""): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of readdirSync(join(root, path)).sort()) {
    const below = path === "" ? name : `${path}/${name}`;
    if (ours(below)) continue;
    const full = join(root, below);
    const stat = lstatSync(full, { bigint: true });
    if (stat.isDirectory())
      Object.assign(entries, { [`${below}/`]: stat.mode.toString(8) }, snapshot(root, below));
    else if (stat.isSymbolicLink()) entries[below] = `-> ${readlinkSync(full)}`;
    else {
      const sha256 = createHash("sha256").update(readFileSync(full)).digest("hex");
      entries[below] = `${stat.mode.toString(8)} ${stat.mtimeNs} ${sha256}`;
    }
  }
  return entries;
}

/** Which of the user's hooks and programs git ran. */
const marks = ({ folder }: Project): string =>
  existsSync(join(folder, "mark")) ? readFileSync(join(folder, "mark"), "utf8") : "";

/** The objects and the refs, the latter as git itself lists them. */
function gitState({ repo }: Project) {
  const objects = readdirSync(join(repo, ".git", "objects"), { recursive: true, encoding: "utf8" }).sort();
  const refs = git(repo, "for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  const isOurs = (ref: string) => /^refs\/(heads\/)?autopack\//.test(ref);
  return { objects, refs: refs.filter((ref) => !isOurs(ref)), ownRefs: refs.filter(isOurs) };
}

/** What a builder does to the workspace it was given, without knowing of any other place. */
const inWorkspace: readonly PhaseOptions[] = [
  { id: "honest" },
  { id: "hooks", attempts: [[{ git_config: { mark: ".git/mark" } }, writes("hooks.txt")]] },
  { id: "pusher", attempts: [[{ push: true }, writes("pusher.txt")]] },
  { id: "ci", attempts: [[writes(".github/workflows/ci.yml", "on: nothing\n"), writes("ci.txt")]] },
  { id: "tests", attempts: [[{ delete: "test/a.test.ts" }, writes("tests.txt")]] },
  {
    id: "poison",
    attempts: [[{ poison: { paths: ["ignored/secret.env", "ignored/x"] } }, writes("poison.txt")]],
  },
  {
    id: "links",
    attempts: [
      [
        { symlink: { path: "links.txt", target: "/etc/passwd" } },
        { symlink: { path: "src/up", target: "../.." } },
        { symlink: { path: "src/a.ts", target: "../../../../../../etc/hostname" } },
      ],
    ],
  },
  { id: "daemon", attempts: [[{ daemon: true }, writes("daemon.txt")]] },
  {
    id: "plumber",
    attempts: [
      [
        {
          run: "git update-ref refs/heads/main $(git -c user.name=x -c user.email=x@x commit-tree -m x HEAD^{tree}) && git pack-refs --all",
        },
        { run: "git worktree add --quiet ../beside HEAD; git branch evil && git tag evil" },
        { run: "git reflog expire --expire=now --all; git gc --quiet --prune=now; git repack -adlq; true" },
        { run: "rm -rf .git/objects/info/alternates; git prune; rm -rf .git" },
        writes("plumber.txt"),
      ],
    ],
  },
];

it.each([
  ["off", true],
  ["auto", bubblewrapWorks],
])(
  "leaves all but the published branch as it was, whatever builders do (sandbox %s)",
  async (sandbox, canRun) => {
    if (!canRun) return;
    const project = createBusyProject({ sandbox });
    const plan = writePlan(project, { tiers: [inWorkspace] });
    const before = { git: gitState(project), files: snapshot(project.folder) };

    const { code, json } = await runCli(project, "run", plan, "--json");

    expect(snapshot(project.folder)).toEqual(before.files);
    const after = gitState(project);
    expect(after.refs).toEqual(before.git.refs);
    expect(after.objects).toEqual(expect.arrayContaining(before.git.objects));
    expect(after.ownRefs).toEqual([
      expect.stringMatching(`^refs/autopack/base/${json.runId} `),
      expect.stringMatching(`^refs/heads/autopack/${json.runId} `),
    ]);
    expect(marks(project)).toBe("");
    expect(workspaces(project)).toEqual([]);
    await expectNoProcess(project);

    expect(code).toBe(1);
    const outcome = Object.fromEntries(
      json.phases.map((phase: { phaseId: string; state: string; failure?: { kind: string } }) => [
        phase.phaseId,
        phase.failure?.kind ?? phase.state,
      ]),
    );
    expect(outcome).toEqual({
      honest: "complete",
      hooks: "complete",
      pusher: "complete",
      ci: "protected-path",
      tests: "test-deleted",
      poison: "complete",
      links: "symlink-refused",
      daemon: "complete",
      plumber: "complete",
    });
    const branch = `autopack/${json.runId}`;
    const published = git(project.repo, "diff", "--name-only", "main", branch).trim().split("\n");
    expect(published).toEqual([
      "daemon.txt",
      "honest.txt",
      "hooks.txt",
      "plumber.txt",
      "poison.txt",
      "pusher.txt",
    ]);
  },
);

/** What a builder can try that knows where the user's repository is. */
function attacksOn({ repo, folder }: Project): Record<string, Fields> {
  const gitDir = join(repo, ".git");
  return {
    push: { push: { to: repo } },
    "push-forced": { run: `git push '${repo}' +HEAD:refs/heads/main +HEAD:refs/autopack/evil` },
    "update-ref": { run: `git --git-dir='${gitDir}' update-ref refs/heads/evil HEAD` },
    commit: { run: `git -C '${repo}' -c core.hooksPath=/dev/null -c core.fsmonitor=false commit -qam evil` },
    config: { run: `git -C '${repo}' config core.hooksPath /tmp` },
    gc: { run: `git -C '${repo}' gc --quiet --prune=now` },
    worktree: { run: `git -C '${repo}' worktree add '${join(folder, "evil")}' HEAD` },
    "write-file": { run: `echo evil >> '${join(repo, "src/a.ts")}'` },
    "touch-file": { run: `touch '${join(repo, "readme.txt")}'` },
    "hard-link": { run: `ln '${join(repo, "src/a.ts")}' linked && echo evil >> linked` },
    "hard-link-own": { run: `ln '${join(gitDir, "autopack/ledger.db")}' linked && echo evil >> linked` },
    "delete-index": { run: `rm '${join(gitDir, "index")}'` },
    "new-hook": { run: `echo evil > '${join(gitDir, "hooks/pre-commit")}'` },
    "own-ledger": { run: `echo evil >> '${join(gitDir, "autopack/ledger.db")}'` },
    "own-repository": { run: `git --git-dir='${join(gitDir, "autopack/repo.git")}' update-ref refs/x HEAD` },
    "move-away": { run: `mv '${repo}' '${join(folder, "stolen")}'` },
    "move-parent": { run: `mv '${gitDir}' '${join(folder, "stolen")}'` },
  };
}

/** What a builder that is root can try against the mounts that hold it. */
function attacksOnMounts({ repo, folder }: Project): Record<string, Fields> {
  const evil = `echo evil >> '${join(repo, "src/a.ts")}'`;
  const again = join(folder, "tmp/again");
  return {
    remount: { run: `mount -o remount,rw,bind '${repo}' && ${evil}` },
    unmount: { run: `umount '${join(repo, ".git")}'; umount '${repo}' && ${evil}` },
    "mount-again": {
      run: `mkdir -p '${again}' && mount --bind '${repo}' '${again}' && echo evil >> '${again}/src/a.ts'`,
    },
    "own-namespace": { run: `unshare -Urm sh -c 'umount "$1" && echo evil >> "$1/src/a.ts"' x '${repo}'` },
  };
}

it.runIf(bubblewrapWorks).each([
  ["knows the checkout's path", attacksOn],
  ["tries to undo its mounts", attacksOnMounts],
])("keeps a builder from the checkout that %s, with bubblewrap", async (_, attacksOf) => {
  const project = createBusyProject({});
  const calledFrom = (name: string, command: unknown): Fields => ({
    run: {
      command: `(${command}) && echo ${name} >> '${join(project.folder, "notes/calls")}'`,
      allow_failure: true,
    },
  });
  const steps = Object.entries(attacksOf(project)).map(([name, step]) =>
    "run" in step ? calledFrom(name, step["run"]) : step,
  );
  const attempt = [noteCall(project, "began"), ...steps, noteCall(project, "ended"), writes("attacker.txt")];
  const plan = writePlan(project, { tiers: [[{ id: "attacker", attempts: [attempt] }]] });
  const before = { git: gitState(project), files: snapshot(project.folder) };

  const { code, json } = await runCli(project, "run", plan, "--json");

  // No attack came through to its own end.
  expect(calls(project)).toEqual(["began", "ended"]);
  expect(snapshot(project.folder)).toEqual(before.files);
  const after = gitState(project);
  expect(after.refs).toEqual(before.git.refs);
  expect(after.ownRefs).toHaveLength(2);
  expect(code).toBe(0);
  expect(json.phases[0].state).toBe("complete");
  expect((await runCli(project, "ledger", "verify", "--json")).json.findings).toEqual([]);
});
