import { expect, test } from "vitest";
import { type CoveragePlace, mapPaths } from "./map-paths.ts";

const map = (paths: string[], names: string[], place: Partial<CoveragePlace> = {}) =>
  mapPaths(
    names.map((name) => [name]),
    { root: "/work/project", paths: new Set(paths), ...place },
  );

test("a name is absolute in the root, or relative to the working directory or the root", () => {
  const paths = ["src/a.ts", "packages/one/src/a.ts", "packages/one/b.ts"];
  expect(map(paths, ["/work/project/src/a.ts", "/work/project/./src//../src/a.ts"])).toEqual([
    "src/a.ts",
    "src/a.ts",
  ]);
  expect(map(paths, ["./src/a.ts", "src/../packages/one/b.ts", "none.ts"])).toEqual([
    "src/a.ts",
    "packages/one/b.ts",
    null,
  ]);
  const base = "packages/one";
  expect(map(paths, ["src/a.ts", "./b.ts", "../../src/a.ts"], { base })).toEqual([
    "packages/one/src/a.ts",
    "packages/one/b.ts",
    "src/a.ts",
  ]);
  // A tool that names all from the root, wherever it runs.
  expect(map(paths, ["src/a.ts", "packages/one/src/a.ts", "packages/one/b.ts"], { base })).toEqual(paths);
});

test("a name from Windows is a path with other separators", () => {
  const paths = ["src/a.ts", "src/b.ts", "odd\\name.ts"];
  expect(map(paths, ["C:\\work\\src\\a.ts", "C:/work/src\\b.ts"])).toEqual(["src/a.ts", "src/b.ts"]);
  expect(map(paths, [".\\src\\a.ts", "src\\b.ts", "odd\\name.ts"])).toEqual(paths);
  expect(map(paths, ["D:\\a\\project\\project\\src\\a.ts", "D:\\a\\project\\project\\src\\b.ts"])).toEqual([
    "src/a.ts",
    "src/b.ts",
  ]);
});

test("a report of another root is of the one folder that explains most of its files", () => {
  const paths = ["a.ts", "index.js", "src/a.ts", "src/b.ts", "app/src/a.ts"];
  expect(map(paths, ["/ci/src/a.ts"])).toEqual(["src/a.ts"]);
  expect(
    map(paths, [
      "/ci/app/src/a.ts",
      "/ci/app/src/b.ts",
      "/ci/app/a.ts",
      "/ci/app/node_modules/x/index.js",
      "/usr/lib/index.js",
    ]),
  ).toEqual(["src/a.ts", "src/b.ts", "a.ts", null, null]);
  // Two folders, and neither is the likelier one.
  expect(map(paths, ["/one/src/b.ts", "/two/index.js"])).toEqual([null, null]);
  expect(map(paths, ["/work/project/dist/index.js"])).toEqual([null]);
  // Made here: what else it names is no file of ours.
  expect(map(paths, ["/work/project/src/a.ts", "/usr/lib/index.js", "/work/project/dist/index.js"])).toEqual([
    "src/a.ts",
    null,
    null,
  ]);
});

test("a relative report of a folder that nobody told is of the one that explains most of its files", () => {
  const paths = ["backend/lib/a.py", "backend/lib/b.py", "other/lib/a.py"];
  expect(map(paths, ["lib/a.py", "lib/b.py"])).toEqual(["backend/lib/a.py", "backend/lib/b.py"]);
  expect(map(paths, ["lib/a.py"])).toEqual([null]);
  // Told: what else it names is generated, or of a library.
  expect(
    map(["other/lib/a.py", "x/b.py", "x/c.py"], ["lib/a.py", "b.py", "c.py"], { base: "other" }),
  ).toEqual(["other/lib/a.py", null, null]);
  expect(map(paths, ["example.com/project/other/lib/a.py"])).toEqual(["other/lib/a.py"]);
});

test("Go's names begin with the module, of which the innermost counts", () => {
  const paths = ["api/x.go", "tools/x.go", "tools/gen/y.go"];
  const modules = new Map([
    ["example.com/project", ""],
    ["example.com/project/tools", "tools"],
  ]);
  const names = [
    "example.com/project/api/x.go",
    "example.com/project/tools/gen/y.go",
    "example.com/other/x.go",
  ];
  expect(map(paths, names, { modules, base: "tools" })).toEqual(["api/x.go", "tools/gen/y.go", null]);
});

test("a file that may be in several of a report's folders is left out", () => {
  const place = { root: "/work/project", paths: new Set(["one/a.py", "two/a.py", "two/b.py"]) };
  expect(
    mapPaths(
      [
        ["/work/project/one/a.py", "/work/project/two/a.py"],
        ["/work/project/one/b.py", "/work/project/two/b.py"],
      ],
      place,
    ),
  ).toEqual([null, "two/b.py"]);
});

test("nothing leads out of the repository", () => {
  expect(map(["etc/passwd"], ["../../etc/passwd", "/work/project/../../etc/passwd"], { base: "a" })).toEqual([
    "etc/passwd",
    "etc/passwd",
  ]);
  expect(map(["a.ts"], ["..", "", "/", "/work/project", "/work/project/", "C:\\"])).toEqual(
    Array(6).fill(null),
  );
});

test("very many names in very many folders are looked at in time for their number", () => {
  const paths = Array.from({ length: 20_000 }, (_, index) => `d${index}/index.ts`);
  const names = Array.from({ length: 20_000 }, (_, index) => `/ci/d${index}/index.ts`);
  expect(map(paths, names)).toEqual(paths);
  expect(new Set(map(paths, Array(20_000).fill("index.ts")))).toEqual(new Set([null]));
  const tracked = `${"t/".repeat(64)}x.ts`;
  expect(map([tracked], [`/ci/${tracked}`, tracked])).toEqual([null, tracked]);
  const deep = `/${"a/".repeat(5000)}x.ts`;
  expect(map(["x.ts"], [deep, `${"b/".repeat(5000)}x.ts`])).toEqual(["x.ts", "x.ts"]);
});
