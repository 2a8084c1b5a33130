/** `error` refuses the phase it names, or the whole plan; `warning` refuses nothing. */
type Severity = "error" | "warning";

interface CodeFacts {
  readonly severity: Severity;
  /** What is wrong, in one clause. */
  readonly meaning: string;
  /** What a person does about it, as an imperative sentence. */
  readonly action: string;
}

/** Every code of plan lint. The codes are stable: other programs may rely on them. */
export const findingCodes = {
  "plan-too-large": {
    severity: "error",
    meaning: "the plan is larger than autopack reads",
    action: "Cut the plan into several, one for each run.",
  },
  "plan-not-text": {
    severity: "error",
    meaning: "the plan file is not UTF-8 text",
    action: "Save the file as UTF-8.",
  },
  "plan-syntax": {
    severity: "error",
    meaning: "the plan is not well-formed YAML or JSON",
    action: "Mend the syntax at this place.",
  },
  "duplicate-key": {
    severity: "error",
    meaning: "a key occurs twice in one mapping",
    action: "Keep one of the two.",
  },
  "unknown-key": {
    severity: "error",
    meaning: "a key has no meaning here",
    action: "Correct the spelling or remove the key; `autopack plan schema` prints what is known.",
  },
  "missing-field": {
    severity: "error",
    meaning: "a required field is missing",
    action: "Add the field; `autopack plan schema` describes it.",
  },
  "invalid-value": {
    severity: "error",
    meaning: "a value has the wrong type or form",
    action: "Write the value in the form that the message names.",
  },
  "invalid-id": {
    severity: "error",
    meaning: "an id cannot be used as one",
    action: "Use letters and digits with single `.`, `-` or `_` between them, at most 64 characters.",
  },
  "unsupported-version": {
    severity: "error",
    meaning: "the plan's version is not one that this program reads",
    action: "Write `version: 1`.",
  },
  "unknown-category": {
    severity: "error",
    meaning: "the category is not a known one",
    action: "Use one of the categories that the message lists.",
  },
  "unknown-complexity": {
    severity: "error",
    meaning: "the complexity is not a known one",
    action: "Use low, medium or high.",
  },
  "duplicate-id": {
    severity: "error",
    meaning: "an id or name is used twice",
    action: "Give each its own; letter case does not count.",
  },
  "unknown-dependency": {
    severity: "error",
    meaning: "`depends_on` names a phase that the plan does not have",
    action: "Correct the id or remove it.",
  },
  "dependency-cycle": {
    severity: "error",
    meaning: "phases depend on each other in a circle, so none can start",
    action: "Remove one of the dependencies.",
  },
  "later-tier-dependency": {
    severity: "error",
    meaning: "a phase depends on a phase of a later tier",
    action: "Move one of the two phases, or remove the dependency.",
  },
  "deliverable-prose": {
    severity: "error",
    meaning: "a deliverable is prose instead of a path",
    action:
      "Name one file, and move the prose to the description; write `./` before a path that really has spaces.",
  },
  "deliverable-outside": {
    severity: "error",
    meaning: "a deliverable does not lead to a file inside the repository",
    action: "Write the path relative to the repository's root, with forward slashes.",
  },
  "deliverable-not-a-file": {
    severity: "error",
    meaning: "a deliverable names a folder or a pattern instead of one file",
    action: "List the files one by one; patterns belong into `scope.write`.",
  },
  "deliverable-protected": {
    severity: "error",
    meaning: "a deliverable is a protected path",
    action: "Take it out of the phase, or add a grant with a reason and an expiry to `policy.grants`.",
  },
  "deliverable-out-of-scope": {
    severity: "error",
    meaning: "a deliverable lies outside the phase's own write scope",
    action: "Add the path to `scope.write`, or leave `scope.write` out: it defaults to the deliverables.",
  },
  "deliverable-ignored": {
    severity: "error",
    meaning: "git ignores the deliverable, so it could never be part of a change",
    action: "Deliver another path, or change the ignore rule and commit that first.",
  },
  "deliverable-unreachable": {
    severity: "error",
    meaning:
      "the deliverable lies in a submodule, behind a symbolic link or below a file, where git tracks nothing",
    action: "Name the file by its real path, or run a plan inside the submodule's own repository.",
  },
  "deliverable-duplicate": {
    severity: "error",
    meaning: "a phase lists one deliverable twice",
    action: "Keep one of the two.",
  },
  "deliverable-shared": {
    severity: "error",
    meaning: "two phases own one deliverable, and nothing says which comes first",
    action: "Add a `depends_on` between the two, or move one to a later tier.",
  },
  "deliverable-absent": {
    severity: "error",
    meaning:
      "a deliverable is to be modified or deleted, and neither exists at base nor is delivered by a phase before",
    action:
      "Correct the path, drop the `change`, or let this phase depend on the one that delivers the file.",
  },
  "deliverable-exists": {
    severity: "error",
    meaning: "a deliverable is to be created, and is there already",
    action: "Write `change: modify`, or drop the `change`.",
  },
  "nothing-verifies": {
    severity: "error",
    meaning: "neither a check nor an acceptance command would verify the phase",
    action: "Add `checks` to the plan or to autopack.yaml, or `acceptance` to the phase.",
  },
  "program-missing": {
    severity: "error",
    meaning: "a program that the plan starts cannot be found",
    action: "Install it, or correct the command.",
  },
  "program-doubtful": {
    severity: "warning",
    meaning: "a program that the plan may start cannot be found now",
    action: "Make sure that setup or an earlier phase provides it.",
  },
  "tests-unreported": {
    severity: "warning",
    meaning: "a check of tests names no report, so its failures cannot be told apart",
    action: "Let its command write a report that autopack reads, and name that as `report`.",
  },
  "coverage-unmeasured": {
    severity: "warning",
    meaning: "`policy.coverage` sets a threshold, and no check names a report of coverage",
    action: "Add `coverage` to the check that measures it, or remove the threshold.",
  },
  "report-tracked": {
    severity: "warning",
    meaning: "a check is to leave a report where base has a file of its own",
    action: "Name a path that git does not track, so that an old report is never taken for a new one.",
  },
  "no-builder": {
    severity: "error",
    meaning: "the phase has no builder and there is no default",
    action: "Write `builder` in the phase, or `defaults.builder` in the plan or in autopack.yaml.",
  },
  "unknown-builder": {
    severity: "error",
    meaning: "the configuration has no builder of this name",
    action: "Correct the name, or add the builder to `builders` in autopack.yaml.",
  },
  "writable-refused": {
    severity: "error",
    meaning: "a builder's `writable` would open the checkout, its git folder or the state folder to it",
    action: "List what it needs more narrowly: builders work in a workspace of their own.",
  },
  "builder-script-missing": {
    severity: "error",
    meaning: "the script of a scripted builder does not exist",
    action: "Correct the path; in a plan it is relative to the plan file.",
  },
  "budget-impossible": {
    severity: "error",
    meaning: "a budget cannot be met",
    action: "Raise it, or leave it out.",
  },
  "tokens-unreported": {
    severity: "warning",
    meaning:
      "the builder reports no usage: each call counts against the token budget as what is set aside for it",
    action:
      "Let the builder write `tokens` to $AUTOPACK_RESULT and say `reports_usage: true` in autopack.yaml, or limit `minutes`.",
  },
  "secret-too-short": {
    severity: "warning",
    meaning: "the value of a variable that the builder sees is too short to be hidden in logs and the ledger",
    action: "Use a longer secret; values under 6 characters are left as they are.",
  },
  "usd-unreported": {
    severity: "warning",
    meaning: "a budget in dollars cannot be held, because no builder of the plan reports its cost",
    action: "Limit `tokens` or `minutes` instead.",
  },
  "grant-expired": {
    severity: "error",
    meaning: "a grant has expired",
    action: "Decide again: renew its `expires`, or remove the grant.",
  },
  "grant-unknown-phase": {
    severity: "error",
    meaning: "a grant names a phase that the plan does not have",
    action: "Correct the id or remove it.",
  },
  "carry-missing": {
    severity: "error",
    meaning: "a file that `carry` names is not in the checkout, or lies behind a link",
    action: "Create the file, or take it out of `carry`.",
  },
  "not-a-repository": {
    severity: "error",
    meaning: "there is no git repository here",
    action: "Run autopack inside a git repository; `git init` makes one.",
  },
  "repository-bare": {
    severity: "error",
    meaning: "the repository is bare",
    action: "Run autopack in a clone that has a checkout.",
  },
  "repository-busy": {
    severity: "error",
    meaning: "the repository is in the middle of a merge, rebase or the like",
    action: "Finish or abort that first; `git status` says how.",
  },
  "base-missing": {
    severity: "error",
    meaning: "the base does not name a commit",
    action: "Set `run.base` to a branch, tag or commit that exists.",
  },
  "objects-missing": {
    severity: "error",
    meaning: "the repository lacks objects of the base commit",
    action: "Run the fetch command that the message names.",
  },
  "path-too-long": {
    severity: "error",
    meaning: "a path at base, or a deliverable, is too long for a workspace",
    action: "Shorten the path, or set XDG_STATE_HOME to a folder with a shorter one.",
  },
  "submodule-incomplete": {
    severity: "error",
    meaning: "a submodule lacks objects of the commit that base names",
    action: "Run the fetch command that the message names.",
  },
  "submodule-absent": {
    severity: "warning",
    meaning: "a submodule is not initialised, so its folder is empty in every workspace",
    action: "Run `git submodule update --init` if a phase or check needs it.",
  },
  "uncommitted-changes": {
    severity: "warning",
    meaning: "the checkout holds changes that are not committed; the run starts without them",
    action: "Commit what the run needs.",
  },
} as const satisfies Record<string, CodeFacts>;

export type FindingCode = keyof typeof findingCodes;

/** A place in the plan file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What lint found at one place. Without `phaseId` an error refuses the whole plan. */
export interface Finding extends Position {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly action: string;
  readonly file: string;
  readonly phaseId?: string;
}

export function createFinding(
  code: FindingCode,
  file: string,
  at: Position,
  message: string,
  phaseId?: string,
): Finding {
  const { severity, action } = findingCodes[code];
  return {
    code,
    severity,
    message,
    action,
    file,
    line: at.line,
    column: at.column,
    ...(phaseId === undefined ? {} : { phaseId }),
  };
}

/** By position, then code, then message. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      a.line - b.line || a.column - b.column || compare(a.code, b.code) || compare(a.message, b.message),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One finding as text: `plan.yaml:12:9: error: … [code]` and the action below. */
export function showFinding(finding: Finding): string {
  const place = `${finding.file}:${finding.line}:${finding.column}`;
  return `${place}: ${finding.severity}: ${finding.message} [${finding.code}]\n  ${finding.action}`;
}

export interface Refusals {
  /** Errors that no single phase is to blame for: nothing may start. */
  readonly plan: readonly Finding[];
  /** Errors by the phase they refuse; under `--keep-going` the others may run. */
  readonly phases: ReadonlyMap<string, readonly Finding[]>;
}

/** What the errors among the findings refuse. */
export function refusalsOf(findings: readonly Finding[]): Refusals {
  const errors = findings.filter((finding) => finding.severity === "error");
  const phases = new Map<string, Finding[]>();
  for (const finding of errors) {
    if (finding.phaseId === undefined) continue;
    phases.set(finding.phaseId, [...(phases.get(finding.phaseId) ?? []), finding]);
  }
  return { plan: errors.filter((finding) => finding.phaseId === undefined), phases };
}
