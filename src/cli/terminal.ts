import { jsonText } from "./views/text.ts";

/** Where a command prints: results to stdout, all else to stderr. */
export interface Terminal {
  readonly columns: number;
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

export function createTerminal(noColor: boolean): Terminal {
  const { stdout, stderr } = process;
  let drawn = 0;
  const erase = () => (drawn > 0 ? `\u001b[${drawn}F\u001b[J` : "");
  return {
    // A terminal that does not know its width says 0.
    columns: stdout.columns || stderr.columns || 100,
    colour: stdout.isTTY === true && !noColor,
    live: stderr.isTTY === true,
    print: (text) => void stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    printJson: (value) => void stdout.write(`${jsonText(value, 2)}\n`),
    note(line) {
      stderr.write(`${erase()}${line}\n`);
      drawn = 0;
    },
    draw(lines) {
      stderr.write(`${erase()}${lines.map((line) => `${line}\n`).join("")}`);
      drawn = lines.length;
    },
  };
}
