import { readScript } from "./javascript.ts";
import {
  type Assertion,
  type Checks,
  type Code,
  noCode,
  type TamperContext,
  type TamperFile,
} from "./model.ts";
import { type FilePair, pairFiles } from "./pair-files.ts";
import { type PairedTests, type Placed, pairTests } from "./pair-tests.ts";
import { readPython } from "./python.ts";

/** A file of the change with what was read from it; a side that is no code, or does not parse, is null. */
export interface JudgedFile extends FilePair {
  readonly owned: boolean;
  readonly before: Code | null;
  readonly after: Code | null;
}

/** The whole change, as the rules see it. */
export interface JudgedChange extends PairedTests {
  readonly files: readonly JudgedFile[];
  /** Too large to be judged. */
  readonly skipped: readonly FilePair[];
  /** Where the checks leave their reports. */
  readonly reports: readonly string[];
  /** All assertions of a test, those of the functions it calls included. */
  readonly assertionsOf: (placed: Placed, side: "before" | "after") => readonly Assertion[];
  /** Functions of which nothing is known but that their name says they check. */
  readonly unknownChecksOf: (placed: Placed, side: "before" | "after") => number;
  /** Keys of the assertions that the change has more of than before, with how many. */
  readonly surplus: ReadonlyMap<string, number>;
}

export const largestJudged = 1_000_000;
const script = /\.[cm]?[jt]sx?$/;
const python = /\.pyi?$/;
/** Made by tools or by others: nobody writes suppressions or tests there to get past a check. */
const foreign =
  /(?:^|\/)(?:node_modules|vendor|third_party|dist|build|coverage|bundled?)\/|\.min\.[cm]?js$|\.d\.[cm]?ts$/;

async function readCode(path: string | null, text: string | null): Promise<Code | null> {
  if (path === null || text === null) return noCode;
  if (foreign.test(path)) return null;
  if (script.test(path)) return readScript(path, text);
  return python.test(path) ? readPython(path, text) : null;
}

export const keyOf = ({ subject, matcher, expected }: Assertion): string =>
  `${subject}\n${matcher}\n${expected}`;

/** Reads both sides of every file, and finds what became of every test. */
export async function readChange(
  change: readonly TamperFile[],
  { owned, reports = [] }: Pick<TamperContext, "owned" | "reports">,
): Promise<JudgedChange> {
  const [files, skipped]: [JudgedFile[], FilePair[]] = [[], []];
  for (const pair of pairFiles(change)) {
    if (Math.max(pair.oldText?.length ?? 0, pair.newText?.length ?? 0) > largestJudged) {
      skipped.push(pair);
      continue;
    }
    if (pair.oldText === pair.newText && pair.wasTest === pair.isTest) continue;
    files.push({
      ...pair,
      owned: owned(pair.path),
      before: await readCode(pair.oldPath, pair.oldText),
      after: await readCode(pair.newPath, pair.newText),
    });
  }
  const known = files.filter(({ before, after }) => before && after);
  const testsOf = (side: "before" | "after"): Placed[] =>
    known
      .filter(({ wasTest, isTest }) => (side === "before" ? wasTest : isTest))
      .flatMap((file) => (file[side] ?? noCode).tests.map((test) => ({ test, file: file.path })));
  const tests = { before: testsOf("before"), after: testsOf("after") };
  const helpers = { before: helpersOf(known, "before"), after: helpersOf(known, "after") };
  const expanded = { before: new Map<Placed, Expanded>(), after: new Map<Placed, Expanded>() };
  const expand = (placed: Placed, side: "before" | "after"): Expanded => {
    const known = expanded[side].get(placed) ?? expandChecks(placed, helpers[side]);
    expanded[side].set(placed, known);
    return known;
  };
  return {
    ...pairTests(tests.before, tests.after),
    files,
    skipped,
    reports,
    assertionsOf: (placed, side) => expand(placed, side).assertions,
    unknownChecksOf: (placed, side) => expand(placed, side).unknown,
    surplus: countSurplus(tests, helpers),
  };
}

interface Helpers {
  readonly inFile: ReadonlyMap<string, ReadonlyMap<string, Checks>>;
  readonly anywhere: ReadonlyMap<string, Checks>;
}

function helpersOf(files: readonly JudgedFile[], side: "before" | "after"): Helpers {
  const inFile = new Map(
    files
      .filter(({ wasTest, isTest }) => (side === "before" ? wasTest : isTest))
      .map((file) => [file.path, (file[side] ?? noCode).helpers]),
  );
  const anywhere = new Map<string, Checks>();
  for (const helpers of inFile.values()) for (const [name, checks] of helpers) anywhere.set(name, checks);
  return { inFile, anywhere };
}

const saysItChecks = /^_?(?:expect|assert|check|verify|ensure|should|must)(?:[A-Z_]\w*)?$/;

interface Expanded {
  readonly assertions: readonly Assertion[];
  readonly unknown: number;
}

/** Of one test. */
const mostHelpers = 200;

function expandChecks(
  placed: Placed,
  { inFile, anywhere }: Helpers,
  called: Set<Checks> = new Set(),
): { assertions: Assertion[]; unknown: number } {
  const assertions: Assertion[] = [...placed.test.assertions];
  const seen = new Set<string>();
  let unknown = 0;
  const follow = (calls: readonly string[]) => {
    for (const name of calls) {
      const helper = inFile.get(placed.file)?.get(name) ?? anywhere.get(name);
      if (!helper && saysItChecks.test(name)) unknown++;
      // Once is enough: which functions are called is what counts, not how often.
      if (!helper || seen.has(name) || seen.size >= mostHelpers) continue;
      seen.add(name);
      called.add(helper);
      for (const assertion of helper.assertions) assertions.push(assertion);
      follow(helper.calls);
    }
  };
  follow(placed.test.calls);
  return { assertions, unknown };
}

/** Counts the assertions of all tests, and of the functions that some test calls. */
function countSurplus(
  tests: Readonly<Record<"before" | "after", readonly Placed[]>>,
  helpers: Readonly<Record<"before" | "after", Helpers>>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [side, by] of [
    ["before", -1],
    ["after", 1],
  ] as const) {
    const called = new Set<Checks>();
    for (const placed of tests[side]) expandChecks(placed, helpers[side], called);
    for (const checks of [...tests[side].map(({ test }) => test), ...called])
      for (const assertion of checks.assertions)
        counts.set(keyOf(assertion), (counts.get(keyOf(assertion)) ?? 0) + by);
  }
  return counts;
}
