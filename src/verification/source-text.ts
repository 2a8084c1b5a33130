/** How a file marks its comments. `prose`: marked-up or plain text; `none`: data, or not known. */
export type Language = "c" | "php" | "python" | "hash" | "sql" | "lua" | "markup" | "prose" | "none";

const byExtension: Readonly<Record<string, Language>> = Object.fromEntries(
  (
    [
      ["c", "ts tsx mts cts js jsx mjs cjs java kt kts swift go rs c h cc cpp cxx hpp cs scala dart groovy gradle"],
      ["c", "css scss less proto zig sol jsonc json5"],
      ["php", "php"],
      ["python", "py pyi"],
      ["hash", "rb sh bash zsh fish pl r ex exs yaml yml toml ini conf properties env mk cmake ps1 graphql tf"],
      ["sql", "sql"],
      ["lua", "lua"],
      ["markup", "html htm xml svg vue svelte"],
      ["prose", "md mdx markdown txt rst adoc"],
    ] as const
  ).flatMap(([language, extensions]) => extensions.split(" ").map((extension) => [extension, language])),
);

/** Told from the name alone: a file's content is not trusted to say what it is. */
export function languageOf(path: string): Language {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (/^(makefile|dockerfile|gemfile|rakefile|\.env|\.gitignore|\.dockerignore)/.test(name)) return "hash";
  return byExtension[name.slice(name.lastIndexOf(".") + 1)] ?? "none";
}

/**
 * What is a comment, and what is a string and so hides the marks of comments; `(?<text>…)` captures strings.
 * Each alternative ends at the end of the text at the latest, so no input makes a scan start over.
 */
const lexicon: Readonly<Record<Language, RegExp | null>> = {
  c: /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[^]|[^`\\])*`?)/g,
  php: /(?:\/\/|#(?!\[))[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?)/g,
  python:
    /#[^\n]*|(?<text>"""(?:\\[^]|[^\\])*?(?:"""|$)|'''(?:\\[^]|[^\\])*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/g,
  hash: /(?<![^\s])#[^\n]*|(?<text>"(?:\\[^]|[^"\\\n])*"?|'[^'\n]*'?)/g,
  sql: /--[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>'[^']*'?|"[^"]*"?)/g,
  lua: /--\[\[[^]*?(?:\]\]|$)|--[^\n]*|(?<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/g,
  markup: /<!--[^]*?(?:-->|$)/g,
  prose: /<!--[^]*?(?:-->|$)/g,
  none: null,
};

/**
 * The text without comments, a leading shebang and white space at its ends. Errs towards keeping: what is
 * left out is surely no code. With `strings: "blank"`, the content of strings is left out as well.
 */
export function codeOf(text: string, language: Language, strings: "keep" | "blank" = "keep"): string {
  const lexemes = lexicon[language];
  const body = text.replace(/^\ufeff?#![^\n]*/, "");
  const code = lexemes
    ? body.replace(lexemes, (...match) => {
        const { text: string } = match.at(-1) as { text?: string };
        if (string === undefined) return " ";
        return strings === "keep" ? string : '""';
      })
    : body;
  return (language === "php" ? code.replace(/^\s*<\?php/, "") : code).replace(blankEnds, "");
}

const blankEnds = /^[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+$/g;
