import type { TestCase, TestStatus } from "../../domain/tests.ts";

/** A file of tests, or a part of one, that could not be run: which tests are in it stays unknown. */
export interface CollectionError {
  /** Relative to the repository's root; null where the report does not tell. */
  readonly file: string | null;
  readonly message: string;
}

/** A test run as its report has it. */
export interface TestReport {
  /** The tool that ran the tests, as far as its report shows: `vitest`, `pytest`, `go`; else the name of the format. */
  readonly tool: string;
  /** Each test once, sorted by id. */
  readonly tests: readonly TestCase[];
  readonly collectionErrors: readonly CollectionError[];
  /** Tests that the tool itself ran more than once, and how they ended each time. */
  readonly retried: ReadonlyMap<string, readonly TestStatus[]>;
  /** Why not all tests were run, where the report tells. */
  readonly incomplete?: string;
}

export const reportFaultKinds = ["empty", "unknown-format", "truncated", "malformed", "over-limits"] as const;
export interface ReportFault {
  readonly kind: (typeof reportFaultKinds)[number];
  /** What is wrong with the report, without its name. */
  readonly message: string;
}

/** Where the tests ran, so that what a tool calls a file can be told as a path of the repository. */
export interface ReportPlace {
  /** The root of the tree in which the tool ran, absolute. */
  readonly root: string;
  /** The folder in which it ran, relative to the root; left out: the root itself. */
  readonly folder?: string;
  /** Other absolute names of the same root: without links, in a container, on a Windows drive. */
  readonly toolRoots?: readonly string[];
  /** The files of the tree, relative to its root. With them, paths of unknown folders and dotted names are found. */
  readonly files?: ReadonlySet<string>;
  /** Hidden in all messages. */
  readonly secrets?: readonly string[];
}

export interface ReportLimits {
  readonly reportBytes: number;
  readonly tests: number;
  /** Of each message and each trace. */
  readonly textBytes: number;
}
