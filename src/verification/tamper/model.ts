/** One file of a change, both sides as text. A side that does not exist is null. */
export interface TamperFile {
  /** Relative to the root; the old one where the file is deleted. */
  readonly path: string;
  /** Where it was before, if that is known to differ; a deletion and an addition that are alike are paired anyway. */
  readonly oldPath?: string | null;
  readonly status: "added" | "modified" | "deleted" | "renamed";
  readonly oldText: string | null;
  readonly newText: string | null;
  readonly isTest: boolean;
}

/** A plan's word that a rule may be broken, and why. */
export interface Allowance {
  readonly rule: string;
  /** Globs; left out: everywhere. */
  readonly paths?: readonly string[];
  readonly reason: string;
}

export interface TamperContext {
  /** Whether the path is a deliverable of the phase. */
  readonly owned: (path: string) => boolean;
  /** Where the plan's checks leave their reports. */
  readonly reports?: readonly string[];
  readonly allow: readonly Allowance[];
}

/** What keeps a test from running, or makes it the only one that runs. */
export interface Mark {
  readonly line: number;
  /** As a person would say it: `it.skip`, `returns before its first statement`. */
  readonly how: string;
  /** It depends on something that is only known when the test runs. */
  readonly conditional: boolean;
}

/** 3: says what the value is. 2: says something of it. 1: says that there is one. 0: holds whatever the code does. */
export type Strength = 0 | 1 | 2 | 3;

export interface Assertion {
  readonly line: number;
  /** What is looked at, how, and what is expected: printed from the tree, so that layout makes no difference. */
  readonly subject: string;
  readonly matcher: string;
  readonly expected: string;
  readonly literals: readonly string[];
  /** How many of the expected values may be anything: `expect.any(…)`, `mock.ANY`. */
  readonly wild: number;
  readonly strength: Strength;
  /** Its failure is caught and dropped. */
  readonly swallowed: boolean;
  /** Nobody waits for it: its failure comes when the test is over. */
  readonly floating: boolean;
  /** It stands in a loop: one text, many assertions. */
  readonly repeated: boolean;
}

/** Whatever may hold assertions: a test, or a function that tests call. */
export interface Checks {
  readonly assertions: readonly Assertion[];
  /** Names of the functions it calls. */
  readonly calls: readonly string[];
}

export interface Test extends Checks {
  readonly path: string;
  readonly line: number;
  readonly suite: string;
  readonly title: string;
  readonly skip: Mark | null;
  readonly focus: Mark | null;
  /** Nothing in it can fail: no statement, or none that calls anything. */
  readonly empty: boolean;
  /** Its body is a name, or comes from elsewhere: nothing is known of it. */
  readonly opaque: boolean;
  /** It stands in a loop or has a table: one text, many tests. */
  readonly many: boolean;
  /** The rows of its table, printed; null where it has none that can be read. */
  readonly cases: readonly string[] | null;
  /** Printed from the tree. */
  readonly body: string;
  readonly words: readonly string[];
}

export interface Remark {
  readonly line: number;
  readonly text: string;
}

/** A place where production code knows of tests. */
export interface TestTrace {
  readonly line: number;
  readonly what: string;
  readonly severity: "block" | "review";
}

/** A place where a file ends the process, as if all were well. */
export interface Exit {
  readonly line: number;
  /** Printed from the tree. */
  readonly text: string;
  /** It is reached whenever the file is loaded; else on a condition, or later. */
  readonly isSure: boolean;
  /** Statements stand behind it. */
  readonly isFollowed: boolean;
  /** The file defines what others can use, and so is more than a program of its own. */
  readonly isImportable: boolean;
}

/** A file taken apart. */
export interface Code {
  readonly tests: readonly Test[];
  readonly helpers: ReadonlyMap<string, Checks>;
  readonly comments: readonly Remark[];
  readonly traces: readonly TestTrace[];
  readonly exits: readonly Exit[];
  /** Its strings that may name a file. */
  readonly fileNames: readonly Remark[];
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

export const noCode: Code = {
  tests: [],
  helpers: new Map(),
  comments: [],
  traces: [],
  exits: [],
  fileNames: [],
  imports: [],
};

/** Whether a string may be the name of a report. */
export const mayNameFile = (text: string): boolean => text.length <= 300 && /^[^\s<>]*\.\w{1,8}$/.test(text);

/** Tells the line, counted from 1, of an offset in a text. */
export function createLineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
