import { cut, widthOf } from "./text.ts";

type Paint = (text: string) => string;

export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  /** The colour of a run's or phase's state. */
  readonly state: (state: string) => Paint;
}

const plain: Paint = (text) => text;
const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`;

/** The colours of the terminal, or none. Whether to use them (TTY, NO_COLOR) is the caller's decision. */
export function paletteOf(colour: boolean): Palette {
  const paint = (on: number, off: number) => (colour ? sgr(on, off) : plain);
  const [red, green, yellow, cyan, dim] = [
    paint(31, 39),
    paint(32, 39),
    paint(33, 39),
    paint(36, 39),
    paint(2, 22),
  ];
  const byState: Record<string, Paint> = {
    complete: green,
    skipped: green,
    succeeded: green,
    failed: red,
    partial: yellow,
    blocked: yellow,
    waiting: yellow,
    cancelled: yellow,
    executing: cyan,
    verifying: cyan,
    running: cyan,
    queued: dim,
  };
  return {
    bold: paint(1, 22),
    dim,
    red,
    green,
    yellow,
    cyan,
    state: (state) => (Object.hasOwn(byState, state) ? (byState[state] ?? plain) : plain),
  };
}

export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

const gap = "  ";
const leastFlexible = 12;

interface Layout {
  readonly columns: number;
  /** Gives way first, down to a width at which it still says something. */
  readonly flexible: number;
  /** Then last columns are left out, so that what people copy stays whole; else whichever is widest is cut. */
  readonly leavesOut?: boolean;
}

/**
 * Rows as lines no wider than `columns`. Cells are plain clean text; a cell's paint is applied after it is cut.
 */
export function layTable(rows: readonly (readonly (string | Cell)[])[], options: Layout): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? { text: cell } : cell)));
  const widths: number[] = [];
  for (const row of cells)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell.text));
  fit(widths, options);
  return cells.map((row) =>
    row
      .slice(0, widths.length)
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const text = cut(cell.text, width);
        const padding = index === row.length - 1 ? "" : " ".repeat(Math.max(0, width - widthOf(text)));
        return `${(cell.paint ?? plain)(text)}${padding}`;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Narrows `widths` in place until they fit, leaving out last columns where even one character each is too much. */
function fit(widths: number[], { columns, flexible, leavesOut }: Layout): void {
  const excess = () => widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - columns;
  const wanted = widths[flexible];
  if (wanted !== undefined) {
    const least = Math.min(wanted, leastFlexible);
    widths[flexible] = least;
    while (leavesOut && excess() > 0 && widths.length > 1) widths.pop();
    if (flexible < widths.length) widths[flexible] = Math.min(wanted, Math.max(least, least - excess()));
  }
  while (excess() > 0 && widths.length > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) > 1) widths[widest] = (widths[widest] ?? 0) - 1;
    else widths.pop();
  }
}
