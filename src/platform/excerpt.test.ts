import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { excerptOf } from "./excerpt.ts";
import { keepOutput } from "./output.ts";

const log = { write: async () => undefined, close: async () => Promise.reject(new Error("not closed here")) };
const endsOf = (text: string, size: number) => {
  const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    Buffer.from(text.slice(index * size, (index + 1) * size)),
  );
  return keepOutput(Readable.from(chunks), { log, secrets: [] });
};

it("has both ends of any output, however it came in", async () => {
  const text = fc.integer({ min: 0, max: 9000 }).map((length) => {
    const lines = Array.from(
      { length: Math.ceil(length / 8) },
      (_, index) => `l ${String(index).padStart(5, "0")}\n`,
    );
    return lines.join("").slice(0, length);
  });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 5000 }), async (output, size) => {
      const { head, tail } = await endsOf(output, size);
      expect(tail).toBe(output.slice(-4000));
      expect(head).toBe(output.slice(0, Math.min(2000, Math.max(0, output.length - 4000))));
    }),
    { numRuns: 60 },
  );
});

it("shows an output whole where it is short, else the cause at its beginning and the words at its end", () => {
  expect(excerptOf({ head: "", tail: "one\n\u001b[31mtwo\u001b[0m\n" })).toBe("one\ntwo");
  expect(excerptOf({ head: "cause\n".repeat(300), tail: `${"noise\n".repeat(600)}last words\n` })).toMatch(
    /^(cause\n)+\[… the log has the whole …\]\n(noise\n)+last words$/,
  );
  expect(excerptOf({ tail: "x".repeat(9000) }).length).toBeLessThan(2600);
});
