import { parseJson } from "../../domain/json.ts";
import type { RawDiagnostic } from "./place.ts";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** What stands at a way down into a value that may be anything. */
function at(value: unknown, ...way: readonly string[]): unknown {
  let here = value;
  for (const name of way) here = isFields(here) && Object.hasOwn(here, name) ? here[name] : undefined;
  return here;
}
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const count = (value: unknown): number | null => (typeof value === "number" ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** Lines and columns that the tool counts from 0. */
const fromZero = (value: unknown): number | null => (typeof value === "number" ? value + 1 : null);

interface Parts {
  readonly path: unknown;
  readonly line: number | null;
  readonly column: number | null;
  readonly severity: unknown;
  readonly rule: unknown;
  readonly message: unknown;
}

function diagnostic({ path, line, column, severity, rule, message }: Parts): RawDiagnostic[] {
  if (typeof path !== "string" || typeof message !== "string") return [];
  const level = typeof severity === "string" || typeof severity === "number" ? severity : "error";
  return [{ path, line, column, severity: level, rule: text(rule), message }];
}

const readers: readonly ((report: unknown) => RawDiagnostic[])[] = [
  // ESLint: [{ filePath, messages }]
  (report) =>
    list(report).flatMap((file) =>
      list(at(file, "messages")).flatMap((said) =>
        diagnostic({
          path: at(file, "filePath"),
          line: count(at(said, "line")),
          column: count(at(said, "column")),
          severity: at(said, "severity"),
          rule: at(said, "ruleId"),
          message: at(said, "message"),
        }),
      ),
    ),
  // oxlint: { diagnostics: [{ filename, labels }] }
  (report) =>
    list(at(report, "diagnostics")).flatMap((said) =>
      diagnostic({
        path: at(said, "filename"),
        line: count(at(list(at(said, "labels"))[0], "span", "line")),
        column: count(at(list(at(said, "labels"))[0], "span", "column")),
        severity: at(said, "severity"),
        rule: at(said, "code"),
        message: at(said, "message"),
      }),
    ),
  // biome: { diagnostics: [{ category, location: { path, start } }] }
  (report) =>
    list(at(report, "diagnostics")).flatMap((said) =>
      diagnostic({
        path: text(at(said, "location", "path")) ?? at(said, "location", "path", "file"),
        line: count(at(said, "location", "start", "line")),
        column: count(at(said, "location", "start", "column")),
        severity: at(said, "severity"),
        rule: at(said, "category"),
        message: text(at(said, "message")) ?? at(said, "description"),
      }),
    ),
  // ruff: [{ filename, code, location: { row, column } }], and the same one a line
  (report) =>
    [report, ...list(report)].flatMap((said) =>
      diagnostic({
        path: at(said, "location", "row") === undefined ? undefined : at(said, "filename"),
        line: count(at(said, "location", "row")),
        column: count(at(said, "location", "column")),
        severity: at(said, "severity"),
        rule: at(said, "code"),
        message: at(said, "message"),
      }),
    ),
  // pyright: { generalDiagnostics: [{ file, range }] }
  (report) =>
    list(at(report, "generalDiagnostics")).flatMap((said) =>
      diagnostic({
        path: at(said, "file"),
        line: fromZero(at(said, "range", "start", "line")),
        column: fromZero(at(said, "range", "start", "character")),
        severity: at(said, "severity"),
        rule: at(said, "rule"),
        message: at(said, "message"),
      }),
    ),
  // mypy -O json: one a line
  (report) =>
    diagnostic({
      path: at(report, "file"),
      line: count(at(report, "line")),
      column: fromZero(at(report, "column")),
      severity: at(report, "severity"),
      rule: at(report, "code"),
      message: at(report, "message"),
    }),
  // cargo --message-format json and rustc --error-format json: one a line
  (report) => {
    const said = at(report, "reason") === "compiler-message" ? at(report, "message") : report;
    const span = list(at(said, "spans")).find((one) => at(one, "is_primary") === true);
    return diagnostic({
      path: at(span, "file_name"),
      line: count(at(span, "line_start")),
      column: count(at(span, "column_start")),
      severity: at(said, "level"),
      rule: at(said, "code", "code"),
      message: at(said, "message"),
    });
  },
  // SARIF 2.1.0
  (report) =>
    list(at(report, "runs")).flatMap((run) =>
      list(at(run, "results")).flatMap((said) => {
        const place = at(list(at(said, "locations"))[0], "physicalLocation");
        return diagnostic({
          path: decoded(at(place, "artifactLocation", "uri")),
          line: count(at(place, "region", "startLine")),
          column: count(at(place, "region", "startColumn")),
          severity: at(said, "level") ?? "warning",
          rule: at(said, "ruleId"),
          message: at(said, "message", "text"),
        });
      }),
    ),
  // golangci-lint: { Issues: [{ FromLinter, Text, Pos }] }
  (report) =>
    list(at(report, "Issues")).flatMap((said) =>
      diagnostic({
        path: at(said, "Pos", "Filename"),
        line: count(at(said, "Pos", "Line")),
        column: count(at(said, "Pos", "Column")),
        severity: text(at(said, "Severity")) || "error",
        rule: at(said, "FromLinter"),
        message: at(said, "Text"),
      }),
    ),
];

/** SARIF's paths are URIs. */
function decoded(uri: unknown): unknown {
  return typeof uri === "string" && /^[^%]*(%[0-7][0-9A-Fa-f][^%]*)*$/.test(uri)
    ? decodeURIComponent(uri)
    : uri;
}

/**
 * The diagnostics of every JSON report in an output: one that begins at the start of a line and is the rest of the
 * output or all up to the last closing bracket of a line, or one in each line. Null where there is no JSON.
 */
export function parseJsonReports(output: string): RawDiagnostic[] | null {
  const start = output.search(/^[[{]/m);
  if (start === -1) return null;
  const rest = output.slice(start);
  const whole = parseJson(rest) ?? parseJson(rest.slice(0, lastBracket(rest)));
  const reports =
    whole !== undefined
      ? [whole]
      : rest.split("\n").flatMap((line) => (/^[[{]/.test(line) ? (parseJson(line) ?? []) : []));
  const known = reports.filter(isFields);
  if (known.length === 0) return null;
  return known.flatMap(
    (report) => readers.map((read) => read(report)).find((found) => found.length > 0) ?? [],
  );
}

/** Behind the last bracket that closes something at the start of a line, or ends one. */
function lastBracket(rest: string): number {
  let end = 0;
  for (const match of rest.matchAll(/^[ \t]*[\]}]|[\]}](?=\r?$)/gm)) end = match.index + match[0].length;
  return end;
}
