/** `node` is `node --test`. */
export type Runner = "vitest" | "jest" | "mocha" | "node";

/** A script of package.json that is one plain call of a test runner. */
export interface RunnerScript {
  readonly runner: Runner;
  readonly text: string;
  /** The arguments of the runner. */
  readonly args: readonly string[];
  /** Of these, the ones that name files of tests, or may do so. */
  readonly operands: readonly string[];
  /** Where the command begins in the text, behind its variables. */
  readonly startsAt: number;
  readonly program: string;
  /** Where a flag can stand in the text. */
  readonly flagsAt: number;
  /** Whether c8 or nyc is around the runner. */
  readonly isWrapped: boolean;
  /** Whether it waits for changes of files instead of ending. */
  readonly isWatching: boolean;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What only a shell can tell apart or a person could not see: no such script is given arguments. */
const notPlain = /[^\x20-\x7e]|[;&|<>()`#\\]|\$\{?npm_/;
const quoted = /"[^"]*"|'[^']*'/g;

/** Null where the script is anything else, or where that cannot be told. */
export function parseRunnerScript(text: string): RunnerScript | null {
  if (text.length > 2000 || notPlain.test(text) || /["']/.test(text.replace(quoted, ""))) return null;
  const words: Word[] = [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  const start = skipVariables(words, 0);
  const crossed = words[start]?.text === "cross-env" ? skipVariables(words, start + 1) : start;
  const isWrapped = /^(c8|nyc)$/.test(words[crossed]?.text ?? "");
  const wrapped = isWrapped ? skipOptions(words, crossed + 1) : crossed;
  const at = words[wrapped]?.text === "npx" ? wrapped + 1 : wrapped;
  const call = findRunner(words, at) ?? findNodeTest(words, at);
  if (call === null) return null;
  const args = call.args.map((word) => word.text);
  const isWatching = args.some(
    (arg, index) =>
      /^(--watch(All|-path)?(=.*)?|-w)$/.test(arg) ||
      (index === 0 && call.runner === "vitest" && /^(watch|dev)$/.test(arg)),
  );
  return { ...call, args, text, startsAt: words[start]?.start ?? 0, isWrapped, isWatching };
}

type Call = Pick<RunnerScript, "runner" | "operands" | "program" | "flagsAt"> & {
  readonly args: readonly Word[];
};

/** vitest, jest or mocha, by name or by path, also behind `node`: they take flags anywhere. */
function findRunner(words: readonly Word[], from: number): Call | null {
  const at = words[from]?.text === "node" ? skipOptions(words, from + 1) : from;
  const program = words[at]?.text ?? "";
  const runner = /^(?:[\w@.-]*\/)*(vitest|jest|mocha)(?:\.[mc]?js)?$/.exec(program)?.[1] as
    | Runner
    | undefined;
  if (runner === undefined) return null;
  const args = words.slice(at + 1);
  if (runner === "vitest" && /^(bench|list|init|related|typecheck)$/.test(args[0]?.text ?? "")) return null;
  const isVerb = (word: string, index: number) =>
    runner === "vitest" && index === 0 && /^(run|watch|dev)$/.test(word);
  const operands = args
    .map((word) => word.text)
    .filter(
      (word, index, all) => !isVerb(word, index) && !word.startsWith("-") && !takesNext(all[index - 1] ?? ""),
    );
  const flagsAt = words.at(-1)?.end ?? 0;
  return { runner, args, operands, program, flagsAt };
}

/** `node --test`, also as tsx has it. Behind its first operand node takes no flags. */
function findNodeTest(words: readonly Word[], at: number): Call | null {
  const program = words[at]?.text ?? "";
  if (program !== "node" && program !== "tsx") return null;
  const firstOperand = skipOptions(words, at + 1);
  const flag = words.slice(at + 1, firstOperand).find((word) => word.text === "--test");
  if (flag === undefined) return null;
  const operands = words.slice(firstOperand).map((word) => word.text);
  return { runner: "node", args: words.slice(at + 1), operands, program, flagsAt: flag.end };
}

function skipVariables(words: readonly Word[], from: number): number {
  let at = from;
  while (/^[A-Za-z_]\w*=/.test(words[at]?.text ?? "")) at++;
  return at;
}

/** To the first word that is neither an option nor the value of one. */
function skipOptions(words: readonly Word[], from: number): number {
  let at = from;
  while (words[at]?.text.startsWith("-")) at += takesNext((words[at] as Word).text) ? 2 : 1;
  return Math.min(at, words.length);
}

/** Options of the runners and of node that stand alone; any other may have the next word as its value. */
const standsAlone =
  /=|^--(test|run|coverage|all|silent|verbose|ci|no-[\w-]+|passWithNoTests|runInBand|forceExit|detectOpenHandles|globals|recursive|exit|bail|experimental-(?!loader)[\w-]+|enable-source-maps|expose-gc|trace-[\w-]+|watch\w*)$|^-[iwu]$/;
const takesNext = (option: string): boolean => option.startsWith("-") && !standsAlone.test(option);
