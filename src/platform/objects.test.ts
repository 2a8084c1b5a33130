import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, importFiles, temporaryFolder, userGitEnv, writeTree } from "../../test/harness/temp.ts";
import { openUser, openWorkspaces } from "../../test/harness/workspaces.ts";
import { pruneObjects } from "./objects.ts";
import { createRunRefs, writeRef } from "./private-repository.ts";
import { createWorkspace } from "./workspace.ts";

test("a workspace of many files copies no object, and none is written to make it", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  git(folder, "init", "--quiet", root);
  const base = importFiles(
    root,
    Array.from({ length: 3000 }, (_, index) => ({
      path: `d${index % 60}/f${index}.txt`,
      content: `${index}\n`,
    })),
  );
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  const objectsIn = (gitDir: string) =>
    readdirSync(join(gitDir, "objects"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  const workspace = await createWorkspace(world, repository, place, base);
  expect(git(workspace.tree, "ls-tree", "-r", "HEAD").trimEnd().split("\n")).toHaveLength(3000);
  expect(readFileSync(join(workspace.tree, "d59/f2999.txt"), "utf8")).toBe("2999\n");
  expect(objectsIn(join(workspace.tree, ".git"))).toEqual(["alternates"]);
  expect(objectsIn(repository.gitDir)).toEqual(["alternates"]);
  // A change of one file writes its blob, the trees above it and a commit.
  writeFileSync(join(workspace.tree, "d0/f0.txt"), "changed\n");
  expect((await read(workspace)).files).toHaveLength(1);
  expect(objectsIn(repository.gitDir)).toHaveLength(1 + 4);
});

test("what is borrowed without a ref of the user's is kept through their gc", async () => {
  const { root, base, world, repository, place, read } = await openUser();
  await createRunRefs(world, repository, { runId: "r1", base });
  // The same work was done on a branch before, and dropped.
  git(root, "checkout", "--quiet", "-b", "dropped");
  writeTree(root, { "src/new.txt": "the same\n" });
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "-m", "Dropped");
  git(root, "checkout", "--quiet", "main");
  git(root, "branch", "--quiet", "-D", "dropped");
  const workspace = await createWorkspace(world, repository, place, base);
  writeTree(workspace.tree, { "src/new.txt": "the same\n" });
  const change = await read(workspace);

  git(root, "reflog", "expire", "--expire=now", "--all");
  git(root, "gc", "--quiet", "--prune=now");
  expect(git(repository.gitDir, "cat-file", "blob", `${change.tree}:src/new.txt`)).toBe("the same\n");
  expect(git(repository.gitDir, "fsck", "--connectivity-only")).not.toContain("missing");
});

test("pruning takes from our repository what no ref of ours leads to, and nothing else", async () => {
  const { root, base, world, repository, place, read } = await openUser();
  // What the user's history lacks, as in a partial clone, is nothing that we look at.
  const lost = git(root, "rev-parse", "HEAD:a.txt").trim();
  writeFileSync(join(root, "a.txt"), "two\n");
  git(root, "commit", "--quiet", "-am", "Two");
  const head = git(root, "rev-parse", "HEAD").trim();
  await createRunRefs(world, repository, { runId: "r1", base: head });
  rmSync(join(root, ".git/objects", lost.slice(0, 2), lost.slice(2)));
  const objects = (content: string) =>
    createWorkspace(world, repository, place, head).then(async (workspace) => {
      writeFileSync(join(workspace.tree, "b.txt"), content);
      return (await read(workspace)).commit;
    });
  // One whose content the user's repository lends is packed, the others lie loose.
  execFileSync("git", ["hash-object", "-w", "--stdin"], { cwd: root, env: userGitEnv(), input: "lent\n" });
  const [dropped, lent, kept] = [
    await objects("dropped\n"),
    await objects("lent\n"),
    await objects("kept\n"),
  ];
  await writeRef(world, repository, "refs/autopack/runs/r1/head", kept);
  const has = (object: string) =>
    !spawnSync("git", ["cat-file", "-e", object], { cwd: repository.gitDir, env: userGitEnv() }).status;
  const prune = (now: number) =>
    pruneObjects({ ...world, clock: { ...world.clock, now: () => new Date(now) } }, repository);

  await prune(Date.now());
  expect([has(dropped), has(lent)]).toEqual([true, true]);
  await prune(Date.now() + 2 * 3_600_000);
  expect([dropped, lent, kept, `${kept}:b.txt`, base].map(has)).toEqual([false, false, true, true, true]);
  expect(readdirSync(join(repository.gitDir, "objects/pack"))).toEqual([]);
  expect(git(repository.gitDir, "log", "--format=%H", kept).trim().split("\n")).toEqual([kept, head, base]);
});

test("several processes that open a repository at the same moment all get the one that one of them makes", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  git(folder, "init", "--quiet", root);
  const open = () => openWorkspaces(root, join(folder, "workspaces"));
  const opened = await Promise.all(Array.from({ length: 12 }, open));
  for (const { repository } of opened)
    expect(git(repository.gitDir, "rev-parse", "--is-bare-repository").trim()).toBe("true");
});
