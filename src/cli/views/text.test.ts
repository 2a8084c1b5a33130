import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layTable, paletteOf } from "./terminal.ts";
import {
  cleanLines,
  clockTime,
  cut,
  formatCount,
  formatDuration,
  jsonText,
  stripControl,
  widthOf,
} from "./text.ts";

const hidden = /[[\p{Cc}\p{Cf}]--[\u200c\u200d]]/v;

describe("text from outside", () => {
  it("loses terminal commands, direction marks and line breaks", () => {
    expect(stripControl("\u001b[31mred\u001b[0m\nnext\u0007\u202eevil\u009b2J")).toBe("red nextevil");
    expect(stripControl("\u001b]0;title\u0007shown")).toBe("shown");
    expect(stripControl("a\u2028b\ud800")).toBe("a b\ufffd");
  });

  it("keeps its lines where lines are wanted, a carriage return beginning a new one", () => {
    expect(cleanLines("10%\r20%\r\ndone\tnow")).toEqual(["10%", "20%", "done now"]);
  });

  it("never keeps a control character, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(stripControl(text)).not.toMatch(hidden);
      }),
    );
  });

  it("is the same value as JSON, with nothing in it that a terminal obeys", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(0, 2), (text, indent) => {
        const json = jsonText({ text }, indent);
        expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

describe("width", () => {
  it("counts two columns for East Asian characters and emoji, none for combining marks", () => {
    expect([widthOf("abc"), widthOf("漢字"), widthOf("e\u0301"), widthOf("🚀")]).toEqual([3, 4, 1, 2]);
  });

  it("cuts with an ellipsis and never exceeds the width", () => {
    expect(cut("tokenizer", 6)).toBe("token…");
    expect(cut("漢字漢字", 4)).toBe("漢…");
    expect(cut("abc", 3)).toBe("abc");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("numbers", () => {
  it("shows lengths of time with two units at most", () => {
    expect([400, 12_000, 185_000, 7_440_000, 100_000_000].map(formatDuration)).toEqual([
      "0.4 s",
      "12 s",
      "3 min 05 s",
      "2 h 04 min",
      "1 d 03 h",
    ]);
  });

  it("says unknown for what is no length of time", () => {
    expect([Number.NaN, -1, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
  });

  it("groups thousands", () => {
    expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  });

  it("names the day only when it is another", () => {
    const near = new Date("2026-11-02T23:00:00Z");
    expect(clockTime("2026-11-02T12:03:04.000Z", near)).toBe("12:03:04Z");
    expect(clockTime("2026-11-03T00:03:04.000Z", near)).toBe("2026-11-03 00:03:04Z");
    expect(clockTime("rubbish", near)).toBe("unknown");
  });
});

describe("tables", () => {
  it("align, and let the flexible column give way", () => {
    const rows = [
      ["a", "long text that does not fit", "1"],
      ["bbb", "short", "22"],
    ];
    expect(layTable(rows, { columns: 24, flexible: 1 })).toEqual([
      "a    long text that…  1",
      "bbb  short            22",
    ]);
  });

  it("leave out last columns where what people copy must stay whole", () => {
    const rows = [["add-search-1a2b3c4d", "succeeded", "a goal of some length", "2026-11-25"]];
    const fit = (columns: number) => layTable(rows, { columns, flexible: 2, leavesOut: true });
    expect(fit(65)).toEqual(["add-search-1a2b3c4d  succeeded  a goal of some length  2026-11-25"]);
    expect(fit(60)).toEqual(["add-search-1a2b3c4d  succeeded  a goal of some …  2026-11-25"]);
    expect(fit(50)).toEqual(["add-search-1a2b3c4d  succeeded  a goal of some le…"]);
    expect(fit(40)).toEqual(["add-search-1a2b3c4d  succeeded"]);
    expect(fit(10)).toEqual(["add-searc…"]);
  });

  it("never exceed the width, with or without colour, whatever gives way", () => {
    const row = fc.array(fc.string(), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(row),
        fc.nat(60),
        fc.boolean(),
        fc.boolean(),
        (rows, columns, colour, leavesOut) => {
          const { red } = paletteOf(colour);
          const painted = rows.map((cells) =>
            cells.map((text) => ({ text: stripControl(text), paint: red })),
          );
          for (const line of layTable(painted, { columns, flexible: 2, leavesOut }))
            expect(widthOf(stripControl(line))).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
