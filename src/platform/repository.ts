import { createHash } from "node:crypto";
import { join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { gitOrThrow } from "./git.ts";
import type { Git } from "./ports.ts";

/** The user's repository: where it is and what it is. Reading it changes nothing in it. */
export interface Repository {
  /** The checkout's root; the repository itself where it is bare. */
  readonly root: string;
  /** The common git folder, shared by all linked worktrees. */
  readonly commonDir: string;
  /** This checkout's git folder. */
  readonly gitDir: string;
  readonly objectFormat: string;
  readonly bare: boolean;
  /** Everything of ours: `<commonDir>/autopack`. */
  readonly ownDir: string;
  /** Names this repository in the user's state folder. */
  readonly key: string;
}

/** The repository around `cwd`. */
export async function openRepository(git: Git, cwd: string): Promise<Repository> {
  const output = await git.run({
    cwd,
    args: [
      "rev-parse",
      "--path-format=absolute",
      "--git-common-dir",
      "--absolute-git-dir",
      "--show-object-format",
      "--is-bare-repository",
    ],
  });
  if (output.code !== 0) throw notRepository(cwd, output.stderr);
  const [commonDir = "", gitDir = "", objectFormat = "sha1", isBare] = output.stdout.trimEnd().split("\n");
  const bare = isBare === "true";
  const root = bare
    ? commonDir
    : (
        await gitOrThrow(git, { cwd, args: ["rev-parse", "--path-format=absolute", "--show-toplevel"] })
      ).trimEnd();
  return {
    root,
    commonDir,
    gitDir,
    objectFormat,
    bare,
    ownDir: join(commonDir, "autopack"),
    key: createHash("sha256").update(commonDir).digest("hex").slice(0, 16),
  };
}

function notRepository(cwd: string, words: string): AppError {
  if (words.includes("dubious ownership"))
    return new AppError({
      code: "repository-not-safe",
      message: `git refuses the repository at ${cwd}: it belongs to another user`,
      action: `Run \`git config --global --add safe.directory ${cwd}\` if you trust it.`,
      exitCode: 4,
    });
  return new AppError({
    code: "not-a-repository",
    message: `${cwd} is not inside a git repository`,
    action: "Change to your repository, or run `git init` and commit something first.",
    exitCode: 2,
  });
}
