export const findingSeverities = ["block", "review", "note"] as const;
/** `block`: the gate blocks. `review`: a person looks at it. `note`: said, and no more. */
export type FindingSeverity = (typeof findingSeverities)[number];

/** A sign in a change that a check was made easier instead of the code better. */
export interface TamperFinding {
  readonly rule: string;
  readonly severity: FindingSeverity;
  readonly path: string;
  /** In the new file; in the old one where the place was removed. */
  readonly line: number;
  readonly message: string;
  /** The plan's reason, where the plan allows it. */
  readonly allowed?: string;
}

/** What was found by looking at the change and its tree, before and beside the commands; bounded. */
export interface Inspection {
  readonly findings: readonly TamperFinding[];
  /** Faults that the change brought: files that do not parse, conflict markers, imports that lead nowhere. */
  readonly faults: readonly Diagnostic[];
}

/** `src/a.ts:3:5`, as far as it is known. */
export const showPlace = ({ path, line, column }: Pick<Diagnostic, "path" | "line" | "column">): string =>
  [path, line, column].filter((part) => part !== null && part !== "").join(":");

/** With the rule's id, where the tool has one. */
export const showDiagnostic = (diagnostic: Diagnostic): string => {
  const rule = diagnostic.rule === null ? [] : [diagnostic.rule];
  return [showPlace(diagnostic), ...rule, diagnostic.message].filter((part) => part !== "").join(": ");
};

export const maxListedFindings = 100;

/** What a compiler, linter or parser says of a place, whichever it was. */
export interface Diagnostic {
  /** Relative to the repository's root. */
  readonly path: string;
  /** Counted from 1; null where the tool did not say. */
  readonly line: number | null;
  readonly column: number | null;
  readonly severity: "error" | "warning";
  /** The tool's own id of the rule, such as `TS2304` or `no-unused-vars`. */
  readonly rule: string | null;
  readonly message: string;
}
