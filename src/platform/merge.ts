import { err, ok, type Result } from "../domain/result.ts";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";
import { diffTrees } from "./tree-diff.ts";

/**
 * The tree that joins a change, made on `base`, with what `ours` has meanwhile; or the paths that conflict. Nothing
 * is checked out. Where `ours` moved a file, git would carry the change along to a path that it was never judged
 * for: that is a conflict, too.
 */
export async function mergeChange(
  platform: Platform,
  repository: PrivateRepository,
  ours: string,
  change: { readonly base: string; readonly commit: string },
): Promise<Result<string, { readonly paths: readonly string[] }>> {
  const output = await platform.git.run({
    gitDir: repository.gitDir,
    args: ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, change.commit],
  });
  const [tree = "", ...paths] = output.stdout.split("\0").filter((field) => field !== "");
  if (output.code === 1) return err({ paths });
  if (output.code !== 0) await gitOrThrow({ run: async () => output }, { args: ["merge-tree"] });
  const judged = new Set(
    (await diffTrees(platform, repository, change.base, change.commit)).map((file) => file.path),
  );
  const carried = (await diffTrees(platform, repository, ours, tree)).filter(
    (file) => !judged.has(file.path),
  );
  return carried.length === 0 ? ok(tree) : err({ paths: carried.map((file) => file.path) });
}
