import type { RawDiagnostic } from "./place.ts";

/** A file's name at the start of a line, as tools print it: something with an ending, or a name of make's kind. */
const file = String.raw`(?<path>(?:[A-Za-z]:[\\/])?[^\s:()'"<>|*=,;][^:()'"<>|*=,;]{0,400}?(?:\.\w{1,12}|file))`;
const at = String.raw`(?<line>\d{1,7})(?:[:.,](?<column>\d{1,7}))?`;

interface LineFormat {
  readonly pattern: RegExp;
  /** Where the tool writes none. */
  readonly severity?: string;
}

/**
 * Formats that say all in one line, the most particular first. Each begins at the start of the line and takes a
 * bounded path, so that no line is scanned over and over.
 */
const formats: readonly LineFormat[] = [
  // tsc, MSBuild: a.ts(1,2): error TS2304: message
  {
    pattern: new RegExp(
      String.raw`^${file}\(${at}(?:[-,]\d+)*\) ?: (?<severity>error|warning) (?<rule>\w+): (?<message>.*)$`,
    ),
  },
  // tsc --pretty, pyright: a.ts:1:2 - error TS2304: message
  {
    pattern: new RegExp(
      String.raw`^ {0,4}${file}:${at} - (?<severity>error|warning)(?: (?<rule>TS\d+))?: (?<message>.*)$`,
    ),
  },
  // ESLint and oxlint, unix: a.ts:1:2: message [Error/rule]
  {
    pattern: new RegExp(
      String.raw`^${file}:${at}: (?<message>.*) \[(?<severity>Error|Warning)(?:/(?<rule>[^\]]+))?\]$`,
    ),
  },
  // gcc, clang, javac, mypy, rustc --error-format short: a.c:1:2: error[E1]: message [rule]
  {
    pattern: new RegExp(
      String.raw`^${file}:${at}: (?<severity>fatal error|error|warning|note|help)(?:\[(?<code>\w+)\])?: (?<message>.*?)(?: {1,2}\[(?<rule>[\w+=.-]+)\])?$`,
    ),
  },
  // ESLint, compact: a.ts: line 1, col 2, Error - message (rule)
  {
    pattern: new RegExp(
      String.raw`^${file}: line (?<line>\d+), col (?<column>\d+), (?<severity>Error|Warning) - (?<message>.*?)(?: \((?<rule>[\w@/-]+)\))?$`,
    ),
  },
  // flake8, ruff: a.py:1:2: F401 message; Pylint's form: a.py:1: [F401] message
  {
    pattern: new RegExp(
      String.raw`^${file}:${at}: \[?(?<rule>[A-Z]{1,6}\d{1,6})\]?:? (?:\[\*\] )?(?<message>.*)$`,
    ),
    severity: "error",
  },
  // go build and go vet: ./a.go:1:2: message
  {
    pattern: new RegExp(String.raw`^(?:vet: )?(?<path>[^\s:]{1,400}\.go):${at}: (?<message>.*)$`),
    severity: "error",
  },
  // Prettier and Black, of a whole file
  { pattern: /^\[(?<severity>warn|error)\] (?<path>[^\s:]{1,400}\.\w{1,12})(?:: (?<message>.*))?$/ },
  {
    pattern: /^(?<message>would reformat|error: cannot format) (?<path>[^\s:]{1,400}\.\w{1,12})(?::.*)?$/,
    severity: "error",
  },
  // Of no place: what ends tsc before it comes to any
  { pattern: /^(?<severity>error) (?<rule>TS\d+): (?<message>.+)$/ },
];

/** GitHub's annotations: ::error file=a.ts,line=1,col=2,title=rule::message */
function parseAnnotation(line: string): RawDiagnostic | null {
  const [, severity, list = "", message = ""] = /^::(error|warning) ([^:]*)::(.*)$/.exec(line) ?? [];
  if (severity === undefined) return null;
  const parameters = new Map(list.split(",").map((one) => splitOnce(one, "=")));
  const path = parameters.get("file");
  if (path === undefined) return null;
  return {
    path,
    line: Number(parameters.get("line") ?? Number.NaN),
    column: Number(parameters.get("col") ?? Number.NaN),
    severity,
    rule: parameters.get("title") ?? null,
    // Some write the place once more in front.
    message: message.startsWith(`${path}:`) ? message.replace(/^[^ ]* /, "") : message,
  };
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** The diagnostic that one line holds by itself; null for any other line. */
export function parseLine(line: string): RawDiagnostic | null {
  if (line.startsWith("::")) return parseAnnotation(line);
  for (const { pattern, severity } of formats) {
    const groups = pattern.exec(line)?.groups;
    if (!groups) continue;
    const { path = "", line: row, column, rule, code, message = "" } = groups;
    return {
      path,
      line: row === undefined ? null : Number(row),
      column: column === undefined ? null : Number(column),
      severity: groups["severity"] ?? severity ?? "error",
      rule: code ?? rule ?? ruleAtEnd(message),
      message,
    };
  }
  return null;
}

/** Pyright writes its rule behind the message. */
const ruleAtEnd = (message: string): string | null => /\((report\w+)\)$/.exec(message)?.[1] ?? null;
