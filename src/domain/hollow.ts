import { type Language, readSource, type Source } from "./source-text.ts";
import { holdsTests } from "./test-syntax.ts";

/** Files that are complete while empty, by convention of the tools that read them. */
const honestWhileEmpty = /(^|\/)(__init__\.py|py\.typed|\.gitkeep|\.keep|\.nojekyll)$/;

const notImplemented =
  /["'`]\s*(?:todo\s*(?::[^"'`\n]*)?|[^"'`\n]{0,200}\b(?:not (?:yet )?implemented|unimplemented|implement me)\b[^"'`\n]*)["'`]/i
    .source;

/** A statement that stands where the work should. */
const placeholder = [
  `throw\\s+(?:new\\s+)?[\\w.]+\\s*\\(\\s*${notImplemented}\\s*\\)`,
  "throw\\s+new\\s+[\\w.]*NotImplemented\\w*\\s*\\([^()]*\\)",
  `(?:panic!?|fatalError|error|die)\\s*\\(\\s*${notImplemented}\\s*\\)`,
  "(?:todo|unimplemented)!\\s*\\([^()]*\\)",
  "TODO\\([^()]*\\)",
  "raise\\s+NotImplementedError(?:\\([^()]*\\))?",
].join("|");

/** `function f(…): T { throw … }` and the like; the header is one line, or one list of parameters over several. */
const stubInBraces = new RegExp(
  `(?<![^{};\\n])[^{};()\\n]*(?:\\([^{};()]*\\)[^{};()\\n]*)?(?:=>\\s*)?\\{\\s*(?:return\\s+)?(?:${placeholder})\\s*;?\\s*\\}`,
  "gi",
);
const stubInPython = new RegExp(
  `^[ \\t]*(?:async[ \\t]+)?def[ \\t]+\\w+\\([^()]*\\)[^:\\n]*:\\s*(?:("""|''')[^]*?\\1\\s*)?(?:pass|\\.\\.\\.|${placeholder})[ \\t]*$`,
  "gim",
);

/** What may surround stubs without being work: imports, package lines, and shells that hold nothing. */
const shells =
  /^[ \t]*(?:import|from|package|use|using|namespace)\b[^\n{}]*(?:\{[^{}]*\}[^\n{}]*)?$|(?<![^{};\n])[^{};\n]*\{\s*\}/gm;
const pythonShells = /^[ \t]*(?:import|from|class)\b[^\n]*$|"""[^]*?"""|'''[^]*?'''/gm;
/** An interface in Python is made of stubs, and says so. */
const pythonInterface = /\b(?:Protocol|ABC|ABCMeta|abstractmethod|overload)\b/;

/** A body that does nothing, or gives back nothing: a placeholder where a comment says that the work is to come. */
const emptyInBraces = new RegExp(
  `(?<![^{};\\n])[^{};()\\n]*(?:\\([^{};()]*\\)[^{};()\\n]*)?(?:=>\\s*)?\\{\\s*(?:return(?:\\s+(?:null|nil|None|undefined|false|true|0|""|''|\\[\\s*\\]|\\{\\s*\\}))?\\s*;?)?\\s*\\}`,
  "g",
);
const toCome =
  /^[/*#\s-]*(?:TODO|FIXME|TBD|XXX)\b|\b(?:not (?:yet )?implemented|implement (?:me|this|it)|to be implemented|implementation (?:goes|comes) here|placeholder|stub)\b/i;

/** "// ... existing code ...", and no comment about `...rest`. */
const elided =
  /^[/*#\s-]*(?:\.{3}|…)\s+\(?(?:the )?(?:existing|rest of(?: the)?|remaining|previous|other|same|unchanged|your)\s+(?:\w+\s+)?(?:code|file|implementation|methods?|functions?|imports?|content|logic|class|module|tests?|as before|unchanged)\b/i;

/** A text that only says that there will be one. */
const proseToCome =
  /^[^\p{L}\p{N}]*(?:(?:TODO|TBD|TBA|FIXME)\b[^\n]{0,100}|(?:[Tt]odo|[Tt]bd|[Ff]ixme|[Pp]laceholder(?: text)?|[Cc]oming soon|[Ww]ork in progress|[Ww][Ii][Pp]|[Tt]o be (?:done|written|defined))(?:[^\p{L}\p{N}]*|:[^\n]{0,100}))$/u;

const isCode = (language: Language): boolean =>
  language !== "prose" && language !== "none" && language !== "markup";

/**
 * The rules, tried in order. Each is exact rather than clever: an honest file that looks like a hollow one is
 * in the tests beside it.
 */
const rules: readonly { readonly why: string; readonly holds: (source: Source) => boolean }[] = [
  { why: "it is empty", holds: ({ text }) => text === "" },
  { why: "it holds only white space", holds: ({ text }) => text.trim() === "" },
  { why: "it holds only comments", holds: ({ code }) => code === "" },
  {
    why: "it holds only a docstring",
    holds: ({ code, language }) =>
      language === "python" &&
      /^(?:"""(?:(?!""")[^])*"""|'''(?:(?!''')[^])*'''|"[^"\n]*"|'[^'\n]*')$/.test(code),
  },
  {
    why: "it holds no statement",
    holds: ({ code, language }) =>
      isCode(language) &&
      language !== "hash" &&
      /^(?:["']use \w+["'];?\s*)?(?:export\s*\{\s*\};?|[\s{}[\]();,]*)$/.test(code),
  },
  {
    why: "it holds only a placeholder",
    holds: ({ code, language }) =>
      isCode(language) && new RegExp(`^(?:pass|\\.\\.\\.|${placeholder})\\s*;?$`, "i").test(code),
  },
  { why: "every function in it is a placeholder", holds: isAllStubs },
  {
    why: "a comment stands where code was left out",
    holds: ({ comments }) => comments.some((comment) => elided.test(comment)),
  },
  {
    why: "it holds only a placeholder",
    holds: ({ code, language }) => language === "prose" && proseToCome.test(withoutHeadings(code)),
  },
  {
    why: "it holds only headings",
    holds: ({ code, language }) => language === "prose" && withoutHeadings(code) === "",
  },
  {
    why: "it holds filler text",
    holds: ({ code, language }) => language === "prose" && /^lorem ipsum\b/i.test(withoutHeadings(code)),
  },
];

/** Longer texts are taken as work: taking one apart could use up the stack. */
const longestJudged = 1_000_000;

/**
 * Why a deliverable's text is no work, as a clause; null when nothing speaks against it. Binary content that is
 * not empty is never hollow.
 */
export function assessHollow(path: string, text: string): string | null {
  if (honestWhileEmpty.test(path) || text.includes("\0")) return null;
  if (text.length > longestJudged) return text.trim() === "" ? "it holds only white space" : null;
  const source = readSource(path, text);
  return rules.find((rule) => rule.holds(source))?.why ?? null;
}

/** A file of stubs is small; the limit also bounds what a hostile text costs. */
const maxStubs = 50_000;

function isAllStubs({ code, text, comments, language }: Source): boolean {
  if (!isCode(language) || code.length > maxStubs) return false;
  const [stub, shell] = language === "python" ? [stubInPython, pythonShells] : [stubInBraces, shells];
  if (language === "python" && pythonInterface.test(text)) return false;
  const isToCome = language !== "python" && comments.some((comment) => toCome.test(comment));
  const rest = code.replace(stub, "").replace(isToCome ? emptyInBraces : stub, "");
  return rest !== code && /^[\s;]*$/.test(rest.replace(shell, "").replace(shell, ""));
}

const withoutHeadings = (text: string): string => text.replace(/^#{1,6}[ \t][^\n]*$/gm, "").trim();

/** Whether an edit took the tests out of a test file: it is hollow now, or defines no test where it did. */
export function isEmptiedTest(path: string, before: string, after: string): boolean {
  if (after.length > longestJudged || before.length > longestJudged) return after.trim() === "";
  if (assessHollow(path, after) !== null) return assessHollow(path, before) === null;
  return holdsTests(path, readSource(path, before).code) && !holdsTests(path, readSource(path, after).code);
}
