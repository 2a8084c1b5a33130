import { type ParseResult, type ParserOptions, parseSync } from "oxc-parser";
import { placeOf, type SyntaxFault } from "./fault.ts";

type Reading = Required<Pick<ParserOptions, "lang" | "sourceType">>;

const readingsOfScript: readonly Reading[] = [
  { lang: "jsx", sourceType: "module" },
  { lang: "jsx", sourceType: "script" },
  { lang: "jsx", sourceType: "commonjs" },
];
const readingsOfTyped: readonly Reading[] = [
  { lang: "ts", sourceType: "module" },
  { lang: "ts", sourceType: "commonjs" },
];

/** How a file may be read, the likeliest first; undefined for what is no JavaScript or TypeScript. */
function readingsOf(path: string): readonly Reading[] | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (/\.d\.([^.]+\.)?[cm]?ts$/.test(name)) return [{ lang: "dts", sourceType: "module" }];
  if (/\.[cm]?jsx?$/.test(name)) return readingsOfScript;
  if (name.endsWith(".tsx")) return [{ lang: "tsx", sourceType: "module" }];
  return /\.[cm]?ts$/.test(name) ? readingsOfTyped : undefined;
}

export const isScript = (path: string): boolean => readingsOf(path) !== undefined;

/** Flow's types are no JavaScript, and no parser here reads them. Qt keeps translations in .ts files, as XML. */
const isOther = (text: string): boolean => /@(no)?flow\b/.test(text.slice(0, 5000)) || /^\s*<[?!]/.test(text);

/**
 * Parses JavaScript or TypeScript. What its file may be is not always told by its name (module, script, CommonJS,
 * JSX), so the first reading without an error holds. Null: it is another language, and nothing can be said.
 *
 * The parser is native: a text that is nested some thousand levels deep ends the process. Call it where that may be.
 */
export function parseScript(
  path: string,
  text: string,
): ParseResult | { readonly fault: SyntaxFault } | null {
  let first: ParseResult | undefined;
  for (const reading of readingsOf(path) ?? []) {
    const result = parseSync(path, text, reading);
    if (!result.errors.some(({ severity }) => severity === "Error")) return result;
    first ??= result;
  }
  const error = first?.errors.find(({ severity }) => severity === "Error");
  if (!error || isOther(text)) return null;
  return { fault: { ...placeOf(text, error.labels[0]?.start ?? 0), message: error.message } };
}
