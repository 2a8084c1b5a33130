/** How a file marks its comments. `prose`: marked-up or plain text; `none`: data, or not known. */
export type Language = "c" | "php" | "python" | "hash" | "sql" | "lua" | "markup" | "prose" | "none";

const byExtension: Readonly<Record<string, Language>> = Object.fromEntries(
  (
    [
      [
        "c",
        "ts tsx mts cts js jsx mjs cjs java kt kts swift go rs c h cc cpp cxx hpp cs scala dart groovy gradle",
      ],
      ["c", "css scss less proto zig sol"],
      ["php", "php"],
      ["python", "py pyi"],
      [
        "hash",
        "rb sh bash zsh fish pl r ex exs yaml yml toml ini conf properties env mk cmake ps1 graphql tf",
      ],
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
 * What is a comment, and what may hide the marks of comments: strings, and in C-like languages expressions,
 * captured as `text`. An alternative that has begun always matches, so that no input makes a scan start over.
 */
const lexicon: Readonly<Record<Language, RegExp | null>> = {
  c: /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[^]|[^`\\])*`?|(?<=[(,=:[!&|?{};]\s{0,20})\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]?|[^/\\\n[])+\/?)/g,
  php: /(?:\/\/|#(?!\[))[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?)/g,
  python: /#[^\n]*|(?<text>"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/g,
  hash: /(?<!\S)#[^\n]*|(?<text>"(?:\\[^]|[^"\\\n])*"?|'[^'\n]*'?)/g,
  sql: /--[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<text>'[^']*'?|"[^"]*"?)/g,
  lua: /--\[\[[^]*?(?:\]\]|$)|--[^\n]*|(?<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/g,
  markup: /<!--[^]*?(?:-->|$)/g,
  prose: /<!--[^]*?(?:-->|$)/g,
  none: null,
};

export interface Source {
  readonly language: Language;
  readonly text: string;
  /** Without comments, a leading shebang, and what does not print at its ends; empty when nothing else is there. */
  readonly code: string;
  readonly comments: readonly string[];
}

/** Takes a text apart. Errs towards code: what is told as a comment surely is one. */
export function readSource(path: string, text: string): Source {
  const language = languageOf(path);
  const lexemes = lexicon[language];
  const comments: string[] = [];
  const plain = text.replace(/[\u200b-\u200f\u2060\ufeff]/g, "");
  const body = language === "none" ? plain : plain.replace(/^#![^\n]*/, "");
  const code = lexemes
    ? body.replace(lexemes, (lexeme, ...rest) => {
        const captured = (rest.at(-1) as { text?: string } | undefined)?.text;
        if (captured !== undefined) return captured;
        comments.push(lexeme);
        return " ";
      })
    : body;
  return {
    language,
    text: plain,
    code: (language === "php" ? code.replace(/^\s*<\?php/, "") : code).trim(),
    comments,
  };
}
