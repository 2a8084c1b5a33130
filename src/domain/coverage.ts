/** Lines that a test run executed, of those that could be. */
export interface LineCount {
  readonly covered: number;
  readonly total: number;
}

/** Cut, not rounded, as coverage tools do: 100 % is said only of all. */
export const showPercent = ({ covered, total }: LineCount): string =>
  total === 0 ? "nothing" : `${Math.floor((covered / total) * 1000) / 10} %`;

/** A number that was measured, or why it was not: what is not known is no 0. */
export type Measure<T> =
  | { readonly measured: true; readonly value: T }
  | { readonly measured: false; readonly why: string };

/** Lines of a file from `from` to `to`, both included, counted from 1. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** What a change did to the lines of files. */
export interface ChangedLines {
  /** By path in the new tree: what was added, modified, or moved here with or without changes. */
  readonly files: ReadonlyMap<string, ChangedFileLines>;
  /** Paths that the new tree has not; one that was moved is none of them. */
  readonly deleted: ReadonlySet<string>;
}

export interface ChangedFileLines {
  /** Where the file was moved from, or its own path; null for a new file. */
  readonly oldPath: string | null;
  /** Lines of the new file that were added or modified, in order and apart from each other. */
  readonly ranges: readonly LineRange[];
}

/** Coverage of a tree beside its baseline, as the ledger keeps it. */
export interface CoverageDelta {
  readonly total: Measure<LineCount>;
  readonly baseline: Measure<LineCount>;
  /** Of the lines that the change added or modified; a total of 0: it changed none that could be executed. */
  readonly changed: Measure<LineCount>;
  /** Changed lines that were not executed, at most `maxListedRanges` ranges. */
  readonly uncovered: readonly { readonly path: string; readonly lines: readonly LineRange[] }[];
  /** Of the baseline: in files that the change deleted. Left out: none. */
  readonly deleted?: LineCount;
  /** Files that count for nothing because no report has them, at most `maxListedPaths`. Left out: none. */
  readonly unmeasured?: readonly {
    readonly path: string;
    /** `never`: changed, and in no report. `no-longer`: in the baseline's report, still there, and in none now. */
    readonly since: "never" | "no-longer";
  }[];
}

export const maxListedRanges = 200;
export const maxListedPaths = 50;
