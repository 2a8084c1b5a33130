import { err, ok, type Result } from "../../domain/result.ts";
import { type Coverage, type FileLines, mergeFileLines } from "./file-lines.ts";
import { type CoveragePlace, mapPaths } from "./map-paths.ts";
import { createCoberturaParser } from "./parse-cobertura.ts";
import { createGoProfileParser } from "./parse-go-profile.ts";
import { createJsonReportParser } from "./parse-json-report.ts";
import { createLcovParser } from "./parse-lcov.ts";
import type {
  CoverageFault,
  CoverageLimits,
  RawReport,
  ReportFormat,
  ReportParser,
} from "./report-parser.ts";

export type { Coverage, FileLines } from "./file-lines.ts";
export { mergeCoverage } from "./file-lines.ts";
export type { CoveragePlace } from "./map-paths.ts";
export { parseGoModule } from "./parse-go-profile.ts";
export type { CoverageFault, CoverageLimits } from "./report-parser.ts";

export interface CoverageReport {
  readonly format: ReportFormat;
  readonly files: Coverage;
  /** The report's files that are no tracked file, or may be several: they are left out. */
  readonly unmapped: { readonly count: number; readonly names: readonly string[] };
}

const mostListed = 20;
const longestName = 300;
/** So much of a report must be enough to tell what it is. */
const headBytes = 4096;

/**
 * Reads a coverage report of any of the formats, told apart by its content. LCOV, Cobertura and Go profiles are read
 * as they come; JSON is held whole. A report that is empty, cut off, malformed, too large, or about none of the
 * repository's files is a fault.
 */
export async function readCoverage(
  source: AsyncIterable<Uint8Array>,
  place: CoveragePlace,
  limits: CoverageLimits,
): Promise<Result<CoverageReport, CoverageFault>> {
  let parser: ReportParser | null = null;
  let head = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.bytes)
      return err({ code: "too-large", message: `it has more than ${limits.bytes} bytes` });
    let piece = chunk;
    if (!parser) {
      head = Buffer.concat([head, chunk]);
      if (head.length < headBytes) continue;
      parser = choose(head, limits);
      if (!parser) return err(unknownFormat);
      piece = withoutMark(head);
    }
    const fault = parser.push(piece);
    if (fault) return err(fault);
  }
  if (!parser) {
    if (head.toString("latin1").trim() === "") return err({ code: "empty", message: "it is empty" });
    parser = choose(head, limits);
    if (!parser) return err(unknownFormat);
    const fault = parser.push(withoutMark(head));
    if (fault) return err(fault);
  }
  const read = parser.end();
  return read.ok ? placeFiles(read.value, place) : read;
}

const unknownFormat: CoverageFault = {
  code: "unknown-format",
  message: "it is none of LCOV, Istanbul's JSON, coverage.py's JSON, Cobertura and Go's profiles",
};

/** Without the mark that some programs put before UTF-8. */
const withoutMark = (head: Buffer): Buffer =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;

function choose(head: Buffer, limits: CoverageLimits): ReportParser | null {
  const text = withoutMark(head).toString("latin1", 0, headBytes).trimStart();
  if (text.startsWith("<")) return createCoberturaParser(limits);
  if (text.startsWith("{")) return createJsonReportParser(limits);
  if (text.startsWith("mode: ")) return createGoProfileParser(limits);
  return /^(?:TN:|SF:|VER:|#)/.test(text) ? createLcovParser(limits) : null;
}

function placeFiles(
  { format, files, folders }: RawReport,
  place: CoveragePlace,
): Result<CoverageReport, CoverageFault> {
  if (files.size === 0) return err({ code: "empty", message: "it speaks of no file" });
  const names = [...files.keys()];
  const paths = mapPaths(
    names.map((name) => spell(name, folders)),
    place,
  );
  const mapped = new Map<string, FileLines>();
  const unmapped: string[] = [];
  for (const [index, [name, file]] of [...files].entries()) {
    const path = paths[index] ?? null;
    if (path === null) unmapped.push(name);
    else {
      const known = mapped.get(path);
      mapped.set(path, known ? mergeFileLines(known, file) : file);
    }
  }
  const listed = unmapped.slice(0, mostListed).map((name) => name.slice(0, longestName));
  if (mapped.size === 0)
    return err({
      code: "unmapped",
      message: `none of its ${unmapped.length} files is one of the repository, such as ${JSON.stringify(listed[0])}`,
    });
  return ok({ format, files: mapped, unmapped: { count: unmapped.length, names: listed } });
}

const spell = (name: string, folders: readonly string[]): string[] =>
  folders.length === 0 || /^(?:[/\\]|[A-Za-z]:)/.test(name)
    ? [name]
    : folders.map((folder) => `${folder}/${name}`);
