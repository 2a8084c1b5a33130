import { describe, expect, test } from "vitest";
import { createLineDecoder } from "./decode-lines.ts";

function linesOf(data: string | Uint8Array, size = 65_536): string[] {
  const lines: string[] = [];
  const decoder = createLineDecoder((line) => lines.push(line));
  const bytes = Buffer.from(data as string);
  for (let from = 0; from < bytes.length; from += size) decoder.add(bytes.subarray(from, from + size));
  decoder.end();
  return lines;
}
const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const bom = Buffer.from([0xff, 0xfe]);

const text = "[2025-01-31 12:00:00] INFO: ✅ größer\r\n\n  two\n[x] ❌ end\n";
const lines = ["[2025-01-31 12:00:00] INFO: ✅ größer", "", "  two", "[x] ❌ end"];

describe("lines are the same", () => {
  const all: readonly (readonly [string, Buffer])[] = [
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16LE with a byte order mark", Buffer.concat([bom, utf16(text)])],
    ["UTF-16LE without one", utf16(text)],
    ["colours", Buffer.from(text.replace("INFO", "\u001b[32mINFO\u001b[0m"))],
    ["colours in UTF-16LE", utf16(text.replace("INFO", "\u001b[32mINFO\u001b[0m"))],
  ];
  for (const [name, data] of all)
    for (const size of [1, 2, 3, 7, 65_536])
      test(`${name}, read ${size} bytes at a time`, () => {
        expect(linesOf(data, size)).toEqual(lines);
      });
});

describe("a stretch of UTF-16LE within UTF-8", () => {
  for (const before of ["three", "four"])
    for (const mark of [Buffer.alloc(0), bom])
      test(`at byte ${before.length + 1}, with ${mark.length} bytes of a mark`, () => {
        const data = Buffer.concat([
          Buffer.from(`${before}\n`),
          mark,
          utf16(text),
          Buffer.from("[y] after\n"),
          utf16("[z] again\r\n"),
          Buffer.from("odd\n"),
          utf16("last"),
        ]);
        expect(linesOf(data)).toEqual([before, ...lines, "[y] after", "[z] again", "odd", "last"]);
      });

  test("that begins in the middle of a line keeps what stands before it", () => {
    const data = Buffer.concat([Buffer.from("größer "), utf16("und weiter\n"), Buffer.from("x\n")]);
    expect(linesOf(data)).toEqual(["größer und weiter", "x"]);
  });
});

test("a last line without an end is a line, and nothing is none", () => {
  expect(linesOf("a\nb")).toEqual(["a", "b"]);
  expect(linesOf("")).toEqual([]);
});

test("of a line without end its beginning is kept, and the next line is whole", () => {
  const [long, next] = linesOf(`${"x".repeat(3_000_000)}\nnext\n`);
  expect(long).toMatch(/^x{32768}$/);
  expect(next).toBe("next");
});

test("bytes that are no text are a line all the same", () => {
  const data = Buffer.from([0x80, 0xff, 0x00, 0xd8, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x0a, 0xc3]);
  expect(linesOf(data)).toHaveLength(3);
});
