import { dirname, join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { ChangedFile, TreeDifference } from "../domain/change.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { addTouched, type ReadLimits } from "./add-touched.ts";
import { createCommit } from "./commits.ts";
import { gitOrThrow } from "./git.ts";
import { createGitFolder } from "./git-folder.ts";
import { holdObjects } from "./objects.ts";
import type { Platform } from "./ports.ts";
import { preparedFile } from "./prepared.ts";
import { indexFolder, type PrivateRepository, writeRef } from "./private-repository.ts";
import { carrySparsePatterns } from "./sparse.ts";
import { changedSubmodules, populateSubmodules, submoduleIndexes } from "./submodules.ts";
import { measureDiff } from "./tree-diff.ts";
import { isRefusal } from "./unreadable.ts";
import { assertHeld, assertOwned, markWorkspace, yieldToNextOwner } from "./workspace-owner.ts";

/** The isolated clone in which one attempt works, or in which its result is checked. */
export interface Workspace {
  readonly place: WorkspacePlace;
  /** Our folder: the owner's mark, beside the tree, the order, and HOME and /tmp of what runs in the sandbox. */
  readonly dir: string;
  /** The builder's prompt and result. */
  readonly order: string;
  /** Where the files are. */
  readonly tree: string;
  /** The index as it was when the workspace was made, in the private repository; children get a copy of it. */
  readonly indexFile: string;
  readonly base: string;
}

export interface WorkspacePlace {
  /** The folder of all workspaces of this repository, in the user's state folder. */
  readonly root: string;
  readonly runId: string;
  /** Unique within the run, such as `tokenizer.1.build`. */
  readonly name: string;
  /** Of the run's lease. */
  readonly fence: number;
}

/** The workspace at a place, whether it exists or not. */
export function workspaceAt(repository: PrivateRepository, place: WorkspacePlace, base: string): Workspace {
  const dir = join(place.root, place.runId, place.name);
  const indexFile = join(indexFolder(repository.gitDir), `${place.runId}.${place.name}`);
  return { place, dir, order: join(dir, "order"), tree: join(dir, "tree"), indexFile, base };
}

/**
 * Makes a workspace of `commit`: no remote to push to, no hooks, objects borrowed, every byte as it is in the tree.
 * Submodules, sparse patterns and the boundary of a shallow clone are as in the user's checkout. What stood there
 * before, left by a crash, is removed first. One that another process removed meanwhile, because it took the run over,
 * is not left behind.
 *
 * @throws AppError `workspace-not-removed`, and as `assertHeld`
 */
export async function createWorkspace(
  platform: Platform,
  repository: PrivateRepository,
  place: WorkspacePlace,
  commit: string,
): Promise<Workspace> {
  const { files } = platform;
  const workspace = workspaceAt(repository, place, commit);
  const removed = await removeWorkspace(platform, repository, place);
  if (!removed.ok) throw notRemoved(workspace.dir, removed.error);
  await markWorkspace(files, workspace.dir, place);
  try {
    await fillWorkspace(platform, repository, workspace);
    await assertHeld(files, workspace.dir, place);
  } catch (error) {
    await yieldToNextOwner(files, workspace.dir, place);
    throw error;
  }
  return workspace;
}

async function fillWorkspace(
  platform: Platform,
  repository: PrivateRepository,
  workspace: Workspace,
): Promise<void> {
  const { git, files } = platform;
  const { tree, indexFile, base } = workspace;
  const ownGit = await createGitFolder(platform, repository, tree);
  const objects = [join(repository.gitDir, "objects"), join(repository.user.commonDir, "objects")];
  const [shallow] = await Promise.all([
    files.read(join(repository.gitDir, "shallow")),
    files.write(join(ownGit, "objects", "info", "alternates"), `${objects.join("\n")}\n`),
    files.write(join(ownGit, "HEAD"), `${base}\n`),
  ]);
  if (shallow) await files.write(join(ownGit, "shallow"), shallow);
  await carrySparsePatterns(platform, repository.user, ownGit);
  // Its own git folder can be trusted this once: nothing has run here yet.
  await gitOrThrow(git, {
    gitDir: ownGit,
    workTree: tree,
    indexFile,
    args: ["read-tree", "--reset", "-u", base],
  });
  const index = await files.read(indexFile);
  if (index) await files.write(join(ownGit, "index"), index);
  await populateSubmodules(platform, repository, workspace);
}

/**
 * Writes a file of ours beside the tree or into it, by a path below the workspace's folder. A symbolic link on the
 * way would lead out: that is refused.
 */
export async function writeInto(
  { files }: Platform,
  { dir, place }: Workspace,
  path: string,
  data: string | Uint8Array,
): Promise<void> {
  await assertHeld(files, dir, place);
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder))
    if (((await files.stat(join(dir, folder)))?.kind ?? "directory") !== "directory")
      throw new AppError({
        code: "workspace-link",
        message: `${folder} in the workspace is no folder: ${path} would be written elsewhere`,
        action: "Name the file by its real path.",
        exitCode: 4,
      });
  await files.write(join(dir, path), data);
}

/**
 * Removes a workspace of ours; nothing there is fine, somebody else's folder is refused. What cannot be removed,
 * such as another user's files, is an expected outcome: the words say why.
 */
export async function removeWorkspace(
  platform: Platform,
  repository: PrivateRepository,
  place: WorkspacePlace,
): Promise<Result<void, string>> {
  const { files } = platform;
  const { dir, indexFile } = workspaceAt(repository, place, "");
  await assertOwned(files, dir, place);
  try {
    await files.remove(join(dir, "tree"));
    await files.remove(dir);
  } catch (error) {
    if (isRefusal(error)) return err(error.message);
    throw error;
  }
  await files.remove(submoduleIndexes(indexFile));
  await files.remove(indexFile);
  // Left by a git that was killed while it wrote the index.
  await files.remove(`${indexFile}.lock`);
  await files.remove(preparedFile({ indexFile }));
  return ok(undefined);
}

/** Removes all workspaces of a run that no process drives any more; the words say why some stay. */
export async function removeWorkspacesOf(
  platform: Platform,
  repository: PrivateRepository,
  { root, runId }: Pick<WorkspacePlace, "root" | "runId">,
): Promise<Result<void, string>> {
  const folder = join(root, runId);
  for (const name of (await platform.files.list(folder)) ?? []) {
    // Above every fence: nobody else holds the run.
    const place = { root, runId, name, fence: Number.MAX_SAFE_INTEGER };
    const removed = await removeWorkspace(platform, repository, place);
    if (!removed.ok) return removed;
  }
  await platform.files.remove(folder);
  return ok(undefined);
}

const notRemoved = (dir: string, why: string): AppError =>
  new AppError({
    code: "workspace-not-removed",
    message: `what a builder left in ${dir} cannot be removed: ${why}`,
    action: "Remove that folder as the user who owns what is in it.",
    exitCode: 4,
  });

/** What a builder left behind, read with the private repository's own settings: the workspace's `.git` is not trusted. */
export interface WorkspaceChange {
  readonly tree: string;
  readonly commit: string;
  readonly files: readonly ChangedFile[];
  /** How many of the files are told only, and not in the tree. */
  readonly unread: number;
  /** What is no file, link or folder, or cannot be read; `.` when the tree itself is no folder any more. */
  readonly special: readonly string[];
  /** Files above `fileBytes`; they were not read. */
  readonly oversized: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Reads the change in a workspace into the private repository: every path that differs from the base, untracked
 * ones included and ignored ones not; but not what setup and carried files left there before the builder began,
 * where it is still as they left it. Filters never run. What cannot be read, or is more than the limits allow, is
 * among the files all the same, and not in the tree. What was read is kept as a commit under `keep.ref`.
 */
export async function readChange(
  platform: Platform,
  repository: PrivateRepository,
  workspace: Workspace,
  limits: ReadLimits,
  keep: { readonly ref: string; readonly message: string; readonly at: string },
): Promise<WorkspaceChange> {
  await assertOwned(platform.files, workspace.dir, workspace.place);
  await platform.files.remove(`${workspace.indexFile}.lock`);
  const at = { gitDir: repository.gitDir, workTree: workspace.tree, indexFile: workspace.indexFile };
  const { unread, special, oversized } = await addTouched(platform, repository, workspace, limits);
  const tree = (await gitOrThrow(platform.git, { ...at, args: ["write-tree"] })).trim();
  const commit = await createCommit(platform, repository, {
    tree,
    parent: workspace.base,
    message: keep.message,
    at: keep.at,
  });
  const { differences, lines, objects } = await measureDiff(platform, repository, workspace.base, tree);
  if (differences.length > 0) await holdObjects(platform, repository, [tree, ...objects]);
  await writeRef(platform, repository, keep.ref, commit);
  const submodules = (await changedSubmodules(platform, repository, workspace)).filter(
    ({ path }) => ![...differences, ...unread].some((difference) => difference.path === path),
  );
  const sized = await withSizes(platform, repository, [...differences, ...submodules]);
  const files = sized.map((file): ChangedFile => {
    const counted = lines.get(file.path);
    return counted ? { ...file, lines: counted } : file;
  });
  return { tree, commit, files: [...files, ...unread], unread: unread.length, special, oversized };
}

const withSizes = (
  { git }: Platform,
  { gitDir }: PrivateRepository,
  files: readonly TreeDifference[],
): Promise<ChangedFile[]> =>
  Promise.all(
    files.map(async (file) => ({
      ...file,
      bytes: hasBlob(file) ? await git.sizeOf(gitDir, file.newBlob) : null,
    })),
  );

const hasBlob = (file: { newMode: string }): boolean =>
  file.newMode !== "000000" && file.newMode !== "160000";
