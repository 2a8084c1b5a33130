import type { ChangeStatus, TreeDifference } from "../domain/change.ts";
import { fields, gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

type World = Pick<Platform, "git">;
type Objects = Pick<PrivateRepository, "gitDir">;

const statuses: Record<string, ChangeStatus> = { A: "added", M: "modified", D: "deleted", T: "type-changed" };

/** The paths that differ between two trees or commits, sorted; a rename is a deletion and an addition. */
export const diffTrees = async (
  world: World,
  repository: Objects,
  from: string,
  to: string,
): Promise<TreeDifference[]> => (await runDiff(world, repository, from, to, [])).entries;

/** The lines of larger files are not counted. */
const mostBytes = 1_000_000;

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

export interface MeasuredDiff {
  /** As `diffTrees` tells them. */
  readonly differences: TreeDifference[];
  /** How many lines each file gained and lost, by path; what is no text, or too large, is left out. */
  readonly lines: ReadonlyMap<string, LineCounts>;
  /** The blobs, and the trees below the root, that are in `to` where `from` has others. */
  readonly objects: readonly string[];
}

/** All that is told of the difference between two trees or commits, by one process. */
export async function measureDiff(
  world: World,
  repository: Objects,
  from: string,
  to: string,
): Promise<MeasuredDiff> {
  const { entries, rest } = await runDiff(world, repository, from, to, ["-t", "--numstat"]);
  const lines = new Map<string, LineCounts>();
  for (const field of rest) {
    const [, added, removed, path] = /^(\d+)\t(\d+)\t(.*)$/s.exec(field) ?? [];
    if (path !== undefined) lines.set(path, { added: Number(added), removed: Number(removed) });
  }
  const before = new Set(entries.map(({ oldBlob }) => oldBlob));
  const objects = entries
    .filter(({ newMode, newBlob }) => newMode !== "000000" && newMode !== "160000" && !before.has(newBlob))
    .map(({ newBlob }) => newBlob);
  const isFolder = (entry: TreeDifference) => [entry.oldMode, entry.newMode].includes("040000");
  return { differences: entries.filter((entry) => !isFolder(entry)), lines, objects };
}

async function runDiff(
  { git }: World,
  { gitDir }: Objects,
  from: string,
  to: string,
  more: readonly string[],
): Promise<{ readonly entries: TreeDifference[]; readonly rest: readonly string[] }> {
  const output = await gitOrThrow(git, {
    gitDir,
    // Attributes in a tree could make a text a binary, and a newer git would heed them.
    settings: [`core.bigFileThreshold=${mostBytes}`, "attr.tree="],
    args: [
      "diff-tree",
      "-r",
      "-z",
      "--raw",
      "--no-renames",
      "--no-abbrev",
      "--no-ext-diff",
      "--no-textconv",
      ...more,
      from,
      to,
    ],
  });
  const parts = fields(output);
  const entries: TreeDifference[] = [];
  let at = 0;
  for (; parts[at]?.startsWith(":"); at += 2) {
    const [oldMode = "", newMode = "", oldBlob = "", newBlob = "", letter = ""] = (parts[at] ?? "")
      .slice(1)
      .split(" ");
    const status = statuses[letter];
    if (!status) throw new Error(`git diff-tree printed an unknown status: ${parts[at]}`);
    entries.push({ path: parts[at + 1] ?? "", status, oldMode, newMode, oldBlob, newBlob });
  }
  return { entries, rest: parts.slice(at) };
}
