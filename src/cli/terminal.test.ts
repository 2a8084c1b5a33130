import { expect, it } from "vitest";
import { createTerminal } from "./terminal.ts";

function terminalOf(
  screen: Parameters<typeof createTerminal>[0],
  sink: { isTTY?: boolean; columns?: number },
) {
  let text = "";
  const write = (chunk: string) => {
    text += chunk;
  };
  const terminal = createTerminal(screen, { stdout: { ...sink, write }, stderr: { ...sink, write } });
  return { terminal, text: () => text };
}
const modern = { colour: true, moves: true, utf8: true };
const screen = (columns?: number) =>
  terminalOf(modern, { isTTY: true, ...(columns === undefined ? {} : { columns }) }).terminal;

it.each([
  [undefined, 100],
  [0, 100],
  [-5, 100],
  [Number.NaN, 100],
  [37.9, 37],
  [1_000_000_000, 400],
  [Number.POSITIVE_INFINITY, 400],
])("takes a width of %s columns for %i", (columns, expected) => {
  const { columns: width, liveColumns } = screen(columns);
  expect([width, liveColumns]).toEqual([expected, expected]);
});

it("cuts nothing to the width of a terminal that it does not print to", () => {
  const write = () => undefined;
  const piped = createTerminal(modern, { stdout: { write }, stderr: { isTTY: true, columns: 60, write } });
  expect([piped.columns, piped.liveColumns]).toEqual([400, 60]);
});

it("draws and colours only on a terminal that can", () => {
  const traits = (moves: boolean, isTTY: boolean) => {
    const { live, colour } = terminalOf({ ...modern, moves, colour: moves }, { isTTY }).terminal;
    return [live, colour];
  };
  expect(traits(true, true)).toEqual([true, true]);
  expect(traits(false, true)).toEqual([false, false]);
  expect(traits(true, false)).toEqual([false, false]);
});

it("shows ASCII alone on a terminal whose locale is not UTF-8, and leaves files as they are", () => {
  const say = (isTTY: boolean) => {
    const { terminal, text } = terminalOf({ ...modern, utf8: false }, { isTTY });
    terminal.print("⠋ für “x” …\u009b31m");
    terminal.note("·");
    return text();
  };
  expect(say(true)).toBe('* f?r "x" ~?31m\n*\n');
  expect(say(false)).toBe("⠋ für “x” …\u009b31m\n·\n");
});
