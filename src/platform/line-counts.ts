import { fields, gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

/** The lines of larger files are not counted. */
const mostBytes = 1_000_000;

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** How many lines each file of a change gained and lost, by path; what is no text, or too large, is left out. */
export async function countLines(
  { git }: Pick<Platform, "git">,
  { gitDir }: Pick<PrivateRepository, "gitDir">,
  from: string,
  to: string,
): Promise<ReadonlyMap<string, LineCounts>> {
  const output = await gitOrThrow(git, {
    gitDir,
    // Attributes in a tree could make a text a binary, and a newer git would heed them.
    settings: [`core.bigFileThreshold=${mostBytes}`, "attr.tree="],
    args: ["diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", from, to],
  });
  const counts = new Map<string, LineCounts>();
  for (const field of fields(output)) {
    const [, added, removed, path] = /^(\d+)\t(\d+)\t(.*)$/s.exec(field) ?? [];
    if (path !== undefined) counts.set(path, { added: Number(added), removed: Number(removed) });
  }
  return counts;
}
