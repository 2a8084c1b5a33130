import type { Argv } from "../../domain/plan.ts";
import type { TestCase } from "../../domain/tests.ts";
import { longestName } from "./report-text.ts";

type Placeholder = "file" | "name" | "id";
type Values = Readonly<Record<Placeholder, string | null>>;
const placeholder = /\{(file|name|id)\}/g;

/**
 * The command that runs one test alone, from a plan's template; null where the test cannot be named in it, so that
 * the whole command has to be run again. `{file}` is its path, `{name}` its name, `{id}` all of it as pytest writes
 * it: FILE::SUITE::NAME. In a word each stands for a part of that word. In the text of a shell (`sh -c`) each stands
 * for a variable that is set before the text, so that no name, whatever is in it, is read as shell.
 */
export function rerunCommand(template: Argv | undefined, test: TestCase): Argv | null {
  if (template === undefined || whyNoRerun(template) !== null) return null;
  const [program, ...words] = template;
  const values = valuesOf(test);
  const text = shellTextAt(template);
  const filled: string[] = [];
  for (const [index, word] of words.entries()) {
    const result = fill(word, values, index + 1 === text);
    if (result === null) return null;
    filled.push(result);
  }
  return [program, ...filled];
}

/** Why a template cannot name a test, as the end of a sentence about it; null where it can. */
export function whyNoRerun(template: Argv): string | null {
  const text = shellTextAt(template);
  let isUsed = false;
  for (const [index, word] of template.entries()) {
    const marks = [...word.matchAll(placeholder)];
    if (marks.length === 0) continue;
    isUsed = true;
    if (index === 0) return "it names the test where the program should be";
    if (index === text) {
      if (marks.some((mark) => quoteAt(word, mark.index) === "'"))
        return "it has a placeholder in single quotes: write it without quotes";
      // Quotes begin anew in there, so what is around the placeholder cannot be told.
      if (marks.some((mark) => /`|\$\(/.test(word.slice(0, mark.index))))
        return "it has a placeholder in or after a command substitution: write it before that";
    } else if (/\s/.test(word.replaceAll(placeholder, "")))
      return `it has a placeholder in the word ${JSON.stringify(word)}, which looks like several: make each a word of its own`;
  }
  return isUsed ? null : "it has none of {file}, {name} and {id}";
}

function valuesOf({ file, suite, name }: TestCase): Values {
  // A name that was cut, or that no argument can hold, names no test.
  const isWhole = [...suite, name].every((part) => part.length < longestName && !part.includes("\0"));
  const path = file === null || file.includes("\0") ? null : file.startsWith("-") ? `./${file}` : file;
  return {
    file: path,
    name: isWhole ? name : null,
    id: isWhole && path !== null ? [path, ...suite, name].join("::") : null,
  };
}

/** The word that a shell reads as a program: what follows its `-c`; 0 where there is none. */
function shellTextAt(argv: Argv): number {
  const shell = argv.findIndex((word) => /(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(word));
  if (shell === -1) return 0;
  const option = argv.findIndex((word, index) => index > shell && /^-[a-zA-Z]*c$/.test(word));
  return option === -1 ? 0 : option + 1;
}

function fill(word: string, values: Values, isShell: boolean): string | null {
  const used = new Map<Placeholder, string>();
  let isNamed = true;
  const filled = word.replace(placeholder, (_, key: Placeholder, at: number) => {
    const value = values[key];
    // What begins with a dash where a word begins would be taken for an option.
    const beginsWord = at === 0 || (isShell && /[\s"(]/.test(word[at - 1] ?? ""));
    if (value === null || (beginsWord && value.startsWith("-"))) {
      isNamed = false;
      return "";
    }
    if (!isShell) return value;
    used.set(key, value);
    return quoteAt(word, at) === '"' ? `\${autopack_${key}}` : `"\${autopack_${key}}"`;
  });
  if (!isNamed) return null;
  const variables = [...used].map(([key, value]) => `autopack_${key}=${shellQuoted(value)}; `);
  return variables.join("") + filled;
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The quote that is open in a shell's text at a place, as far as it can be told without reading it as a shell does. */
function quoteAt(text: string, end: number): '"' | "'" | null {
  let open: '"' | "'" | null = null;
  for (let at = 0; at < end; at++) {
    const character = text[at];
    if (character === "\\" && open !== "'") at++;
    else if (open === null && (character === '"' || character === "'")) open = character;
    else if (character === open) open = null;
  }
  return open;
}
