import { AppError, exitCodes } from "../domain/app-error.ts";
import { gitOrThrow } from "./git.ts";
import type { Git } from "./ports.ts";

/**
 * The version of the git on the PATH. `git merge-tree --write-tree` came with 2.38; without it the first merge would
 * fail, hours into a run.
 *
 * @throws AppError `git-missing`, `git-too-old`, `git-failed`
 */
export async function readGitVersion(git: Git): Promise<string> {
  const said = (await gitOrThrow(git, { args: ["--version"] })).trim();
  const [, version = said, major = "0", minor = "0"] = /^git version ((\d+)\.(\d+)\S*)/.exec(said) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38))
    return said.replace("git version ", "");
  throw new AppError({
    code: "git-too-old",
    message: `this is git ${version}, and autopack needs 2.38 or newer`,
    action: "Install a newer git and put it first on the PATH.",
    exitCode: exitCodes.environment,
  });
}
