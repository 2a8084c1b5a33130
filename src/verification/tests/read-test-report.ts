import { constants } from "node:buffer";
import { TextDecoder } from "node:util";
import { isObject, parseJson } from "../../domain/json.ts";
import { err, type Result } from "../../domain/result.ts";
import { isCtrfReport, readCtrfReport } from "./ctrf-report.ts";
import { type Gathering, gatherTests } from "./gather-tests.ts";
import { createGoReader, isGoEvent } from "./go-report.ts";
import { isJestReport, readJestReport } from "./jest-report.ts";

import { createJUnitReader } from "./junit-report.ts";
import { createReportPaths, type ReportPaths } from "./report-path.ts";
import type { ReportFault, ReportLimits, ReportPlace, TestReport } from "./test-report.ts";

type Bytes = AsyncIterable<Uint8Array>;
type Text = AsyncGenerator<string, void, undefined>;
/** What tool wrote the report, or why it cannot be read. */
type Read = { readonly tool: string } | { readonly fault: ReportFault };

const pieceBytes = 65_536;
/** So much of a report is looked at to tell its format. */
const mostSniffed = 65_536;
const sniffedLines = 200;

/**
 * Reads a test report of whichever tool: JUnit XML, CTRF, the JSON of jest and vitest, `go test -json`, told apart by
 * their content. JUnit and Go are read as a stream. Any content is a value; what the source throws goes through.
 */
export async function readTestReport(
  source: Bytes,
  place: ReportPlace,
  limits: ReportLimits,
): Promise<Result<TestReport, ReportFault>> {
  const paths = createReportPaths(place);
  const gathering = gatherTests(limits, place.secrets ?? []);
  const size = { bytes: 0, limit: limits.reportBytes };
  const text = decode(source, size);
  let read = await readText(text, paths, gathering, limits);
  if (size.bytes > size.limit)
    read = { fault: { kind: "over-limits", message: `it has more than ${size.limit} bytes` } };
  return "fault" in read ? err(read.fault) : gathering.finish(read.tool);
}

async function readText(
  text: Text,
  paths: ReportPaths,
  gathering: Gathering,
  limits: ReportLimits,
): Promise<Read> {
  let head = "";
  for (;;) {
    const next = await text.next();
    if (!next.done) head = head === "" ? next.value.trimStart() : head + next.value;
    if (next.done || head.length >= mostSniffed) break;
  }
  if (head === "") return { fault: { kind: "empty", message: "it is empty" } };
  if (head.startsWith("<")) return readXml(head, text, paths, gathering, limits);
  if (head.slice(0, mostSniffed).split("\n", sniffedLines).some(isGoEvent))
    return readGo(head, text, paths, gathering, limits);
  return readJson(head, text, paths, gathering);
}

async function readXml(
  head: string,
  text: Text,
  paths: ReportPaths,
  gathering: Gathering,
  limits: ReportLimits,
): Promise<Read> {
  const reader = createJUnitReader(paths, gathering, limits.textBytes);
  let fault = reader.write(head);
  for await (const piece of text) {
    if (fault) break;
    fault = reader.write(piece);
  }
  if (fault) return { fault };
  const end = reader.end();
  return end.fault ? { fault: end.fault } : { tool: end.tool };
}

async function readGo(
  head: string,
  text: Text,
  paths: ReportPaths,
  gathering: Gathering,
  limits: ReportLimits,
): Promise<Read> {
  const reader = createGoReader(paths, gathering, limits.textBytes);
  const readLines = (held: string): string => {
    const lines = held.split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) reader.write(line);
    return rest;
  };
  let rest = readLines(head);
  for await (const piece of text) {
    if (gathering.fault) break;
    rest = piece.includes("\n") ? readLines(rest + piece) : rest + piece;
  }
  reader.write(rest);
  const fault = reader.end() ?? gathering.fault;
  return fault ? { fault } : { tool: "go" };
}

async function readJson(head: string, text: Text, paths: ReportPaths, gathering: Gathering): Promise<Read> {
  const pieces = [head];
  let length = head.length;
  for await (const piece of text) {
    pieces.push(piece);
    length += piece.length;
    if (length > constants.MAX_STRING_LENGTH)
      return { fault: { kind: "over-limits", message: "it is too long to be read" } };
  }
  const whole = pieces.join("").trimEnd();
  const report = parseJson(whole);
  if (report === undefined) return { fault: whyNoJson(whole) };
  if (isObject(report) && isCtrfReport(report)) return readCtrfReport(report, paths, gathering);
  if (isObject(report) && isJestReport(report)) return readJestReport(report, paths, gathering);
  return {
    fault: { kind: "unknown-format", message: "it is JSON, but no test report of a kind that is known" },
  };
}

function whyNoJson(text: string): ReportFault {
  const first = text[0];
  if (first !== "{" && first !== "[")
    return { kind: "unknown-format", message: "it is neither XML nor JSON" };
  const isWhole = text.endsWith(first === "{" ? "}" : "]");
  return isWhole
    ? { kind: "malformed", message: "it is no well-formed JSON" }
    : { kind: "truncated", message: "it ends in the middle of its JSON" };
}

/** The report as text, in pieces that are not too long, up to its limit and no further. */
async function* decode(source: Bytes, size: { bytes: number; limit: number }): Text {
  let decoder: TextDecoder | null = null;
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      const piece = chunk.subarray(from, from + pieceBytes);
      size.bytes += piece.length;
      if (size.bytes > size.limit) return;
      decoder ??= decoderOf(piece);
      yield decoder.decode(piece, { stream: true });
    }
  }
  if (decoder) yield decoder.decode();
}

/** By the mark at the beginning, or the name in the XML declaration; else UTF-8. */
function decoderOf(begin: Uint8Array): TextDecoder {
  if (begin[0] === 0xff && begin[1] === 0xfe) return new TextDecoder("utf-16le");
  if (begin[0] === 0xfe && begin[1] === 0xff) return new TextDecoder("utf-16be");
  const declaration = Buffer.from(begin.subarray(0, 200)).toString("latin1");
  const name = /^<\?xml\s[^>]{0,150}?encoding\s?=\s?["'](iso-8859-1|latin1|windows-1252|us-ascii)["']/i.exec(
    declaration,
  );
  return new TextDecoder(name?.[1] ?? "utf-8");
}
