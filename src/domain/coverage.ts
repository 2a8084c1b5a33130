/** Lines that a test run executed, of those that could be. */
export interface LineCount {
  readonly covered: number;
  readonly total: number;
}

/** A number that was measured, or why it was not: what is not known is no 0. */
export type Measure<T> =
  | { readonly measured: true; readonly value: T }
  | { readonly measured: false; readonly why: string };

/** Lines of a file from `from` to `to`, both included, counted from 1. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Coverage of a tree beside its baseline, as the ledger keeps it. */
export interface CoverageDelta {
  readonly total: Measure<LineCount>;
  readonly baseline: Measure<LineCount>;
  /** Of the lines that the change added or modified; a total of 0: it changed none that could be executed. */
  readonly changed: Measure<LineCount>;
  /** Changed lines that were not executed, at most `maxListedRanges` ranges. */
  readonly uncovered: readonly { readonly path: string; readonly lines: readonly LineRange[] }[];
}

export const maxListedRanges = 200;
