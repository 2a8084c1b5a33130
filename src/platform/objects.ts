import { join } from "node:path";
import { gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

/**
 * Keeps objects in our own repository. Git writes none that it can borrow, and what lies in the user's repository
 * without a ref (of a branch they deleted) goes with their next `gc`.
 */
export async function holdObjects(
  { git, files }: Platform,
  { gitDir }: PrivateRepository,
  objects: readonly string[],
): Promise<void> {
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

/** Objects as young as this may belong to a run that has just begun. */
const youngMs = 3_600_000;

/**
 * Removes from our own repository what no ref of ours leads to. What a pinned base leads to is the user's to keep, and
 * not looked at: their history may be long, shallow or partial. To be called while no run is open: a run that was cut
 * off counts on a commit before a ref has it.
 */
export async function pruneObjects(
  { git, files, clock }: Pick<Platform, "git" | "files" | "clock">,
  { gitDir, user }: PrivateRepository,
): Promise<void> {
  const pins = await gitOrThrow(git, {
    gitDir: user.commonDir,
    args: ["for-each-ref", "--format=^%(objectname)", "refs/autopack/base"],
  });
  const needed = await gitOrThrow(git, {
    gitDir,
    args: ["rev-list", "--objects", "--no-object-names", "--glob=refs/autopack/*", "--stdin"],
    stdin: pins,
  });
  const kept = new Set(needed.split("\n").filter((object) => object !== ""));
  const root = join(gitDir, "objects");
  const limit = clock.now().getTime() - youngMs;
  const removeIfOld = async (path: string) => {
    const stat = await files.stat(path);
    if (stat && stat.modifiedMs < limit) await files.remove(path);
  };
  for (const folder of (await files.list(root)) ?? [])
    if (/^[0-9a-f]{2}$/.test(folder))
      for (const name of (await files.list(join(root, folder))) ?? [])
        if (!kept.has(folder + name)) await removeIfOld(join(root, folder, name));
  const packs = join(root, "pack");
  for (const name of (await files.list(packs)) ?? []) {
    if (!name.endsWith(".idx")) continue;
    const listed = await gitOrThrow(git, { gitDir, args: ["verify-pack", "-v", join(packs, name)] });
    if (listed.split("\n").some((line) => kept.has(line.split(" ", 1)[0] ?? ""))) continue;
    // The index last: while it is there, the pack is found again.
    for (const end of ["pack", "rev", "idx"]) await removeIfOld(join(packs, name.replace(/idx$/, end)));
  }
}
