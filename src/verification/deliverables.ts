import type { TreeDifference } from "../domain/change.ts";
import type { FailureKind } from "../domain/failure.ts";
import { assessHollow } from "../domain/hollow.ts";
import type { Deliverable, PhaseSpec } from "../domain/plan.ts";

type DeliverableProblem = Extract<
  FailureKind,
  "deliverable-missing" | "deliverable-unchanged" | "deliverable-hollow" | "deliverable-lacks-text"
>;

export interface DeliverableResult {
  readonly path: string;
  readonly outcome: "ok" | DeliverableProblem;
  /** A sentence that names the path. */
  readonly message: string;
}

/** The tree that came of the change. */
export interface ResultingTree {
  /** The text of a blob; null when there is no such blob. */
  readBlob(blob: string): Promise<string | null>;
  /** Whether a file or link stands at `path`. */
  has(path: string): Promise<boolean>;
}

/**
 * Judges every deliverable on the tree, and nothing else: that it is there (or gone, for a deletion), that the
 * change gave it new content, that it is no placeholder, and that it holds the texts it must.
 */
export function assessDeliverables(
  phase: Pick<PhaseSpec, "deliverables">,
  change: readonly TreeDifference[],
  tree: ResultingTree,
): Promise<DeliverableResult[]> {
  const changed = new Map(change.map((file) => [file.path, file]));
  return Promise.all(
    phase.deliverables.map(async (deliverable) => {
      const { path } = deliverable;
      const [outcome, why] =
        deliverable.change === "delete"
          ? await assessDeletion(path, changed.get(path), tree)
          : await assessFile(deliverable, changed.get(path), tree);
      return { path, outcome, message: `${path} ${why}.` };
    }),
  );
}

type Judged = readonly [DeliverableResult["outcome"], string];

async function assessDeletion(
  path: string,
  file: TreeDifference | undefined,
  tree: ResultingTree,
): Promise<Judged> {
  if (file?.status === "deleted") return ["ok", "is gone"];
  if (file || (await tree.has(path)))
    return ["deliverable-unchanged", "was to be deleted and is still there"];
  return ["deliverable-unchanged", "was to be deleted, and was not there before the change either"];
}

async function assessFile(
  { path, mustContain }: Deliverable,
  file: TreeDifference | undefined,
  tree: ResultingTree,
): Promise<Judged> {
  if (!file && (await tree.has(path))) return ["deliverable-unchanged", "is the same as before the change"];
  if (!file) return ["deliverable-missing", "does not exist"];
  if (file.status === "deleted") return ["deliverable-missing", "was deleted, and the plan asks for it"];
  if (file.newMode === "160000") return ["deliverable-missing", "is a repository of its own and no file"];
  if (file.newMode === "120000" && file.oldMode !== "120000")
    return ["deliverable-hollow", "is a symbolic link and no file"];
  if (file.oldBlob === file.newBlob)
    return ["deliverable-unchanged", "has a new mode and the same content as before"];
  const text = await tree.readBlob(file.newBlob);
  if (text === null) return ["deliverable-missing", "cannot be read from the tree"];
  const hollow = assessHollow(path, text);
  if (hollow) return ["deliverable-hollow", `is no work: ${hollow}`];
  const lacking = mustContain.filter((wanted) => !text.includes(wanted));
  if (lacking.length > 0)
    return [
      "deliverable-lacks-text",
      `lacks ${lacking.map((wanted) => JSON.stringify(wanted)).join(" and ")}`,
    ];
  return ["ok", "is delivered"];
}
