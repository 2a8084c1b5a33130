import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, git, temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { openUser, openWorkspaces } from "../../test/harness/workspaces.ts";
import { createRunRefs, deletePins } from "./private-repository.ts";
import { createWorkspace } from "./workspace.ts";

/** A repository with a submodule that has one of its own, as `git submodule` leaves them. */
async function openWithSubmodules() {
  const folder = temporaryFolder();
  const file = ["-c", "protocol.file.allow=always"];
  createRepository(join(folder, "inner"), { "deep.txt": "deep\n" });
  createRepository(join(folder, "lib"), { "lib.txt": "lib\n", ".gitignore": "*.o\n" });
  git(join(folder, "lib"), ...file, "submodule", "--quiet", "add", join(folder, "inner"), "vendor/inner");
  git(join(folder, "lib"), "commit", "--quiet", "-m", "Inner");
  const root = join(folder, "user");
  createRepository(root, { "a.txt": "one\n" });
  git(root, ...file, "submodule", "--quiet", "add", "--name", "The Library", join(folder, "lib"), "libs/lib");
  git(root, ...file, "submodule", "--quiet", "update", "--init", "--recursive");
  git(root, "commit", "--quiet", "-m", "Library");
  const base = git(root, "rev-parse", "HEAD").trim();
  return { folder, root, base, ...(await openWorkspaces(root, join(folder, "workspaces"))) };
}

test("submodules are filled from the user's own copies, and whatever is changed in them is told", async () => {
  const { root, base, world, repository, place, read } = await openWithSubmodules();
  await createRunRefs(world, repository, { runId: "r1", base });
  // The submodule moves on and is swept: what the base names is kept by our pin.
  const lib = join(root, "libs/lib");
  git(lib, "checkout", "--quiet", "--orphan", "other");
  git(lib, "commit", "--quiet", "--allow-empty", "-m", "Elsewhere");
  git(lib, "for-each-ref", "--format=delete %(refname)", "refs/heads", "refs/remotes", "refs/tags")
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("/other"))
    .map((line) => git(lib, "update-ref", "--no-deref", "-d", line.slice("delete ".length)));
  git(lib, "reflog", "expire", "--expire=now", "--all");
  git(lib, "gc", "--quiet", "--prune=now");

  expect(git(lib, "for-each-ref", "--format=%(refname)", "refs/autopack").trim()).toBe(
    "refs/autopack/base/r1",
  );

  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, "libs/lib/lib.txt"), "utf8")).toBe("lib\n");
  expect(readFileSync(join(workspace.tree, "libs/lib/vendor/inner/deep.txt"), "utf8")).toBe("deep\n");
  expect(git(workspace.tree, "status", "--porcelain")).toBe("");
  writeFileSync(join(workspace.tree, "libs/lib/built.o"), "ignored there\n");
  expect((await read(workspace)).files).toEqual([]);

  const changedPaths = async () => (await read(workspace)).files.map(({ path, newMode }) => [path, newMode]);
  writeFileSync(join(workspace.tree, "libs/lib/vendor/inner/deep.txt"), "changed\n");
  expect(await changedPaths()).toEqual([["libs/lib/vendor/inner", "160000"]]);
  rmSync(join(workspace.tree, "libs/lib/lib.txt"));
  expect(await changedPaths()).toEqual([
    ["libs/lib", "160000"],
    ["libs/lib/vendor/inner", "160000"],
  ]);
  const again = await createWorkspace(world, repository, place, base);
  const nested = join(again.tree, "libs/lib");
  git(nested, "init", "--quiet");
  git(nested, "add", "--all");
  git(nested, "commit", "--quiet", "-m", "Moved");
  expect((await read(again)).files).toMatchObject([
    { path: "libs/lib", status: "modified", newMode: "160000" },
  ]);
  rmSync(nested, { recursive: true });
  expect((await read(again)).files[0]).toMatchObject({ path: "libs/lib", oldMode: "160000" });
  await deletePins(world, repository, { runId: "r1", base });
  expect(git(lib, "for-each-ref", "refs/autopack")).toBe("");
  expect(git(root, "for-each-ref", "refs/autopack")).toBe("");
});

test("a submodule is found from a linked worktree too, and one that is not initialised stays empty", async () => {
  const { folder, root, base } = await openWithSubmodules();
  const linked = join(folder, "linked");
  git(root, "worktree", "add", "--quiet", linked, base);
  const { world, repository, place } = await openWorkspaces(linked, join(folder, "workspaces"));
  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, "libs/lib/lib.txt"), "utf8")).toBe("lib\n");

  rmSync(join(root, ".git/modules/The Library"), { recursive: true });
  const empty = await createWorkspace(world, repository, place, base);
  expect(readdirSync(join(empty.tree, "libs/lib"))).toEqual([]);
});

test("a .gitmodules whose names lead out of the git folder names nothing", async () => {
  const { folder, root } = await openUser();
  const outside = createRepository(join(folder, "outside"), { "secret.txt": "s\n" });
  writeTree(root, {
    ".gitmodules": '[submodule "../../../outside/.git"]\n\tpath = lib\n\turl = x\n',
  });
  git(root, "add", ".gitmodules");
  git(root, "update-index", "--add", "--cacheinfo", `160000,${outside},lib`);
  git(root, "commit", "--quiet", "-m", "Hostile");
  const { world, repository, place } = await openWorkspaces(root, join(folder, "workspaces"));
  const workspace = await createWorkspace(world, repository, place, git(root, "rev-parse", "HEAD").trim());
  expect(readdirSync(join(workspace.tree, "lib"))).toEqual([]);
});
