import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { showArgv } from "../domain/plan.ts";
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
  const lines = output.stdout.split("\n");
  const [commonDir = "", gitDir = "", objectFormat = "", isBare] = lines;
  // Git separates these with line ends, and so does the list of folders that objects are borrowed from.
  if (isAbsolute(commonDir) && lines.length > 5) throw lineBreakInPath(cwd);
  // Whatever calls itself git: everything of ours is written below these folders.
  if (!isAbsolute(commonDir) || !isAbsolute(gitDir) || !/^sha\d+$/.test(objectFormat))
    throw gitMadeNoSense(output.stdout);
  const bare = isBare === "true";
  const root = bare ? commonDir : await topLevelOf(git, cwd);
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

async function topLevelOf(git: Git, cwd: string): Promise<string> {
  const output = await git.run({ cwd, args: ["rev-parse", "--path-format=absolute", "--show-toplevel"] });
  if (output.code === 0) return output.stdout.replace(/\n$/, "");
  throw new AppError({
    code: "not-in-checkout",
    message: `${cwd} lies in the repository's git folder, not in its checkout`,
    action: "Change to the checkout: a hook that starts there names it with `-C`.",
    exitCode: 2,
  });
}

const lineBreakInPath = (cwd: string): AppError =>
  new AppError({
    code: "repository-path",
    message: `the path of the repository at ${JSON.stringify(cwd)} holds a line break`,
    action: "Rename the folder.",
    exitCode: 4,
  });

const gitMadeNoSense = (said: string): AppError =>
  new AppError({
    code: "git-failed",
    message: `git does not say where the repository is; it said ${JSON.stringify(said.slice(0, 200))}`,
    action: "See that the first git on the PATH is git itself, 2.38 or newer.",
    exitCode: 4,
  });

function notRepository(cwd: string, words: string): AppError {
  if (words.includes("dubious ownership")) {
    const folder = /repository at '(.+)'/.exec(words)?.[1] ?? cwd;
    return new AppError({
      code: "repository-not-safe",
      message: `git refuses the repository at ${folder}: it belongs to another user`,
      action: `Run \`${showArgv(["git", "config", "--global", "--add", "safe.directory", folder])}\` if you trust it.`,
      exitCode: 4,
    });
  }
  return new AppError({
    code: "not-a-repository",
    message: `${cwd} is not inside a git repository`,
    action: "Change to your repository, or run `git init` and commit something first.",
    exitCode: 2,
  });
}
