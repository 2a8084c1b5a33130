import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import { clearHazards } from "./clear-hazards.ts";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";
import type { Workspace } from "./workspace.ts";

/** Where it is remembered what a workspace held before its builder began: beside its index, out of reach. */
export const preparedFile = (workspace: Pick<Workspace, "indexFile">): string =>
  `${workspace.indexFile}.prepared`;

/** Paths that differ from the commit, untracked ones included and ignored ones not; a nested repository ends in `/`. */
export async function listTouched(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  workspace: Workspace,
): Promise<string[]> {
  const output = await gitOrThrow(git, {
    gitDir: repository.gitDir,
    workTree: workspace.tree,
    indexFile: workspace.indexFile,
    args: ["ls-files", "-z", "--modified", "--others", "--exclude-per-directory=.gitignore"],
  });
  return [...new Set(output.split("\0"))].filter((path) => path !== "");
}

const preparedShape = z.record(z.string(), z.string());

/**
 * Remembers what setup and carried files left where git does not ignore it, so that it is not taken for the
 * builder's change. Called once, before the builder begins.
 */
export async function rememberPrepared(
  platform: Pick<Platform, "git" | "files">,
  repository: PrivateRepository,
  workspace: Workspace,
  limits: { readonly fileBytes: number },
): Promise<void> {
  // What setup ran may be an earlier phase's code.
  await clearHazards(workspace.tree, limits.fileBytes);
  const prepared: Record<string, string> = {};
  for (const path of await listTouched(platform, repository, workspace))
    prepared[path] = await identify(platform, workspace, path, limits);
  await platform.files.write(preparedFile(workspace), JSON.stringify(prepared));
}

/**
 * Those of the touched paths that are still as the builder found them. They are no part of its change: they do not
 * reach the tree, whoever made them, so that nobody gains by them.
 */
export async function listUntouched(
  platform: Pick<Platform, "files">,
  workspace: Workspace,
  touched: readonly string[],
  limits: { readonly fileBytes: number },
): Promise<Set<string>> {
  const data = await platform.files.read(preparedFile(workspace));
  const prepared = preparedShape.parse(data ? parseJson(data.toString("utf8")) : {});
  const untouched = new Set<string>();
  for (const path of touched)
    if (
      Object.hasOwn(prepared, path) &&
      prepared[path] === (await identify(platform, workspace, path, limits))
    )
      untouched.add(path);
  return untouched;
}

/** What stands at a path, in a few words that are equal for equal content. */
async function identify(
  { files }: Pick<Platform, "files">,
  workspace: Workspace,
  path: string,
  { fileBytes }: { readonly fileBytes: number },
): Promise<string> {
  const place = join(workspace.tree, path);
  const stat = await files.stat(place);
  if (stat?.kind === "symlink") return `link ${await readlink(place)}`;
  if (stat?.kind !== "file") return stat?.kind ?? "absent";
  if (stat.bytes > fileBytes) return `large ${stat.bytes} ${stat.modifiedMs}`;
  const hash = createHash("sha256").update((await files.read(place)) ?? "");
  return `${stat.executable ? "program" : "file"} ${hash.digest("hex")}`;
}
