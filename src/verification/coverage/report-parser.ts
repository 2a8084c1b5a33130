import type { Result } from "../../domain/result.ts";
import type { FileLines } from "./file-lines.ts";

export const reportFormats = ["lcov", "istanbul", "coverage.py", "cobertura", "go"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface CoverageLimits {
  /** Most bytes of a report. */
  readonly bytes: number;
  /** Most bytes of one in JSON, which is held in memory whole. */
  readonly jsonBytes: number;
  /** Most files that one report may speak of. */
  readonly files: number;
  /** Most lines, or blocks, that are kept of all files of a report. */
  readonly lines: number;
}

/** Why a report is worth nothing: coverage is then not measured, for which `message` is the reason. */
export interface CoverageFault {
  readonly code: "empty" | "too-large" | "unknown-format" | "malformed" | "truncated" | "unmapped";
  /** One clause, of bounded length. */
  readonly message: string;
}

/** What a report says, its files under the names that it gives them. */
export interface RawReport {
  readonly format: ReportFormat;
  /** By name; where a name is relative to one of several folders, `folders` has them. */
  readonly files: ReadonlyMap<string, FileLines>;
  readonly folders: readonly string[];
}

/** Reads a report piece by piece. After a fault it is given nothing more. */
export interface ReportParser {
  push(chunk: Uint8Array): CoverageFault | null;
  end(): Result<RawReport, CoverageFault>;
}

export const malformed = (message: string): CoverageFault => ({ code: "malformed", message });

export const tooMany = (what: "files" | "lines", most: number): CoverageFault => ({
  code: "too-large",
  message: `it speaks of more than ${most} ${what}`,
});
