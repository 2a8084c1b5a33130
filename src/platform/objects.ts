import { join } from "node:path";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

/**
 * Keeps in our own repository whatever `commit` has beyond `base`. Git writes no object that it can borrow, and
 * what lies in the user's repository without a ref (of a branch they deleted) goes with their next `gc`.
 */
export async function holdObjects(
  { git, files }: Platform,
  { gitDir }: PrivateRepository,
  commit: string,
  base: string,
): Promise<void> {
  const listed = await gitOrThrow(git, {
    gitDir,
    args: ["rev-list", "--objects", "--no-object-names", commit, `^${base}`],
  });
  const objects = listed.split("\n").filter((object) => object !== "");
  const own = new Set<string>();
  for (const folder of new Set(objects.map((object) => object.slice(0, 2))))
    for (const name of (await files.list(join(gitDir, "objects", folder))) ?? []) own.add(folder + name);
  const borrowed = objects.filter((object) => !own.has(object));
  if (borrowed.length === 0) return;
  await gitOrThrow(git, {
    gitDir,
    args: ["pack-objects", "--quiet", join(gitDir, "objects", "pack", "pack")],
    stdin: `${borrowed.join("\n")}\n`,
  });
}
