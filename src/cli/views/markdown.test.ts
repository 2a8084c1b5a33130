import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeBlock, codeCell, codeSpan, escapeMarkdown } from "./markdown.ts";

describe("Markdown from hostile text", () => {
  it("shows markup instead of obeying it", () => {
    expect(escapeMarkdown("**b** [x](y) <img> | `c` ~~s~~ &lt; a_b _i_")).toBe(
      "\\*\\*b\\*\\* \\[x\\](y) \\<img\\> \\| \\`c\\` \\~\\~s\\~\\~ &amp;lt; a_b \\_i\\_",
    );
    expect(escapeMarkdown("# head\n## more")).toBe("\\# head ## more");
    expect(escapeMarkdown("1. item")).toBe("1\\. item");
  });

  it("fences code with more backticks than the text has", () => {
    expect(codeSpan("plain")).toBe("`plain`");
    expect(codeSpan("a``b")).toBe("```a``b```");
    expect(codeSpan("`")).toBe("`` ` ``");
    expect(codeSpan("\u001b[0m")).toBe("(empty)");
    expect(codeBlock("a\n````\nb", "  ")).toEqual(["  `````", "  a", "  ````", "  b", "  `````"]);
  });

  it("never ends a table's cell or line", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("|", "\\", "`", "a", "\n", " ") }), (text) => {
        for (const cell of [codeCell(text), escapeMarkdown(text)])
          expect(cell.replaceAll(/\\[\\|`]/g, "")).not.toMatch(/[|\n]/);
      }),
    );
  });
});
