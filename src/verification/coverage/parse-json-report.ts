import libCoverage from "istanbul-lib-coverage";
import { z } from "zod";
import { isObject } from "../../domain/json.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { createLineCollector, type FileLines, mergeFileLines } from "./file-lines.ts";
import {
  type CoverageFault,
  type CoverageLimits,
  malformed,
  type RawReport,
  type ReportParser,
  tooMany,
} from "./report-parser.ts";

/** JSON of Istanbul (`coverage-final.json`) or of coverage.py (`coverage json`), which is told by its shape. */
export function createJsonReportParser(limits: CoverageLimits): ReportParser {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > limits.jsonBytes)
        return { code: "too-large", message: `it is JSON of more than ${limits.jsonBytes} bytes` };
      // A copy: the source may use its buffer again.
      chunks.push(new Uint8Array(chunk));
      return null;
    },
    end() {
      const text = new TextDecoder().decode(Buffer.concat(chunks.splice(0)));
      const document = parseJson(text);
      if (!document.ok) return document;
      const { meta, files } = document.value;
      return meta !== undefined && isObject(files)
        ? readCoveragePy(files, limits)
        : readIstanbul(document.value, limits);
    },
  };
}

function parseJson(text: string): Result<Record<string, unknown>, CoverageFault> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? ok(value) : err(malformed("it is no object of JSON"));
  } catch {
    return err(
      text.trimEnd().endsWith("}")
        ? malformed("it is no sound JSON")
        : { code: "truncated", message: "its JSON ends too early" },
    );
  }
}

const lineNumber = z.int().min(0).max(999_999_999);

const istanbulFile = z.looseObject({
  path: z.string().min(1),
  statementMap: z.record(z.string(), z.looseObject({ start: z.looseObject({ line: lineNumber }) })),
  s: z.record(z.string(), z.number().min(0)),
  fnMap: z.looseObject({}),
  branchMap: z.looseObject({}),
  f: z.looseObject({}),
  b: z.looseObject({}),
});

/** Lines as Istanbul counts them: those on which a statement starts, with the most hits of these statements. */
function readIstanbul(
  document: Record<string, unknown>,
  limits: CoverageLimits,
): Result<RawReport, CoverageFault> {
  const entries = Object.values(document);
  if (!entries.every((entry) => isObject(entry) && "statementMap" in entry))
    return err({ code: "unknown-format", message: "it is JSON, and neither Istanbul's nor coverage.py's" });
  return collect("istanbul", entries, limits, (entry) => {
    const file = istanbulFile.safeParse(entry);
    if (!file.success) return null;
    const collector = createLineCollector();
    const data = file.data as unknown as libCoverage.FileCoverageData;
    for (const [line, hits] of Object.entries(libCoverage.createFileCoverage(data).getLineCoverage()))
      collector.add(Number(line), hits);
    return { name: data.path, file: { ...collector.finish(), uncounted: 0, blocks: null } };
  });
}

const lineNumbers = z.array(lineNumber);

const coveragePyFile = z.looseObject({
  executed_lines: lineNumbers,
  missing_lines: lineNumbers,
  excluded_lines: lineNumbers.default([]),
  summary: z.looseObject({ covered_lines: z.int().min(0) }),
});

/**
 * Executed and missing lines, without those that are excluded. Among the executed lines may be some that are no
 * statements: the summary beside them tells how many.
 */
function readCoveragePy(
  files: Record<string, unknown>,
  limits: CoverageLimits,
): Result<RawReport, CoverageFault> {
  return collect("coverage.py", Object.entries(files), limits, ([name, entry]) => {
    const file = coveragePyFile.safeParse(entry);
    if (!file.success || name === "") return null;
    const excluded = new Set(file.data.excluded_lines);
    const executed = new Set(file.data.executed_lines.filter((line) => !excluded.has(line)));
    const collector = createLineCollector();
    for (const line of executed) collector.add(line, 1);
    for (const line of file.data.missing_lines) if (!executed.has(line)) collector.add(line, 0);
    const uncounted = Math.max(0, executed.size - file.data.summary.covered_lines);
    return { name, file: { ...collector.finish(), uncounted, blocks: null } };
  });
}

function collect<Entry>(
  format: RawReport["format"],
  entries: readonly Entry[],
  limits: CoverageLimits,
  read: (entry: Entry) => { readonly name: string; readonly file: FileLines } | null,
): Result<RawReport, CoverageFault> {
  if (entries.length > limits.files) return err(tooMany("files", limits.files));
  const files = new Map<string, FileLines>();
  let kept = 0;
  for (const [index, entry] of entries.entries()) {
    const told = read(entry);
    if (!told) return err(malformed(`its file ${index + 1} has not the shape that it has in such a report`));
    kept += told.file.lines.length;
    if (kept > limits.lines) return err(tooMany("lines", limits.lines));
    const known = files.get(told.name);
    files.set(told.name, known ? mergeFileLines(known, told.file) : told.file);
  }
  return ok({ format, files, folders: [] });
}
