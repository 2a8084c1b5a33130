import { err, ok } from "../../domain/result.ts";
import { createLineCollector, type FileLines, type LineCollector } from "./file-lines.ts";
import {
  type CoverageFault,
  type CoverageLimits,
  malformed,
  type ReportParser,
  tooMany,
} from "./report-parser.ts";
import { createLineSplitter } from "./split-lines.ts";

/** Records that say nothing of lines; what has another name is no LCOV. */
const others = /^(?:#|$|[ \t]|(?:TN|VER|FN|FNDA|FNF|FNH|FNL|FNA|BRDA|BRF|BRH|MCDC|MCF|MCH|LF|LH|BA):)/;

const cutOff: CoverageFault = { code: "truncated", message: "it ends in the middle of a record" };

/**
 * LCOV, as `geninfo` describes it and as `lcov --summary` counts it: a source file may recur, and so may a line; hits
 * are added up. A negative count is 0. Branches and functions are no lines and are left out.
 */
export function createLcovParser(limits: CoverageLimits): ReportParser {
  const files = new Map<string, LineCollector>();
  let current: LineCollector | null = null;
  let fault: CoverageFault | null = null;
  let [row, kept, currentSize] = [0, 0, 0];

  const splitter = createLineSplitter((bytes, from, to, whole) => {
    row++;
    if (fault) return;
    if (bytes[from] === 68 && bytes[from + 1] === 65 && bytes[from + 2] === 58) {
      fault = readLine(bytes, from + 3, to);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8");
    if (text.startsWith("SF:")) fault = open(text.slice(3).trim());
    else if (text.trimEnd() === "end_of_record") close();
    else if (!others.test(text)) fault = whole ? malformed(`line ${row} is no record of LCOV`) : cutOff;
  });

  function open(name: string): CoverageFault | null {
    if (name === "") return malformed(`line ${row} names no file`);
    if (current) return malformed(`line ${row} names a file before the one above has ended`);
    current = files.get(name) ?? null;
    if (!current) {
      if (files.size >= limits.files) return tooMany("files", limits.files);
      current = createLineCollector();
      files.set(name, current);
    }
    currentSize = current.size();
    return null;
  }

  function close(): void {
    if (!current) return;
    kept += current.size() - currentSize;
    current = null;
  }

  /** `DA:<line>,<hits>[,<checksum>]`, the record that there are millions of. */
  function readLine(bytes: Uint8Array, from: number, to: number): CoverageFault | null {
    let [place, line] = [from, 0];
    for (let digit = digitAt(bytes, place); digit >= 0 && place < to; digit = digitAt(bytes, ++place))
      line = line * 10 + digit;
    if (place === from || place - from > 9 || bytes[place] !== 44 || place >= to)
      return malformed(`line ${row} is no record of a line`);
    const hits = readHits(bytes, place + 1, to);
    if (hits === null) return malformed(`line ${row} tells no count`);
    if (!current) return malformed(`line ${row} belongs to no file`);
    current.add(line, hits);
    return kept + current.size() - currentSize > limits.lines ? tooMany("lines", limits.lines) : null;
  }

  return {
    push: (chunk) =>
      splitter.push(chunk) ? fault : (fault ?? malformed(`line ${row + 1} is too long to be a record`)),
    end() {
      splitter.end();
      // What was cut off in the middle of a record looks like anything.
      if (current) return err(cutOff);
      if (fault) return err(fault);
      const read = [...files].map(([name, lines]): [string, FileLines] => [
        name,
        { ...lines.finish(), uncounted: 0, blocks: null },
      ]);
      return ok({ format: "lcov", files: new Map(read), folders: [] });
    },
  };
}

/** -1 for what is no digit. */
function digitAt(bytes: Uint8Array, place: number): number {
  const byte = bytes[place] ?? 0;
  return byte >= 48 && byte <= 57 ? byte - 48 : -1;
}

function readHits(bytes: Uint8Array, from: number, to: number): number | null {
  let [place, hits] = [from, 0];
  for (let digit = digitAt(bytes, place); digit >= 0 && place < to; digit = digitAt(bytes, ++place))
    hits = hits * 10 + digit;
  if (place > from && (place === to || bytes[place] === 44)) return hits;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(to - from, 64)).toString("latin1");
  // Some tools write counts as large numbers with an exponent.
  const number = /^(-?\d{1,20}(?:\.\d{1,20})?(?:e\+?\d{1,3})?)(?:,|$)/i.exec(text)?.[1];
  return number === undefined ? null : Math.max(0, Number(number));
}
