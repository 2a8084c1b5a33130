import { join } from "node:path";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import { exactBytes, type PrivateRepository } from "./private-repository.ts";

/** What git writes into the configuration of a new folder depends on its version and the file system alone. */
const configs = new WeakMap<PrivateRepository, Buffer>();

/**
 * Whether the file system of a fresh workspace gives back what was written, names and modes included: git tries that
 * when it makes a repository.
 */
export async function keepsFiles({ files }: Pick<Platform, "files">, tree: string): Promise<boolean> {
  const config = (await files.read(join(tree, ".git", "config")))?.toString("utf8") ?? "";
  return /filemode = true/.test(config) && !/symlinks = false|ignorecase = true|precompose/.test(config);
}

/**
 * Makes the git folder of the workspace in `tree`, without hooks, objects and HEAD. Git makes the first one of a
 * repository; those after it are alike, and cost no process.
 */
export async function createGitFolder(
  { git, files }: Platform,
  repository: PrivateRepository,
  tree: string,
): Promise<string> {
  const folder = join(tree, ".git");
  const known = configs.get(repository);
  if (known) {
    await Promise.all([
      files.write(join(folder, "config"), known),
      // Without that folder it would be no repository.
      files.write(join(folder, "refs", "heads", ".keep"), ""),
    ]);
  } else {
    const { objectFormat, commonDir } = repository.user;
    await gitOrThrow(git, {
      cwd: commonDir,
      args: ["init", "--quiet", "--template=", `--object-format=${objectFormat}`, tree],
    });
    const made = await files.read(join(folder, "config"));
    if (made) configs.set(repository, made);
  }
  await files.write(join(folder, "info", "attributes"), exactBytes);
  return folder;
}
