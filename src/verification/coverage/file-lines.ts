import type { LineCount, LineRange } from "../../domain/coverage.ts";

/** What is known of one file: its executable lines and how often each was executed. */
export interface FileLines {
  /** Line numbers, ascending, each once. */
  readonly lines: Uint32Array;
  /** How often the line at the same place was executed; `mostHits` stands for more. */
  readonly hits: Uint32Array;
  /**
   * Executed lines that the tool itself does not count as statements, without saying which they are: coverage.py's
   * JSON lists the first lines of docstrings as executed.
   */
  readonly uncounted: number;
  /** Of a tool that counts statements and not lines: its blocks by their place. */
  readonly blocks: ReadonlyMap<string, Block> | null;
}

export interface Block {
  readonly statements: number;
  readonly hits: number;
}

/** Files by their path in the repository. */
export type Coverage = ReadonlyMap<string, FileLines>;

export const mostHits = 0xffff_ffff;

export const addHits = (a: number, b: number): number => Math.min(a + b, mostHits);

/** Takes lines as a report tells them, in any order and repeatedly: hits of one line are added up. */
export interface LineCollector {
  add(line: number, hits: number): void;
  /** How many it holds, at least as many as there are lines. */
  size(): number;
  finish(): Pick<FileLines, "lines" | "hits">;
}

export function createLineCollector(): LineCollector {
  let lines = new Uint32Array(8);
  let hits = new Uint32Array(8);
  let used = 0;
  let ascending = true;

  function compact(): void {
    if (ascending) return;
    const order = new Uint32Array(used).map((_, index) => index);
    order.sort((a, b) => at(lines, a) - at(lines, b));
    const [sortedLines, sortedHits] = [new Uint32Array(lines.length), new Uint32Array(lines.length)];
    let kept = 0;
    for (const index of order) {
      const [line, more] = [at(lines, index), at(hits, index)];
      if (kept > 0 && at(sortedLines, kept - 1) === line)
        sortedHits[kept - 1] = addHits(at(sortedHits, kept - 1), more);
      else {
        sortedLines[kept] = line;
        sortedHits[kept++] = more;
      }
    }
    [lines, hits, used, ascending] = [sortedLines, sortedHits, kept, true];
  }

  return {
    add(line, more) {
      if (used === lines.length) {
        // A file that recurs for every test would otherwise take as much memory as the report has bytes.
        compact();
        if (used > lines.length / 2) [lines, hits] = [grown(lines), grown(hits)];
      }
      if (used > 0 && line <= at(lines, used - 1)) ascending = false;
      lines[used] = line;
      hits[used++] = Math.min(more, mostHits);
    },
    size: () => used,
    finish() {
      compact();
      return { lines: lines.slice(0, used), hits: hits.slice(0, used) };
    },
  };
}

function grown(old: Uint32Array): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(old.length * 2);
  next.set(old);
  return next;
}

/** An element that is there by construction. */
const at = (array: Uint32Array, index: number): number => array[index] as number;

/**
 * Adds up the hits of several coverages, such as of the reports of several test runs. In whatever order and grouping,
 * the result is the same.
 */
export function mergeCoverage(list: readonly Coverage[]): Coverage {
  const merged = new Map<string, FileLines>();
  for (const coverage of list)
    for (const [path, file] of coverage) {
      const known = merged.get(path);
      merged.set(path, known ? mergeFileLines(known, file) : file);
    }
  return merged;
}

export function mergeFileLines(a: FileLines, b: FileLines): FileLines {
  const lines = new Uint32Array(a.lines.length + b.lines.length);
  const hits = new Uint32Array(lines.length);
  let used = 0;
  for (let i = 0, j = 0; i < a.lines.length || j < b.lines.length; used++) {
    const left = a.lines[i] ?? Number.POSITIVE_INFINITY;
    const right = b.lines[j] ?? Number.POSITIVE_INFINITY;
    lines[used] = Math.min(left, right);
    hits[used] = addHits(left <= right ? at(a.hits, i++) : 0, right <= left ? at(b.hits, j++) : 0);
  }
  return {
    lines: lines.slice(0, used),
    hits: hits.slice(0, used),
    // The same docstrings in both, as far as both executed them.
    uncounted: Math.max(a.uncounted, b.uncounted),
    blocks: mergeBlocks(a.blocks, b.blocks),
  };
}

function mergeBlocks(a: FileLines["blocks"], b: FileLines["blocks"]): FileLines["blocks"] {
  if (!a || !b) return a ?? b;
  const merged = new Map(a);
  for (const [place, block] of b) addBlock(merged, place, block);
  return merged;
}

export function addBlock(blocks: Map<string, Block>, place: string, block: Block): void {
  const known = blocks.get(place);
  blocks.set(
    place,
    known
      ? {
          // Equal in reports of the same source.
          statements: Math.max(known.statements, block.statements),
          hits: addHits(known.hits, block.hits),
        }
      : block,
  );
}

/** The total as the tool that wrote the report counts it: lines; for Go, whose own figures are so, statements. */
export function countLines(files: Iterable<FileLines>): LineCount {
  let [covered, total] = [0, 0];
  for (const file of files) {
    if (file.blocks)
      for (const { statements, hits } of file.blocks.values()) {
        total += statements;
        if (hits > 0) covered += statements;
      }
    else {
      const executed = file.hits.reduce((count, hits) => (hits > 0 ? count + 1 : count), 0);
      const uncounted = Math.min(file.uncounted, executed);
      total += file.lines.length - uncounted;
      covered += executed - uncounted;
    }
  }
  return { covered, total };
}

/** The executable lines within ranges that are in order and apart from each other. */
export function countWithin(
  file: FileLines,
  ranges: readonly LineRange[],
): { readonly count: LineCount; readonly uncovered: readonly LineRange[] } {
  const uncovered: { from: number; to: number }[] = [];
  let [covered, total, next] = [0, 0, 0];
  file.lines.forEach((line, index) => {
    while ((ranges[next]?.to ?? Number.POSITIVE_INFINITY) < line) next++;
    if (line < (ranges[next]?.from ?? Number.POSITIVE_INFINITY)) return;
    total++;
    if (at(file.hits, index) > 0) covered++;
    else {
      const last = uncovered.at(-1);
      if (last?.to === line - 1) last.to = line;
      else uncovered.push({ from: line, to: line });
    }
  });
  return { count: { covered, total }, uncovered };
}
