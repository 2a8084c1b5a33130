import { type ChangedFile, type GrantUse, type Violation } from "../domain/change.ts";
import { isTestPath } from "../domain/paths.ts";
import type { PhaseSpec } from "../domain/plan.ts";
import { assessLink } from "./assess-link.ts";
import { type PathPolicy, showPath } from "./path-policy.ts";

/** A change with all that is needed to judge it, read from the tree by the caller. */
export interface AssessedChange {
  /** Every file of the change. */
  readonly files: readonly ChangedFile[];
  readonly phase: Pick<PhaseSpec, "id" | "deliverables" | "scope">;
  readonly policy: PathPolicy;
  readonly limits: {
    readonly changeFiles: number;
    readonly changeBytes: number;
    readonly fileBytes: number;
  };
  /** Paths in the workspace that are neither file, link nor folder. */
  readonly special: readonly string[];
  /** Files that were left out of the tree for their size. */
  readonly oversized: readonly { readonly path: string; readonly bytes: number }[];
  /** What each added or changed symbolic link points at, by the link's path. */
  readonly linkTargets: ReadonlyMap<string, string>;
  /** Test files of the change that were left without a test (domain/hollow.ts). */
  readonly emptiedTests: ReadonlySet<string>;
}

export interface ChangeAssessment {
  /** The most telling kind first, then by path. */
  readonly violations: readonly Violation[];
  readonly grantsUsed: readonly GrantUse[];
}

/** The order in which violations are told. */
const order: readonly Violation["kind"][] = [
  "protected-path",
  "test-deleted",
  "test-emptied",
  "submodule-changed",
  "symlink-refused",
  "special-file",
  "undeclared-deletion",
  "mode-refused",
  "out-of-scope",
  "change-too-large",
];

/** Judges a whole change by every rule; a file may break several. Pure. */
export function assessChange(change: AssessedChange): ChangeAssessment {
  const grantsUsed: GrantUse[] = [];
  const violations: Violation[] = [];
  const scope = { phaseId: change.phase.id, write: change.phase.scope.write };
  for (const file of change.files) {
    const judgement = change.policy.assessPath(file.path, scope);
    if (judgement.verdict === "refused")
      violations.push({ kind: judgement.kind, path: file.path, message: judgement.message });
    else if (judgement.grant) grantsUsed.push(judgement.grant);
    violations.push(...assessContent(file, change));
  }
  violations.push(...change.special.map(specialFile), ...assessSize(change));
  const rank = (violation: Violation) => order.indexOf(violation.kind);
  return { violations: violations.sort((a, b) => rank(a) - rank(b) || compare(a.path, b.path)), grantsUsed };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isRegular = (mode: string): boolean => mode.startsWith("100");
const linkMode = "120000";
const submoduleMode = "160000";

/** What was done at the path, whoever may write there. */
function assessContent(file: ChangedFile, change: AssessedChange): Violation[] {
  const { path, status, oldMode, newMode } = file;
  const deliverable = change.phase.deliverables.find((candidate) => candidate.path === path);
  const isTest = isTestPath(path) || deliverable?.kind === "test";
  const violation = (kind: Violation["kind"], why: string): Violation[] => [
    { kind, path, message: `${showPath(path)} ${why}` },
  ];

  if (oldMode === submoduleMode || newMode === submoduleMode)
    return violation(
      "submodule-changed",
      "is a submodule or nested repository; remove the nested .git folder, or leave the submodule as it is.",
    );
  if (status === "deleted") {
    if (deliverable?.change === "delete") return [];
    return isTest
      ? violation("test-deleted", `is a test and was deleted. ${howToDelete}`)
      : violation("undeclared-deletion", `was deleted. ${howToDelete}`);
  }
  if (status === "type-changed" && isTest && isRegular(oldMode))
    return violation(
      "test-deleted",
      "is a test and was replaced by something that is not a file; restore it.",
    );
  if (newMode === linkMode) {
    const refusal = assessLink(path, change.linkTargets.get(path), change);
    if (refusal) return violation("symlink-refused", refusal);
  }
  if (!deliverable && status === "type-changed")
    return violation(
      "mode-refused",
      "changed between file and symbolic link, and is no deliverable; restore it.",
    );
  if (newMode !== linkMode && newMode !== "100644" && newMode !== "100755")
    return violation(
      "mode-refused",
      `has the mode ${newMode}, which is not a file's; make it a regular file.`,
    );
  if (isTest && change.emptiedTests.has(path))
    return violation("test-emptied", "is a test and was left without any test; restore what it tested.");
  if (
    !deliverable &&
    isRegular(oldMode) &&
    isRegular(newMode) &&
    (oldMode === "100755") !== (newMode === "100755")
  )
    return violation(
      "mode-refused",
      `was made ${newMode === "100755" ? "executable" : "not executable"}, and is no deliverable; restore its mode.`,
    );
  return [];
}

const howToDelete =
  "Restore it, or declare it as a deliverable with `change: delete` in the plan (its old path, if it was moved).";

const specialFile = (path: string): Violation => ({
  kind: "special-file",
  path,
  message:
    path === "."
      ? "The workspace was replaced by something that is not its folder; leave it where it is."
      : `${showPath(path)} is a FIFO, socket or device, or cannot be read; remove it.`,
});

function assessSize({ files, oversized, limits }: AssessedChange): Violation[] {
  const tooLarge = (path: string, message: string): Violation => ({
    kind: "change-too-large",
    path,
    message,
  });
  const count = files.length + oversized.length;
  const perFile = [...files.filter(isBlob), ...oversized].flatMap(({ path, bytes }) => {
    // Of more files than the limit, no sizes were asked for.
    if (bytes === null && count > limits.changeFiles) return [];
    if (bytes === null)
      return [
        tooLarge(path, `${showPath(path)} has no size that could be read; write it again as a plain file.`),
      ];
    if (bytes <= limits.fileBytes) return [];
    return [
      tooLarge(
        path,
        `${showPath(path)} has ${bytes} bytes; the limit for a file is ${limits.fileBytes}. Make it smaller.`,
      ),
    ];
  });
  const bytes = [...files, ...oversized].reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return [
    ...perFile,
    ...(count > limits.changeFiles
      ? [
          tooLarge(
            ".",
            `The change has ${count} files; the limit is ${limits.changeFiles}. Cut the phase smaller.`,
          ),
        ]
      : []),
    ...(bytes > limits.changeBytes
      ? [
          tooLarge(
            ".",
            `The change has ${bytes} bytes; the limit is ${limits.changeBytes}. Cut the phase smaller.`,
          ),
        ]
      : []),
  ];
}

const isBlob = (file: ChangedFile): boolean => file.newMode !== "000000" && file.newMode !== submoduleMode;
