import { stripVTControlCharacters } from "node:util";

/** More of one text is not looked at; the end counts as much as the beginning. */
const mostRead = 64_000;

/** The end of a name: nothing of it follows. */
const end = String.raw`(?![\w-])`;
const start = String.raw`(?<![\w-])`;
const unit = "(?:ns|µs|us|ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?)";
const duration = String.raw`\d{1,12}(?:\.\d{1,12})? {0,1}${unit}${end}`;
/** Where a path may begin: not in the middle of another, nor behind a mark. */
const pathStart = String.raw`(?<=^|[\s'"\x60([{=:,;|])`;
const pathText = String.raw`[^\s'"\x60<>|:;,()[\]{}=]`;

type Rule = readonly [pattern: RegExp, replacement: string | ((...match: string[]) => string)];

/**
 * What differs between two occurrences of one cause, and what stands for it, in this order. What stands for it is
 * read by none of the rules, so that doing it twice changes nothing.
 */
const rules: readonly Rule[] = [
  [
    new RegExp(String.raw`${pathStart}(?:file:/{0,2})?(?:[A-Za-z]:[\\/]|/)${pathText}{1,1000}`, "g"),
    // A letter alone would look like a drive.
    (path) => relative(path).replace(/^([A-Za-z])$/, "./$1"),
  ],
  [/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?/g, "<time>"],
  [
    /(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d{1,4}(?:,? \d{4})?(?: \d\d:\d\d(?::\d\d)?)?(?: (?:GMT|UTC))?(?!\d)/g,
    "<time>",
  ],
  [/(?<!\d)\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AP]M)?(?!\d)/g, "<time>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>"],
  [
    new RegExp(
      String.raw`${start}(?:req|msg|toolu|chatcmpl|resp|run|call|thread|org|sess|job)[_-](?=[\w-]{0,40}\d)[A-Za-z0-9]{8,80}${end}`,
      "g",
    ),
    "<id>",
  ],
  [/(?<![\w])0x[0-9a-f]{1,16}(?!\w)/gi, "<hash>"],
  [/(?<![\w])(?=[0-9a-f]{0,63}\d)(?=[0-9a-f]{0,63}[a-f])[0-9a-f]{7,64}(?!\w)/gi, "<hash>"],
  [
    /(?<!\w)(?=\w{0,80}[a-z])(?=\w{0,80}[A-Z])(?=[A-Za-z]{0,80}\d[A-Za-z]{0,80}\d[A-Za-z]{0,80}\d)[A-Za-z0-9]{20,80}(?!\w)/g,
    "<id>",
  ],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?!\w)/g, "<host>"],
  [/\blocalhost:\d{1,5}(?!\w)/g, "<host>"],
  [/(?<=[A-Za-z\]]):\d{2,5}(?=$|[\s/'")\]])/gm, ":<port>"],
  [/\b(?:pid|PID|process) ?[:=#]? ?\d{1,10}\b/g, "pid <n>"],
  [new RegExp(String.raw`(?<![\w.])${duration}(?: {0,1}${duration}){0,5}`, "g"), "<t>"],
  [/(?<![\w.])\d{1,12}(?:\.\d{1,12})? ?(?:[kKMGT]i?)?B(?:ytes)?(?!\w)/g, "<size>"],
  [/(?<![A-Za-z0-9])(?:tmp|temp|pytest-of|pytest)[-_.]?(?=[\w-]{0,30}\d)[A-Za-z0-9_-]{3,40}(?!\w)/g, "<tmp>"],
];

/** Whatever digits are left, but those of error codes such as TS2304 and E0425, and names within quotes. */
const word = /(?<![A-Za-z0-9_])[A-Z]{1,6}\d{2,5}(?!\w)|\d{1,40}(?:[.,]\d{1,40}){0,3}/g;
const quoted = /(?<![\w>])'([^'\n]{1,300})'(?![\w<])|"([^"\n]{1,300})"|`([^`\n]{1,300})`/g;
/** A value in quotes that names something: an identifier, a package, a path, a host. */
const symbol = /^(?![<\d])(?:[\w$@./#~*+-]|:(?=[\w<:])|<[a-z]+>){1,300}$/;

/**
 * The text without what changes from one occurrence of a cause to the next: places on this machine, times, numbers,
 * ids and quoted data; lines that say the same are one. Time grows linearly with the text.
 */
export function normalise(text: string): string {
  const lines = new Set<string>();
  for (const line of stripVTControlCharacters(cut(text)).split(/[\r\n]+/)) {
    const normal = normaliseLine(line);
    if (normal !== "") lines.add(normal);
  }
  return [...lines].join("\n");
}

function normaliseLine(line: string): string {
  const spaced = line.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ");
  const marked = rules.reduce((text, [pattern, mark]) => text.replace(pattern, mark as string), spaced);
  let normal = "";
  let from = 0;
  for (const match of marked.matchAll(quoted)) {
    const value = match[1] ?? match[2] ?? match[3] ?? "";
    normal += withoutNumbers(marked.slice(from, match.index));
    normal += symbol.test(value) ? match[0] : "<value>";
    from = match.index + match[0].length;
  }
  normal += withoutNumbers(marked.slice(from));
  return normal.replace(/ {2,}/g, " ").trim();
}

const withoutNumbers = (text: string): string =>
  text.replace(word, (found) => (/^[A-Z]/.test(found) ? found : "<n>"));

/** What is looked at of a text. */
export function cut(text: string): string {
  return text.length <= mostRead ? text : `${text.slice(0, mostRead / 2)}\n${text.slice(-mostRead / 2)}`;
}

/** Where attempts and rounds of checks work: `<run>/<phase>.<attempt>.build/tree`. */
const workspace = /^.*?\/[^/]+\.(?:build|round-\d+)(?:\.[^/]*)?\/tree(?:\/|$)/;
/** Folders that hold other people's code, and what stands before them on this machine. */
const vendor = /^.*\/(?=(?:node_modules|site-packages|dist-packages)\/)/;
/** Folders at the top of a repository. */
const top =
  /^(?:\/[^/]+)*?\/(?=(?:src|lib|app|apps|packages|crates|cmd|internal|pkg|test|tests|spec|__tests__|bench|scripts|docs|examples)\/)/;
const system = /^\/(?:usr|lib|lib64|bin|sbin|etc|proc|sys|dev|nix|System|Library|private\/etc)(?:\/|$)/;

/**
 * An absolute path as it is on any machine: within a workspace, or below a folder as repositories have at their top,
 * relative to it; else its last two names. Temporary files have no name worth keeping.
 */
function relative(spelled: string): string {
  const path = spelled
    .replace(/^file:/, "")
    .replace(/[\\/]+/g, "/")
    .replace(/^\/?[A-Za-z]:/, "");
  const inWorkspace = path.replace(workspace, "");
  if (inWorkspace !== path) return inWorkspace || "<root>";
  if (system.test(path)) return path.replace(vendor, "").replace(/\d+(?:\.\d+)*/g, "<n>");
  if (/^\/(?:private\/)?(?:tmp|var\/tmp|var\/folders)(?:\/|$)/.test(path)) return "<tmp>";
  if (vendor.test(path)) return path.replace(vendor, "");
  const below = path.replace(top, "");
  return below === path ? path.split("/").filter(Boolean).slice(-2).join("/") || "<root>" : below;
}
