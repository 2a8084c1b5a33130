import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TreeDifference } from "../domain/change.ts";
import { gitOrThrow } from "./git.ts";
import type { Git, Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";
import type { Repository } from "./repository.ts";

type World = Pick<Platform, "git" | "files">;

/** A submodule that a commit names; those within it are listed after it, by their whole path. */
export interface Submodule {
  readonly path: string;
  readonly commit: string;
  /** Its git folder in the user's repository; null where the user has not initialised it. */
  readonly gitDir: string | null;
}

/** Where a commit's submodules are looked for. */
interface Place {
  /** A git folder that has the commit. */
  readonly gitDir: string;
  /** Git folders in which `modules/<name>` may be: a linked worktree has its own. */
  readonly parents: readonly string[];
  readonly checkout: string;
}

/** The submodules of a commit, read from the repository alone: `.gitmodules` is the tree's, not the checkout's. */
export function findSubmodules(
  world: World,
  repository: { readonly gitDir: string; readonly user: Repository },
  commit: string,
): Promise<Submodule[]> {
  const { gitDir, commonDir, root } = repository.user;
  return findBelow(
    world,
    { gitDir: repository.gitDir, parents: [gitDir, commonDir], checkout: root },
    commit,
  );
}

async function findBelow(world: World, place: Place, commit: string): Promise<Submodule[]> {
  const names = await readNames(world.git, place.gitDir, commit);
  if (names.size === 0) return [];
  const listed = await world.git.run({
    gitDir: place.gitDir,
    args: [
      "ls-tree",
      "-z",
      "--full-tree",
      commit,
      "--",
      ...[...names.keys()].map((path) => `:(literal)${path}`),
    ],
  });
  const found: Submodule[] = [];
  for (const entry of listed.stdout.split("\0")) {
    const [, linked, path = ""] = /^160000 commit (\w+)\t(.*)$/s.exec(entry) ?? [];
    const name = names.get(path);
    if (!linked || name === undefined) continue;
    const checkout = join(place.checkout, path);
    const gitDir = await gitDirOf(world, [
      ...place.parents.map((parent) => join(parent, "modules", name)),
      join(checkout, ".git"),
    ]);
    found.push({ path, commit: linked, gitDir });
    if (gitDir === null) continue;
    const below = await findBelow(world, { gitDir, parents: [gitDir], checkout }, linked);
    found.push(...below.map((submodule) => ({ ...submodule, path: `${path}/${submodule.path}` })));
  }
  return found;
}

/** The names of submodules by their paths. A name is a path in the git folder: one that leads out is no name. */
async function readNames(git: Git, gitDir: string, commit: string): Promise<Map<string, string>> {
  const { code, stdout } = await git.run({
    gitDir,
    args: ["config", "--null", "--blob", `${commit}:.gitmodules`, "--get-regexp", "^submodule\\..*\\.path$"],
  });
  if (code !== 0) return new Map();
  const names = new Map<string, string>();
  for (const entry of stdout.split("\0")) {
    const [, name, path] = /^submodule\.(.*)\.path\n(.*)$/s.exec(entry) ?? [];
    if (name && path && !name.split("/").includes("..")) names.set(path, name);
  }
  return names;
}

async function gitDirOf({ files }: World, candidates: readonly string[]): Promise<string | null> {
  for (const candidate of candidates)
    if ((await files.stat(join(candidate, "objects")))?.kind === "directory") return candidate;
  return null;
}

/** Where the indexes of a workspace's submodules lie, beside the workspace's own. */
export const submoduleIndexes = (indexFile: string): string => `${indexFile}.submodules`;

const indexOf = (indexFile: string, path: string): string =>
  join(submoduleIndexes(indexFile), createHash("sha256").update(path).digest("hex").slice(0, 16));

/** What is done in a submodule's folder is done with our repository's settings, and the submodule's objects. */
const callIn = (repository: PrivateRepository, workspace: WorkspaceFiles, submodule: Submodule) => ({
  gitDir: repository.gitDir,
  workTree: join(workspace.tree, submodule.path),
  indexFile: indexOf(workspace.indexFile, submodule.path),
  borrow: submodule.gitDir === null ? [] : [join(submodule.gitDir, "objects")],
});

interface WorkspaceFiles {
  readonly tree: string;
  readonly indexFile: string;
  readonly base: string;
}

/**
 * Fills the submodules of a fresh workspace with their files, from the user's own copies: plain files without a git
 * folder, for no phase moves a submodule. One that the user has not initialised stays the empty folder that it is.
 */
export async function populateSubmodules(
  world: World,
  repository: PrivateRepository,
  workspace: WorkspaceFiles,
): Promise<void> {
  if (!(await world.files.stat(join(workspace.tree, ".gitmodules")))) return;
  for (const submodule of await findSubmodules(world, repository, workspace.base)) {
    const call = callIn(repository, workspace, submodule);
    // A sparse checkout may leave it out.
    if (submodule.gitDir === null || (await world.files.stat(call.workTree))?.kind !== "directory") continue;
    await world.files.write(
      join(submoduleIndexes(workspace.indexFile), "README"),
      "One index for each submodule.\n",
    );
    await gitOrThrow(world.git, { ...call, args: ["read-tree", "--reset", "-u", submodule.commit] });
  }
}

/** The populated submodules in which something was changed, added or deleted. Git itself sees none of it. */
export async function changedSubmodules(
  world: World,
  repository: PrivateRepository,
  workspace: WorkspaceFiles,
): Promise<TreeDifference[]> {
  if (!(await world.files.list(submoduleIndexes(workspace.indexFile)))) return [];
  const changed: TreeDifference[] = [];
  for (const submodule of await findSubmodules(world, repository, workspace.base)) {
    const call = callIn(repository, workspace, submodule);
    if (!(await world.files.stat(call.indexFile))) continue;
    if (await isTouched(world, call)) changed.push(asChange(submodule));
  }
  return changed;
}

async function isTouched({ git, files }: World, call: ReturnType<typeof callIn>): Promise<boolean> {
  if ((await files.stat(call.workTree))?.kind !== "directory") return true;
  const args = ["ls-files", "-z", "--modified", "--others", "--exclude-per-directory=.gitignore"];
  return (await gitOrThrow(git, { ...call, args })) !== "";
}

const asChange = ({ path, commit }: Submodule): TreeDifference => ({
  path,
  status: "modified",
  oldMode: "160000",
  newMode: "160000",
  oldBlob: commit,
  newBlob: "0".repeat(commit.length),
});
