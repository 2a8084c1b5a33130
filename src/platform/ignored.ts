import { join } from "node:path";
import { isPlainPath, namesGitFolder } from "../domain/paths.ts";
import { gitFailed } from "./git.ts";
import type { ReadableRepository, TreeEntry } from "./history.ts";
import type { Files } from "./ports.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

/**
 * Those of `paths` that git would ignore with the `.gitignore` files `ignores` of a tree: asked of git itself, in a
 * folder below `scratch` that holds nothing else.
 */
export async function findIgnored(
  { git, gitDir, files }: ReadableRepository & { readonly files: Pick<Files, "write"> },
  ignores: readonly TreeEntry[],
  paths: readonly string[],
  scratch: string,
): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  return withTemporaryFolder(
    { root: scratch, prefix: "autopack-ignored-", keep: false },
    async (workTree) => {
      for (const { path, blob } of ignores.filter(isPlain)) {
        const content = await git.read(gitDir, blob);
        if (content) await files.write(join(workTree, path), content);
      }
      const output = await git.run({
        gitDir,
        workTree,
        args: ["check-ignore", "--no-index", "-z", "--stdin"],
        stdin: paths.map((path) => `${path}\0`).join(""),
      });
      // 1 says that none of them is.
      if (output.code > 1) throw gitFailed("check-ignore", output);
      return new Set(output.stdout.split("\0").filter((path) => path !== ""));
    },
  );
}

/** A tree may hold names that lead out of any folder it is written to. */
const isPlain = ({ path, mode }: TreeEntry): boolean =>
  isPlainPath(path) && !namesGitFolder(path) && mode.startsWith("100");
