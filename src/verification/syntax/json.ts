import { parseSync } from "oxc-parser";
import { placeOf, type SyntaxFault } from "./fault.ts";

/** Read by tools that allow comments and trailing commas. */
const lenientName =
  /^((ts|js)config(\..+)?|.+\.tsconfig|devcontainer|api-extractor|tslint|jsdoc|typedoc|deno|turbo|rush|nx|project|wrangler|renovate|biome|language-configuration|(keybindings|settings|tasks|launch|extensions))\.json$|\.(jsonc|json5|code-workspace|code-snippets|hujson|sublime-\w+)$|^\.\w[\w.-]*rc(\.json)?$|^\.(eslintrc|babelrc|swcrc|jshintrc|oxlintrc)/i;
const json =
  /\.(json|jsonc|json5|code-workspace|webmanifest|geojson|har|ipynb|avsc|jsonld|topojson)$|(^|\/)\.(babelrc|swcrc|jshintrc)$|(^|\/)composer\.lock$/i;

export const isJson = (path: string): boolean => json.test(path);

/**
 * The fault of JSON text. Comments and trailing commas are none where tools allow them, where `before` had them, or
 * in a new file that has comments: then its reader is one that allows them.
 */
export function faultOfJson(path: string, text: string, before: string | null): SyntaxFault | null {
  const strict = strictFaultOf(text);
  if (!strict || text.trim() === "" || isLines(text)) return null;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const isLenient =
    lenientName.test(name) || (before === null ? hasComment(text) : strictFaultOf(before) !== null);
  if (!isLenient) return strict;
  return lenientFaultOf(text);
}

function strictFaultOf(text: string): SyntaxFault | null {
  const message = complaintOf(text);
  if (message === null) return null;
  const said = message.replace(
    /, (\.\.\.)?"[^]*" is not valid JSON$| in JSON at position[^]*$| at position[^]*$/,
    "",
  );
  return { ...placeOf(text, offsetOf(text)), message: said };
}

function complaintOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** Where text stops being JSON; not every complaint of `JSON.parse` tells. */
function offsetOf(text: string): number {
  const mayGoOn = (length: number): boolean => {
    const complaint = complaintOf(text.slice(0, length)) ?? "";
    return (
      complaint === "" ||
      /end of JSON|^Untermin/.test(complaint) ||
      complaint.includes(` at position ${length} `)
    );
  };
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (mayGoOn(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

const isLines = (text: string): boolean => {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 && lines.every((line) => strictFaultOf(line) === null);
};

const hasComment = (text: string): boolean => /^\s*(\/\/|\/\*|#)/m.test(text);

/** JSON with comments, trailing commas, single quotes and bare keys is a JavaScript expression. */
function lenientFaultOf(text: string): SyntaxFault | null {
  if (/^\s*#/m.test(text)) return null;
  const { errors } = parseSync("x.js", `(${text}\n)`, { lang: "js", sourceType: "script" });
  const [error] = errors;
  return error ? { ...placeOf(text, (error.labels[0]?.start ?? 1) - 1), message: error.message } : null;
}
