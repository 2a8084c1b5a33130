import { join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { ChangedFile, ChangeStatus, TreeDifference } from "../domain/change.ts";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import { createCommit, indexFolder, type PrivateRepository, writeRef } from "./private-repository.ts";

/** The isolated clone in which one attempt works, or in which its result is checked. */
export interface Workspace {
  /** Our folder: prompt, result and owner's mark, beside the tree. */
  readonly dir: string;
  /** Where the files are; the only folder that a child may change. */
  readonly tree: string;
  /** The index as it was when the workspace was made, in the private repository; children get a copy of it. */
  readonly indexFile: string;
  readonly base: string;
}

/** Whose workspace a folder is: asserted before every write into it or removal of it. */
interface Owner {
  readonly runId: string;
  readonly name: string;
}

const ownerFile = (dir: string) => join(dir, "owner.json");

export interface WorkspacePlace {
  /** The folder of all workspaces of this repository, in the user's state folder. */
  readonly root: string;
  readonly runId: string;
  /** Unique within the run, such as `tokenizer.1.build`. */
  readonly name: string;
}

/** The workspace at a place, whether it exists or not. */
export function workspaceAt(repository: PrivateRepository, place: WorkspacePlace, base: string): Workspace {
  const dir = join(place.root, place.runId, place.name);
  const indexFile = join(indexFolder(repository.gitDir), `${place.runId}.${place.name}`);
  return { dir, tree: join(dir, "tree"), indexFile, base };
}

/**
 * Makes a workspace of `commit`: no remote to push to, no hooks, objects borrowed. What stood there before,
 * left by a crash, is removed first.
 */
export async function createWorkspace(
  platform: Platform,
  repository: PrivateRepository,
  place: WorkspacePlace,
  commit: string,
): Promise<Workspace> {
  const { git, files } = platform;
  const workspace = workspaceAt(repository, place, commit);
  await removeWorkspace(platform, repository, place);
  const owner: Owner = { runId: place.runId, name: place.name };
  await files.write(ownerFile(workspace.dir), `${JSON.stringify(owner)}\n`);
  await gitOrThrow(git, {
    cwd: workspace.dir,
    args: [
      "init",
      "--quiet",
      "--template=",
      `--object-format=${repository.user.objectFormat}`,
      workspace.tree,
    ],
  });
  const ownGit = join(workspace.tree, ".git");
  const objects = [join(repository.gitDir, "objects"), join(repository.user.commonDir, "objects")];
  await files.write(join(ownGit, "objects", "info", "alternates"), `${objects.join("\n")}\n`);
  await files.write(join(ownGit, "HEAD"), `${commit}\n`);
  await gitOrThrow(git, {
    gitDir: repository.gitDir,
    workTree: workspace.tree,
    indexFile: workspace.indexFile,
    args: ["read-tree", "--reset", "-u", commit],
  });
  const index = await files.read(workspace.indexFile);
  if (index) await files.write(join(ownGit, "index"), index);
  return workspace;
}

/** Removes a workspace of ours; nothing there is fine, somebody else's folder is refused. */
export async function removeWorkspace(
  platform: Platform,
  repository: PrivateRepository,
  place: WorkspacePlace,
): Promise<void> {
  const { dir, indexFile } = workspaceAt(repository, place, "");
  await assertOwned(platform, dir, place);
  await platform.files.remove(dir);
  await platform.files.remove(indexFile);
  // Left by a git that was killed while it wrote the index.
  await platform.files.remove(`${indexFile}.lock`);
}

async function assertOwned(platform: Platform, dir: string, place: WorkspacePlace): Promise<void> {
  const names = await platform.files.list(dir);
  if (!names || names.every((name) => name.startsWith("owner.json"))) return;
  const text = (await platform.files.read(ownerFile(dir)))?.toString("utf8");
  const expected: Owner = { runId: place.runId, name: place.name };
  if (text?.trim() === JSON.stringify(expected)) return;
  throw new AppError({
    code: "workspace-not-ours",
    message: `${dir} is not a workspace of run ${place.runId}; it is left alone`,
    action: "Move that folder away, or choose another state folder with XDG_STATE_HOME.",
    exitCode: 4,
  });
}

/** What a builder left behind, read with the private repository's own settings: the workspace's `.git` is not trusted. */
export interface WorkspaceChange {
  readonly tree: string;
  readonly commit: string;
  readonly files: readonly ChangedFile[];
  /** Paths that are not files, links or folders. */
  readonly special: readonly string[];
  /** Files above `fileBytes`; they were not read. */
  readonly oversized: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Reads the change in a workspace into the private repository: every path that differs from the base, untracked
 * ones included and ignored ones not. Filters never run; a file above `fileBytes` or of a special kind is
 * reported and left out. What was read is kept as a commit under `keep.ref`.
 */
export async function readChange(
  platform: Platform,
  repository: PrivateRepository,
  workspace: Workspace,
  limits: { readonly fileBytes: number },
  keep: { readonly ref: string; readonly message: string; readonly at: string },
): Promise<WorkspaceChange> {
  await platform.files.remove(`${workspace.indexFile}.lock`);
  const at = { gitDir: repository.gitDir, workTree: workspace.tree, indexFile: workspace.indexFile };
  const touched = await gitOrThrow(platform.git, {
    ...at,
    args: ["ls-files", "-z", "--modified", "--others", "--exclude-per-directory=.gitignore"],
  });
  const special: string[] = [];
  const oversized: { path: string; bytes: number }[] = [];
  const nested: TreeDifference[] = [];
  for (const path of fields(touched)) {
    // git lists a repository of its own as a folder; one without a commit it would refuse to add.
    if (path.endsWith("/")) {
      nested.push(nestedRepository(path.slice(0, -1)));
      continue;
    }
    const stat = await platform.files.stat(join(workspace.tree, path));
    if (stat?.kind === "other") special.push(path);
    if (stat?.kind === "file" && stat.bytes > limits.fileBytes) oversized.push({ path, bytes: stat.bytes });
  }
  const left = [...special, ...[...oversized, ...nested].map((file) => file.path)].map(
    (path) => `:(exclude,top,literal)${path}`,
  );
  if (touched !== "")
    await gitOrThrow(platform.git, {
      ...at,
      args: ["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"],
      stdin: [":/", ...left].join("\0"),
    });
  const tree = (await gitOrThrow(platform.git, { ...at, args: ["write-tree"] })).trim();
  const commit = await createCommit(platform, repository, {
    tree,
    parent: workspace.base,
    message: keep.message,
    at: keep.at,
  });
  await writeRef(platform, repository, keep.ref, commit);
  const differences = await diffTrees(platform, repository, workspace.base, tree);
  const files = await withSizes(platform, repository, [...differences, ...nested]);
  return { tree, commit, files, special, oversized };
}

const noBlob = "0".repeat(40);
const nestedRepository = (path: string): TreeDifference => ({
  path,
  status: "added",
  oldMode: "000000",
  newMode: "160000",
  oldBlob: noBlob,
  newBlob: noBlob,
});

const statuses: Record<string, ChangeStatus> = { A: "added", M: "modified", D: "deleted", T: "type-changed" };

/** The paths that differ between two trees or commits, sorted; a rename is a deletion and an addition. */
export async function diffTrees(
  platform: Platform,
  repository: PrivateRepository,
  from: string,
  to: string,
): Promise<TreeDifference[]> {
  const raw = await gitOrThrow(platform.git, {
    gitDir: repository.gitDir,
    args: ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from, to],
  });
  const parts = fields(raw);
  const files: TreeDifference[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode = "", newMode = "", oldBlob = "", newBlob = "", letter = ""] = (parts[i] as string)
      .slice(1)
      .split(" ");
    const status = statuses[letter];
    if (!status) throw new Error(`git diff-tree printed an unknown status: ${parts[i]}`);
    files.push({ path: parts[i + 1] as string, status, oldMode, newMode, oldBlob, newBlob });
  }
  return files;
}

async function withSizes(
  platform: Platform,
  repository: PrivateRepository,
  files: readonly TreeDifference[],
): Promise<ChangedFile[]> {
  const sizes = await blobSizes(
    platform,
    repository,
    files.filter(hasBlob).map((file) => file.newBlob),
  );
  return files.map((file) => ({ ...file, bytes: hasBlob(file) ? (sizes.get(file.newBlob) ?? null) : null }));
}

const hasBlob = (file: { newMode: string }): boolean =>
  file.newMode !== "000000" && file.newMode !== "160000";

async function blobSizes(
  { git }: Platform,
  repository: PrivateRepository,
  blobs: readonly string[],
): Promise<Map<string, number>> {
  if (blobs.length === 0) return new Map();
  const output = await gitOrThrow(git, {
    gitDir: repository.gitDir,
    args: ["cat-file", "--batch-check=%(objectname) %(objectsize)"],
    stdin: `${blobs.join("\n")}\n`,
  });
  return new Map(
    output
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ") as [string, string])
      .map(([blob, size]) => [blob, Number(size)]),
  );
}

const fields = (output: string): string[] => output.split("\0").filter((field) => field !== "");
