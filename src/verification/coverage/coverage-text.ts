import { z } from "zod";
import { parseJson } from "../../domain/json.ts";
import type { Coverage } from "./file-lines.ts";

const counts = z.array(z.int().nonnegative());
const shape = z.object({
  version: z.literal(1),
  files: z.array(
    z.object({
      path: z.string(),
      lines: counts,
      hits: counts,
      uncounted: z.int().nonnegative(),
      blocks: z.array(z.tuple([z.string(), z.int().nonnegative(), z.int().nonnegative()])).nullable(),
    }),
  ),
});

/** A coverage as a text of our own, of which `readCoverageText` makes the same again. */
export function writeCoverageText(coverage: Coverage): string {
  const files = [...coverage].map(([path, { lines, hits, uncounted, blocks }]) => ({
    path,
    lines: [...lines],
    hits: [...hits],
    uncounted,
    blocks: blocks && [...blocks].map(([place, block]) => [place, block.statements, block.hits]),
  }));
  return JSON.stringify({ version: 1, files });
}

/** Null for any other text. */
export function readCoverageText(text: string): Coverage | null {
  const parsed = shape.safeParse(parseJson(text));
  if (!parsed.success) return null;
  return new Map(
    parsed.data.files.map(({ path, lines, hits, uncounted, blocks }) => [
      path,
      {
        lines: Uint32Array.from(lines),
        hits: Uint32Array.from(hits),
        uncounted,
        blocks:
          blocks && new Map(blocks.map(([place, statements, hit]) => [place, { statements, hits: hit }])),
      },
    ]),
  );
}
