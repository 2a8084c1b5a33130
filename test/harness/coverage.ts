import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CoverageLimits,
  type CoveragePlace,
  type FileLines,
  readCoverage,
} from "../../src/verification/coverage/read-coverage.ts";

const folder = join(import.meta.dirname, "../fixtures/coverage");

export const coverageFixture = (name: string): string => readFileSync(join(folder, name), "utf8");

export const coverageLimits: CoverageLimits = {
  bytes: 10_000_000,
  jsonBytes: 1_000_000,
  files: 10_000,
  lines: 1_000_000,
};

/** Where the recorded reports were made. */
export const placeOf = (...paths: string[]): CoveragePlace => ({
  root: "/work/project",
  paths: new Set(paths),
});

/** Reads a report in pieces of `size` bytes; one buffer is used for all of them, as a stream may do. */
export function readText(
  text: string | Uint8Array,
  place: CoveragePlace,
  { size = 65_536, ...limits }: Partial<CoverageLimits & { size: number }> = {},
) {
  const bytes = Buffer.from(text);
  async function* pieces() {
    const buffer = Buffer.alloc(size);
    for (let at = 0; at < bytes.length; at += size) {
      const length = bytes.copy(buffer, 0, at, at + size);
      yield buffer.subarray(0, length);
    }
  }
  return readCoverage(pieces(), place, { ...coverageLimits, ...limits });
}

/** Hits by line. */
export const hitsOf = (file: FileLines | undefined): Record<number, number> =>
  Object.fromEntries(file ? [...file.lines].map((line, index) => [line, file.hits[index] ?? 0]) : []);

export function fileLines(hits: Readonly<Record<number, number>>): FileLines {
  const lines = Object.keys(hits).map(Number);
  return {
    lines: Uint32Array.from(lines),
    hits: Uint32Array.from(lines.map((line) => hits[line] ?? 0)),
    uncounted: 0,
    blocks: null,
  };
}
