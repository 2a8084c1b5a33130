import { join } from "node:path";
import type { ChangedFile } from "../domain/change.ts";
import { namesGitFolder, pathKey } from "../domain/paths.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { clearHazards, type Hazards } from "./clear-hazards.ts";
import { fields, gitFailed } from "./git.ts";
import type { FileStat, Files, GitOutput, Platform } from "./ports.ts";
import { listUntouched } from "./prepared.ts";
import type { PrivateRepository } from "./private-repository.ts";
import { isRefusal, openUp } from "./unreadable.ts";
import type { Workspace } from "./workspace.ts";

/** How much of a change is read; more than that is listed only. */
export interface ReadLimits {
  readonly changeFiles: number;
  readonly changeBytes: number;
  readonly fileBytes: number;
  /** What checks leave: a builder that ran them itself is not blamed for it, where the base has no such file. */
  readonly reports?: readonly string[];
}

/** What differs from the base and is not in the index now, with the reason that its list gives. */
interface NotAdded extends Hazards {
  readonly unread: readonly ChangedFile[];
}

/**
 * Adds what a builder left to the index of the workspace's making. What it cannot or shall not read is returned;
 * where that is too much, nothing is added.
 */
export async function addTouched(
  platform: Platform,
  repository: PrivateRepository,
  workspace: Workspace,
  limits: ReadLimits,
): Promise<NotAdded> {
  // Behind a link in their place, somebody else's files would be read.
  for (const folder of [workspace.dir, workspace.tree])
    if ((await platform.files.stat(folder))?.kind !== "directory")
      return { special: ["."], oversized: [], unread: [] };
  const hazards = await clearHazards(workspace.tree, limits.fileBytes);
  const context = { platform, repository, workspace, limits };
  const first = await addOnce(context, hazards);
  if (first.ok) return first.value;
  // Mostly a file or folder that its mode closes to us. What stays closed is told, and the rest is read.
  const second = await addOnce(context, hazards, await openUp(workspace.tree));
  if (second.ok) return second.value;
  throw gitFailed("ls-files or add", second.error);
}

interface Reading {
  readonly platform: Platform;
  readonly repository: PrivateRepository;
  readonly workspace: Workspace;
  readonly limits: ReadLimits;
}

/**
 * The output of git is the error where it could not read something.
 *
 * @param closed what is known to stay closed; undefined as long as nobody looked
 */
async function addOnce(
  { platform, repository, workspace, limits }: Reading,
  hazards: Hazards,
  closed?: readonly string[],
): Promise<Result<NotAdded, GitOutput>> {
  const { git, files } = platform;
  const at = {
    gitDir: repository.gitDir,
    workTree: workspace.tree,
    indexFile: workspace.indexFile,
    // A file that was written outside of the sparse patterns is there all the same.
    settings: ["core.sparseCheckout=true"],
  };
  const list = ["ls-files", "-z", "--modified", "--others", "--exclude-per-directory=.gitignore"];
  const listed = await git.run({ ...at, args: list });
  // Git passes over a folder that it cannot open, with a warning.
  if (listed.code !== 0 || (listed.stderr !== "" && !closed)) return err(listed);
  const touched = fields(listed.stdout);
  const untouched = await listUntouched({ files }, workspace, touched, limits);
  for (const path of limits.reports ?? [])
    if ((await git.sizeOf(repository.gitDir, `${workspace.base}:${path}`)) === null) untouched.add(path);
  const paths = touched.filter((path) => !untouched.has(path));
  if (paths.length > limits.changeFiles)
    return ok({ ...hazards, unread: paths.map((path) => unreadFile(path, null)) });

  const special = new Set([...hazards.special, ...(closed ?? [])]);
  const oversized = [...hazards.oversized];
  const unread: ChangedFile[] = [];
  const readable: ChangedFile[] = [];
  for (const path of paths) {
    const stat = isText(path) ? await statOf(files, join(workspace.tree, path)) : null;
    if (stat === "closed" || stat?.kind === "other") special.add(path);
    else if (!isText(path) || (stat && isRefused(path, stat))) unread.push(unreadFile(path, null));
    else if (stat?.kind === "file" && stat.bytes > limits.fileBytes)
      oversized.push({ path, bytes: stat.bytes });
    else readable.push(unreadFile(path, stat?.bytes ?? 0));
  }
  const notAdded = { special: [...special], oversized };
  const bytes = readable.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  if (bytes > limits.changeBytes) return ok({ ...notAdded, unread: [...readable, ...unread] });
  if (readable.length === 0) return ok({ ...notAdded, unread });

  const left = [
    ...special,
    ...touched.filter((path) => untouched.has(path)),
    ...[...oversized, ...unread].map((file) => file.path),
  ];
  const added = await git.run({
    ...at,
    args: ["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"],
    stdin: [":/", ...left.map(exclude)].join("\0"),
  });
  return added.code === 0 ? ok({ ...notAdded, unread }) : err(added);
}

async function statOf(files: Files, path: string): Promise<FileStat | null | "closed"> {
  try {
    return await files.stat(path);
  } catch (error) {
    if (isRefusal(error)) return "closed";
    throw error;
  }
}

/** Git lists a repository of its own as a folder, and bytes that are no UTF-8 are not in the text that we have. */
const isText = (path: string): boolean => !path.endsWith("/") && !path.includes("\ufffd");

/** Names that git tracks nothing under, and links that it never tracks. */
const isRefused = (path: string, stat: FileStat): boolean =>
  namesGitFolder(path) ||
  (stat.kind === "symlink" && /(?:^|\/)(?:\.gitmodules|gi[^/]*~[^/]*)$/.test(pathKey(path)));

/** Of bytes that are no UTF-8 only the place is known, so that a sibling may be left out as well. */
function exclude(path: string): string {
  if (!path.includes("\ufffd")) return `:(exclude,top,literal)${path}`;
  return `:(exclude,top,glob)${path.replace(/[*?[\\]/g, "\\$&").replace(/\ufffd+/g, "*")}`;
}

const noBlob = "0".repeat(40);
/** A path that is told and was not read; one that ends in a slash is a repository of its own. */
const unreadFile = (path: string, bytes: number | null): ChangedFile => ({
  path: path.replace(/\/$/, ""),
  status: "added",
  oldMode: "000000",
  newMode: path.endsWith("/") ? "160000" : "100644",
  oldBlob: noBlob,
  newBlob: noBlob,
  bytes,
});
