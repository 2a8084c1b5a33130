import { err, ok } from "../../domain/result.ts";
import { addBlock, addHits, type Block, createLineCollector, type FileLines } from "./file-lines.ts";
import {
  type CoverageFault,
  type CoverageLimits,
  malformed,
  type ReportParser,
  tooMany,
} from "./report-parser.ts";
import { createLineSplitter } from "./split-lines.ts";

const blockLine = /^(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,9}) (\d{1,20})$/;
const longestBlockLine = 10_000;

/**
 * A cover profile of Go, of any mode. The total counts statements, as `go tool cover -func` does. A block covers the
 * lines from its first to its last, as for gcov2lcov and goveralls; where blocks share a line, their hits are added
 * up. A block without statements, such as an empty body, counts nowhere. Blocks recur where several packages' tests
 * were counted for one: they are added up.
 */
export function createGoProfileParser(limits: CoverageLimits): ReportParser {
  const files = new Map<string, Map<string, Block>>();
  let fault: CoverageFault | null = null;
  let [row, kept] = [0, 0];

  const splitter = createLineSplitter((bytes, from, to, whole) => {
    row++;
    if (fault) return;
    if (!whole) fault = { code: "truncated", message: "its last line has no end" };
    else if (to - from > longestBlockLine) fault = malformed(`line ${row} is no block of a profile`);
    else fault = readBlock(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8"));
  });

  function readBlock(text: string): CoverageFault | null {
    // Also in between, where profiles were put after each other.
    if (/^mode: (?:set|count|atomic)$/.test(text) || text === "") return null;
    const [, name, startLine, startColumn, endLine, endColumn, statements, hits] = blockLine.exec(text) ?? [];
    if (name === undefined || Number(endLine) < Number(startLine))
      return malformed(`line ${row} is no block of a profile`);
    let blocks = files.get(name);
    if (!blocks) {
      if (files.size >= limits.files) return tooMany("files", limits.files);
      blocks = new Map();
      files.set(name, blocks);
    }
    if (Number(statements) === 0) return null;
    const before = blocks.size;
    addBlock(blocks, `${startLine}.${startColumn},${endLine}.${endColumn}`, {
      statements: Number(statements),
      hits: Math.min(Number(hits), Number.MAX_SAFE_INTEGER),
    });
    kept += blocks.size - before;
    return kept > limits.lines ? tooMany("lines", limits.lines) : null;
  }

  return {
    push: (chunk) => (splitter.push(chunk) ? fault : (fault ?? malformed("it has a line without an end"))),
    end() {
      splitter.end();
      if (fault) return err(fault);
      const read = new Map<string, FileLines>();
      let left = limits.lines;
      for (const [name, blocks] of files) {
        const lines = spread(blocks, left);
        if (!lines) return err(tooMany("lines", limits.lines));
        left -= lines.lines.length;
        read.set(name, { ...lines, uncounted: 0, blocks });
      }
      return ok({ format: "go", files: read, folders: [] });
    },
  };
}

/**
 * The lines of blocks; null when there are more than `most`. In time for the lines and blocks that there are, and not
 * for their product.
 */
function spread(blocks: ReadonlyMap<string, Block>, most: number): Pick<FileLines, "lines" | "hits"> | null {
  const edges = [...blocks].flatMap(([place, { hits }]) => {
    const [start = 0, end = 0] = place.split(",").map((point) => Math.trunc(Number(point.split(".")[0])));
    return [
      { line: start, open: 1, hits: addHits(hits, 0) },
      { line: end + 1, open: -1, hits: -addHits(hits, 0) },
    ];
  });
  edges.sort((a, b) => a.line - b.line);
  const collector = createLineCollector();
  let [open, hits, line] = [0, 0, 0];
  for (const edge of edges) {
    if (open > 0) {
      if (collector.size() + edge.line - line > most) return null;
      for (; line < edge.line; line++) collector.add(line, hits);
    }
    line = edge.line;
    open += edge.open;
    hits += edge.hits;
  }
  return collector.finish();
}

/** The module that a `go.mod` declares: what the names in its profiles begin with. */
export function parseGoModule(text: string): string | null {
  for (const line of text.slice(0, 100_000).split("\n")) {
    const name = /^[ \t]*module[ \t]+"?([^\s"]+)"?[ \t]*(?:\/\/.*)?\r?$/.exec(line)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}
