import type { Screen } from "../config.ts";
import { jsonText } from "./views/text.ts";

/** Where a command prints: results to stdout, all else to stderr. */
export interface Terminal {
  /** Of stdout; what goes into a file or another program is hardly ever cut. */
  readonly columns: number;
  /** Of stderr, where the live view is. */
  readonly liveColumns: number;
  /** Colour and a live view only where a person looks. */
  readonly colour: boolean;
  readonly live: boolean;
  /** Text for stdout. */
  print(text: string): void;
  /** The one object of a command under --json. */
  printJson(value: unknown): void;
  /** A line for stderr. */
  note(line: string): void;
  /** Replaces the block that was drawn before; an empty one clears it. */
  draw(lines: readonly string[]): void;
}

interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Sinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** A terminal that does not know its width says 0, or anything at all. */
const usualColumns = 100;
const mostColumns = 400;

/** In a locale without UTF-8 a terminal shows the bytes of other characters as it likes, or obeys them. */
const toAscii = (text: string): string =>
  text
    .replaceAll(/[\u2800-\u28ff·]/g, "*")
    .replaceAll("…", "~")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/\P{ASCII}/gu, "?");

function columnsOf(sink: Sink): number {
  const columns = Math.trunc(sink.columns || usualColumns);
  return columns > 0 ? Math.min(columns, mostColumns) : usualColumns;
}

export function createTerminal(screen: Screen, { stdout, stderr }: Sinks): Terminal {
  let drawn = 0;
  const erase = () => (drawn > 0 ? `\u001b[${drawn}F\u001b[J` : "");
  const shown = (text: string, sink: Sink) => (sink.isTTY && !screen.utf8 ? toAscii(text) : text);
  const printTo = (sink: Sink, text: string) => void sink.write(shown(text, sink));
  return {
    columns: stdout.isTTY ? columnsOf(stdout) : mostColumns,
    liveColumns: columnsOf(stderr),
    colour: stdout.isTTY === true && screen.colour,
    live: stderr.isTTY === true && screen.moves,
    print: (text) => printTo(stdout, text.endsWith("\n") ? text : `${text}\n`),
    printJson: (value) => void stdout.write(`${jsonText(value, 2)}\n`),
    note(line) {
      printTo(stderr, `${erase()}${line}\n`);
      drawn = 0;
    },
    draw(lines) {
      printTo(stderr, `${erase()}${lines.map((line) => `${line}\n`).join("")}`);
      drawn = lines.length;
    },
  };
}

/**
 * Keeps an output that is gone from ending the program: a reader that has seen enough (`autopack status | head -1`)
 * and a closed terminal are no faults, and a run goes on without them. `onLost` hears of anything else on stdout.
 */
export function surviveOutput(
  { stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr">,
  onLost: (why: string) => void,
): void {
  let told = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (told || error.code === "EPIPE" || error.code === "EIO") return;
    told = true;
    onLost(error.message);
  });
  stderr.on("error", () => undefined);
}
