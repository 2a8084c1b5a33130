import { describe, expect, it } from "vitest";
import { createReportPaths } from "./report-path.ts";

const files = new Set([
  "packages/cart/src/cart.test.ts",
  "packages/shop/src/cart.test.ts",
  "packages/shop/tests/test_shop.py",
  "root.test.ts",
  "src/test/java/com/example/CartTest.java",
  "index.js",
]);
const folder = "packages/cart";

describe("a path that a tool prints", () => {
  it.each([
    ["packages/cart/src/cart.test.ts", {}],
    ["src/cart.test.ts", { folder }],
    ["./src/../src/cart.test.ts", { folder }],
    ["/w/tree/packages/cart/src/cart.test.ts", {}],
    ["/w/tree/./packages/cart//src/cart.test.ts", {}],
    ["file:///w/tree/packages/cart/src/cart.test.ts", {}],
    ["/private/w/packages/cart/src/cart.test.ts", { toolRoots: ["/private/w/"] }],
    ["C:\\repo\\packages\\cart\\src\\cart.test.ts", { toolRoots: ["c:\\repo"] }],
    ["file:///C:/repo/packages/cart/src/cart.test.ts", { toolRoots: ["C:\\repo"] }],
    ["packages\\cart\\src\\cart.test.ts", {}],
    ["/app/packages/cart/src/cart.test.ts", { files }],
    ["D:\\a\\b\\packages\\cart\\src\\cart.test.ts", { files }],
    ["cart/src/cart.test.ts", { files }],
    ["../cart/src/cart.test.ts", { files, folder: "packages/shop" }],
    ["../../packages/cart/src/cart.test.ts", { files }],
    ["packages/cart/src/cart.test.ts", { files, folder: "packages/shop" }],
  ])("is told as the file of the repository: %s with %o", (printed, place) => {
    expect(createReportPaths({ root: "/w/tree", ...place }).toFile(printed)).toBe(
      "packages/cart/src/cart.test.ts",
    );
  });

  it.each([
    ["", {}],
    ["/usr/lib/python3/unittest.py", {}],
    ["/w/tree-2/a.test.ts", {}],
    ["/usr/lib/node_modules/x/index.js", { files }],
    ["../outside.test.ts", {}],
    ["/w/tree/../../etc/passwd", {}],
  ])("is none of the repository: %s with %o", (printed, place) => {
    expect(createReportPaths({ root: "/w/tree", ...place }).toFile(printed)).toBeNull();
  });

  it("is not guessed where two files could be meant", () => {
    expect(createReportPaths({ root: "/w", files }).toFile("src/cart.test.ts")).toBe("src/cart.test.ts");
  });
});

describe("a dotted name", () => {
  const paths = createReportPaths({ root: "/w", files });
  it("is a module of Python, and what is in it", () => {
    const expected = { file: "packages/shop/tests/test_shop.py", rest: ["TestA", "TestB"] };
    expect(paths.toModule("packages.shop.tests.test_shop.TestA.TestB")).toEqual(expected);
    expect(paths.toModule("tests.test_shop.TestA.TestB")).toEqual(expected);
  });
  it("is a class of Java", () => {
    const file = "src/test/java/com/example/CartTest.java";
    expect(paths.toModule("com.example.CartTest")).toEqual({ file, rest: [] });
  });
  it("is nothing where no file fits", () => {
    expect(paths.toModule("com.example.Other")).toBeNull();
    expect(paths.toModule("a..b")).toBeNull();
    expect(paths.toModule("a.".repeat(100_000))).toBeNull();
  });
});
