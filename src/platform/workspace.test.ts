import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, git, userGitEnv, writeTree } from "../../test/harness/temp.ts";
import { openUser } from "../../test/harness/workspaces.ts";
import { createCommit } from "./commits.ts";
import { mergeChange } from "./merge.ts";
import { advanceRunHead, createRunRefs, publishRun, readRef, runHeadRef } from "./private-repository.ts";
import { createWorkspace, removeWorkspace } from "./workspace.ts";

const setUp = () => openUser({ "a.txt": "one\n", "src/b.txt": "two\n", ".gitignore": "out/\n" });

describe("a workspace", () => {
  test("holds the files of its commit, a clean git of its own, no remote and no hooks", async () => {
    const { world, repository, place, base } = await setUp();
    const configs = new Set<string>();
    for (const name of ["p.1.build", "p.1.round-1"]) {
      const { tree } = await createWorkspace(world, repository, { ...place, name }, base);
      expect(readFileSync(join(tree, "src/b.txt"), "utf8")).toBe("two\n");
      expect(git(tree, "status", "--porcelain")).toBe("");
      expect(git(tree, "rev-parse", "HEAD").trim()).toBe(base);
      expect(git(tree, "remote")).toBe("");
      expect(existsSync(join(tree, ".git/hooks"))).toBe(false);
      configs.add(git(tree, "config", "--local", "--list"));
      git(tree, "commit", "--quiet", "--allow-empty", "-m", "By a builder");
      expect(git(tree, "rev-parse", "HEAD^").trim()).toBe(base);
    }
    expect(configs.size).toBe(1);
  });

  test("gives back exactly what was written, changed, deleted and made executable", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    writeTree(workspace.tree, { "new file – ü.txt": "n\n", "out/ignored.txt": "i\n", "-rf": "option?\n" });
    rmSync(join(workspace.tree, "src/b.txt"));
    chmodSync(join(workspace.tree, "a.txt"), 0o755);
    const change = await read(workspace);
    expect(
      change.files.map(({ path, status, newMode, bytes }) => ({ path, status, newMode, bytes })),
    ).toEqual([
      { path: "-rf", status: "added", newMode: "100644", bytes: 8 },
      { path: "a.txt", status: "modified", newMode: "100755", bytes: 4 },
      { path: "new file – ü.txt", status: "added", newMode: "100644", bytes: 2 },
      { path: "src/b.txt", status: "deleted", newMode: "000000", bytes: null },
    ]);
    expect(await readRef(world, repository, "refs/autopack/test")).toBe(change.commit);
  });

  test("an untouched workspace gives the base's own tree", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    const change = await read(workspace);
    expect(change.files).toEqual([]);
    expect(change.tree).toBe(git(workspace.tree, "rev-parse", "HEAD^{tree}").trim());
  });

  test("what a builder puts into the workspace's .git neither runs nor hides anything", async () => {
    const { folder, world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    const mark = join(folder, "ran");
    const own = join(workspace.tree, ".git");
    writeTree(own, { "info/exclude": "*\n", "hooks/post-index-change": `#!/bin/sh\ntouch ${mark}\n` });
    chmodSync(join(own, "hooks/post-index-change"), 0o755);
    for (const [key, value] of [
      ["core.fsmonitor", `touch ${mark};:`],
      ["filter.evil.clean", `touch ${mark}; cat`],
      ["core.hooksPath", join(own, "hooks")],
    ] as const)
      git(workspace.tree, "config", key, value);
    writeTree(workspace.tree, { ".gitattributes": "* filter=evil\n", "hidden.txt": "h\n" });
    git(workspace.tree, "update-index", "--assume-unchanged", "a.txt");
    git(workspace.tree, "update-index", "--skip-worktree", "src/b.txt");
    rmSync(mark, { force: true });
    writeFileSync(join(workspace.tree, "a.txt"), "changed\n");
    writeFileSync(join(workspace.tree, "src/b.txt"), "changed\n");
    const change = await read(workspace);
    expect(change.files.map((file) => file.path)).toEqual([
      ".gitattributes",
      "a.txt",
      "hidden.txt",
      "src/b.txt",
    ]);
    expect(existsSync(mark)).toBe(false);
  });

  test("a file changed in place with its size and times put back is still seen", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    const path = join(workspace.tree, "a.txt");
    writeFileSync(path, "eno\n");
    utimesSync(path, new Date(0), new Date(0));
    expect((await read(workspace)).files.map((file) => file.path)).toEqual(["a.txt"]);
  });

  test("a FIFO in a file's place and an oversized file are reported, left out, and do not hang the reading", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    rmSync(join(workspace.tree, "a.txt"));
    execFileSync("mkfifo", [join(workspace.tree, "a.txt"), join(workspace.tree, "untracked-pipe")]);
    writeFileSync(join(workspace.tree, "big.bin"), Buffer.alloc(2000));
    writeFileSync(join(workspace.tree, "small.txt"), "s\n");
    const change = await read(workspace, 1000);
    expect(change.special).toEqual(["a.txt"]);
    expect(change.oversized).toEqual([{ path: "big.bin", bytes: 2000 }]);
    expect(change.files.map((file) => file.path)).toEqual(["small.txt"]);
  });

  test("a repository within the workspace is told as one, with and without a commit of its own", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    createRepository(join(workspace.tree, "full"), { "x.txt": "x\n" });
    mkdirSync(join(workspace.tree, "src/bare"));
    git(join(workspace.tree, "src/bare"), "init", "--quiet");
    const { files } = await read(workspace);
    expect(files.map(({ path, newMode }) => [path, newMode])).toEqual([
      ["full", "160000"],
      ["src/bare", "160000"],
    ]);
  });

  test("a file replaced by a link is a change of type", async () => {
    const { world, repository, place, base, read } = await setUp();
    const workspace = await createWorkspace(world, repository, place, base);
    rmSync(join(workspace.tree, "a.txt"));
    symlinkSync("/etc/passwd", join(workspace.tree, "a.txt"));
    expect((await read(workspace)).files).toMatchObject([
      { path: "a.txt", status: "type-changed", newMode: "120000" },
    ]);
  });

  test("somebody else's folder is not removed", async () => {
    const { world, repository, place } = await setUp();
    const foreign = join(place.root, place.runId, place.name);
    mkdirSync(foreign, { recursive: true });
    writeFileSync(join(foreign, "precious"), "p");
    await expect(removeWorkspace(world, repository, place)).rejects.toMatchObject({
      code: "workspace-not-ours",
    });
    expect(existsSync(join(foreign, "precious"))).toBe(true);
  });
});

describe("the private repository", () => {
  test("merges, moves the run's head only from where it is expected, and publishes a branch", async () => {
    const { world, repository, place, base, root, read } = await setUp();
    await createRunRefs(world, repository, { runId: "r1", base });
    const workspace = await createWorkspace(world, repository, place, base);
    writeFileSync(join(workspace.tree, "a.txt"), "mine\n");
    const mine = await read(workspace);
    writeFileSync(join(workspace.tree, "a.txt"), "yours\n");
    const yours = await read(workspace);

    expect(await mergeChange(world, repository, mine.commit, { base, commit: base })).toEqual({
      ok: true,
      value: mine.tree,
    });
    expect(await mergeChange(world, repository, mine.commit, { base, commit: yours.commit })).toEqual({
      ok: false,
      error: { paths: ["a.txt"] },
    });
    expect(await advanceRunHead(world, repository, "r1", base, mine.commit)).toMatchObject({ ok: true });
    expect(await advanceRunHead(world, repository, "r1", base, yours.commit)).toMatchObject({ ok: false });
    expect(await publishRun(world, repository, "r1")).toEqual({ ok: true, value: undefined });
    expect(git(root, "rev-parse", "autopack/r1").trim()).toBe(mine.commit);
    expect(git(root, "for-each-ref", "--format=%(refname)").trim().split("\n")).toEqual([
      "refs/autopack/base/r1",
      "refs/heads/autopack/r1",
      "refs/heads/main",
    ]);
  });

  test("a branch that is checked out is not moved, and git says so", async () => {
    const { world, repository, base, root } = await setUp();
    await createRunRefs(world, repository, { runId: "r1", base });
    git(root, "checkout", "--quiet", "-b", "autopack/r1");
    const commit = await createCommit(world, repository, {
      tree: git(root, "rev-parse", "HEAD^{tree}").trim(),
      parent: base,
      message: "x\n",
      at: "2026-01-01T00:00:00.000Z",
    });
    await advanceRunHead(world, repository, "r1", base, commit);
    const published = await publishRun(world, repository, "r1");
    expect(published).toMatchObject({ ok: false, error: expect.stringContaining("autopack/r1") });
    expect(git(root, "rev-parse", "HEAD").trim()).toBe(base);
  });

  test("goes on from a run that was cleaned up where its commits are, and says so where they are not", async () => {
    const { world, repository, base, root, place, read } = await setUp();
    const next = { runId: "r2", continues: "r1" };
    await createRunRefs(world, repository, { ...next, base });
    expect(git(root, "rev-parse", "refs/autopack/base/r2").trim()).toBe(base);
    const workspace = await createWorkspace(world, repository, place, base);
    writeFileSync(join(workspace.tree, "a.txt"), "only ours\n");
    const { commit } = await read(workspace);
    await expect(createRunRefs(world, repository, { ...next, base: commit })).rejects.toMatchObject({
      code: "run-forgotten",
    });
  });

  test("keeps the base alive through the user's own gc after its branch is gone", async () => {
    const { world, repository, place, base, root } = await setUp();
    await createRunRefs(world, repository, { runId: "r1", base });
    git(root, "checkout", "--quiet", "--orphan", "other");
    git(root, "commit", "--quiet", "-m", "unrelated");
    git(root, "branch", "-D", "main");
    git(root, "reflog", "expire", "--expire=now", "--all");
    execFileSync("git", ["gc", "--quiet", "--prune=now"], { cwd: root, env: userGitEnv() });
    const { tree } = await createWorkspace(world, repository, place, base);
    expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("one\n");
    expect(await readRef(world, repository, runHeadRef("r1"))).toBe(base);
  });
});
