import { normalisePath } from "../domain/paths.ts";
import { err, type Result } from "../domain/result.ts";
import type { FindingCode } from "./findings.ts";
import { quote } from "./wording.ts";

export interface PathFault {
  readonly code: Extract<FindingCode, "deliverable-prose" | "deliverable-outside" | "deliverable-not-a-file">;
  readonly message: string;
}

/** The path of a deliverable in git's form, or why the text is not a path of one file. */
export function parseDeliverablePath(raw: string): Result<string, PathFault> {
  const fault = (code: PathFault["code"], why: string) =>
    err({ code, message: `The deliverable ${quote(raw)} ${why}.` });

  if (!raw.startsWith("./") && looksLikeProse(raw)) return fault("deliverable-prose", "is not a path");
  if (raw.length > 1000) return fault("deliverable-not-a-file", "is too long for a path");
  if (raw.endsWith("/") || /[*?]/.test(raw)) {
    return fault("deliverable-not-a-file", "is a folder or a pattern, not one file");
  }
  const path = normalisePath(raw);
  return path.ok
    ? path
    : fault("deliverable-outside", `does not name a file of the repository: ${path.error}`);
}

/**
 * A text with white space is a path only in the shape `folder/Some name.ext`; whoever has another one
 * writes `./` before it. A text without white space is never prose.
 */
function looksLikeProse(raw: string): boolean {
  if (!/\s/.test(raw.trim())) return raw !== raw.trim();
  const pathLike = /^[^\s/]+\/.*\.[A-Za-z0-9]{1,12}$/.test(raw);
  return !pathLike || /[\n\r,;:()]|\s(?:and|or|with|for|in|to|of|the|must|should)\s/i.test(raw);
}

/** The glob that matches exactly this path. Brackets, not backslashes, so that path rules leave it alone. */
export function globOfPath(path: string): string {
  // After a bracket the other signs of regular expressions count too, so they are bracketed as well.
  if (!/[*?[{}()"]|^!|^\s+$/.test(path)) return path;
  return path.replace(/[*?[{}()+|$"]|^\s+$/g, bracketed).replace(/^!/, bracketed);
}

const bracketed = (text: string): string => Array.from(text, (character) => `[${character}]`).join("");

const mostStars = 3;
const mostDoubleStars = 2;
const mostBraces = 4;

/** Why a text cannot be a glob of this repository, or null. What could take for ever to match is none. */
export function assessGlob(glob: string): string | null {
  if (glob.length > 500) return "it is too long";
  if (glob.startsWith("!")) return "a pattern cannot be negated; list what is meant";
  if (/[\]}]\+/.test(glob)) return "a plus after a bracket repeats nothing; write `[+]` for one in a name";
  const bare = glob.replaceAll(/\[[^\]/]*\]/g, "x");
  if (/[()]/.test(bare)) return "parentheses stand for nothing; write `[(]` for one in a name";
  if ((bare.match(/\{/g) ?? []).length > mostBraces) return `it has more than ${mostBraces} braces`;
  if (bare.split("/").filter((part) => part.includes("**")).length > mostDoubleStars)
    return `it has more than ${mostDoubleStars} \`**\``;
  if (bare.split("/").some((part) => (part.match(/\*+/g) ?? []).length > mostStars))
    return `it has more than ${mostStars} stars in one name`;
  const path = normalisePath(glob);
  return path.ok ? null : path.error;
}
