import { isSurePath } from "../../domain/named-path.ts";
import { namedIn } from "../../domain/scope-prose.ts";

/** What a text names exactly, and in which way. */
export interface Names {
  /** As they stand in code: the last part of `Parser.read`. */
  readonly identifiers: readonly string[];
  /** Modules that are to be imported, by the last part of their name. */
  readonly modules: readonly string[];
  /** Files, by path. */
  readonly files: readonly string[];
}

/** Words in backticks that stand for a value or a language and not for something that is to be written. */
const ordinary = new Set(
  "None True False null undefined NaN String Number Boolean Object Array Promise Error Exception TODO FIXME README JSON YAML HTTP HTTPS HTML SQL API CLI URL GET POST PUT PATCH DELETE UTF-8 ISO".split(
    " ",
  ),
);
const defined = /\b(?:async def|def|fn|func)\s+([A-Za-z_]\w{0,80})/g;
const pythonImport = /^from\s+([\w.]{1,200})\s+import\s+([\w, ]{1,200})$|^import\s+([\w.]{1,200})$/;
const scriptImport = /\b(?:from|import|require\()\s*["']([^"'\s]{1,200})["']/g;

/**
 * What `text` names exactly: words in backticks that are shaped as code, `class X`, `def y`, imports, and paths of files
 * other than `path`. A word that could be plain English is none.
 */
export function namesIn(text: string, path: string): Names {
  const identifiers = new Set<string>();
  const modules = new Set<string>();
  const files = new Set<string>();
  // "Extract function signatures", "an ORM class": in free text a capital is not enough.
  for (const name of namedIn(text, path)) if (isShaped(name)) identifiers.add(lastPart(name));
  for (const [, name] of text.matchAll(defined)) if (name && isShaped(name)) identifiers.add(name);
  for (const [, module] of text.matchAll(scriptImport)) if (module) modules.add(stemOf(module));
  for (const [, quoted = ""] of text.matchAll(/`([^`\n]{1,200})`/g)) {
    const imported = pythonImport.exec(quoted.trim());
    if (imported) {
      modules.add(lastPart(imported[1] ?? imported[3] ?? ""));
      for (const name of (imported[2] ?? "").split(",")) if (name.trim()) identifiers.add(name.trim());
    } else if (isSurePath(quoted)) files.add(quoted);
    else {
      const name = /^([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,4})(\([^)]{0,100}\))?$/.exec(quoted.trim());
      if (name?.[1] && (name[2] !== undefined || isExact(name[1])) && !isFileName(name[1]))
        identifiers.add(lastPart(name[1]));
    }
  }
  for (const [word] of text.matchAll(/[\w./@-]{3,200}/g)) {
    const bare = word.replace(/[.,]+$/, "");
    if (isSurePath(bare) && !/^\.{1,2}\//.test(bare)) files.add(bare);
  }
  files.delete(path);
  identifiers.delete("");
  modules.delete("");
  return { identifiers: [...identifiers], modules: [...modules], files: [...files] };
}

/** As no word of English is: `snake_case`, `camelCase`, `parser.read`. */
const isShaped = (name: string): boolean => /[a-z\d][A-Z]|[_$.]/.test(name);
/** Shaped as code, and no ordinary word: `Parser` as well. */
const isExact = (name: string): boolean => /[A-Z_$.\d]/.test(name) && !ordinary.has(name);
/** `utils.py`: a file without its folder could be any. */
const isFileName = (name: string): boolean =>
  /\.(?:py|[cm]?[jt]sx?|md|json|ya?ml|toml|txt|go|rs|rb|java|sh|sql|html|css|ini|cfg|lock)$/.test(name);
const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The name by which other code knows a file: without folder and endings; of an `index` or `__init__` its folder's. */
export function stemOf(path: string): string {
  const parts = path.split("/");
  const stem = (parts.at(-1) ?? "").replace(/^(\.?[^.]+)\..*$/, "$1");
  const isFolder = /^(?:index|__init__|mod|main|lib)$/.test(stem);
  return isFolder && parts.length > 1 ? (parts.at(-2) ?? stem) : stem;
}

/** Whether `code` holds an identifier as a word of its own, or another text just as it is. */
export function holds(code: string, name: string): boolean {
  if (!/^[\w$]+$/.test(name)) return code.includes(name);
  for (let at = code.indexOf(name); at !== -1; at = code.indexOf(name, at + 1))
    if (!isWord(code[at - 1]) && !isWord(code[at + name.length])) return true;
  return false;
}
const isWord = (character: string | undefined): boolean => character !== undefined && /[\w$]/.test(character);
