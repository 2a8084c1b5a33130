import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, importFiles, writeTree } from "../../test/harness/temp.ts";
import { openUser } from "../../test/harness/workspaces.ts";
import type { ChangedLines } from "../domain/coverage.ts";
import { readChangedLines } from "./changed-lines.ts";

const limits = { fileBytes: 100_000, bytes: 1_000_000 };
const numbered = (count: number, mark = "") =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}${mark}\n`).join("");

/** What `change` did to a repository of `files`. */
async function changeOf(
  files: Readonly<Record<string, string>>,
  change: (root: string) => void,
  bounds = limits,
) {
  const { root, base, world, repository } = await openUser(files);
  change(root);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--allow-empty", "-m", "Change");
  const head = git(root, "rev-parse", "HEAD").trim();
  return readChangedLines(world, repository, base, head, bounds);
}

async function linesOf(...args: Parameters<typeof changeOf>): Promise<ChangedLines> {
  const changed = await changeOf(...args);
  if (!changed.measured) throw new Error(changed.why);
  return changed.value;
}

const everyLine = [{ from: 1, to: Number.MAX_SAFE_INTEGER }];

test("lines that were added or modified are told as they lie in the new file, removed ones are not", async () => {
  const { files, deleted } = await linesOf(
    { "a.txt": numbered(20), "gone.txt": "x\n", "b.txt": "b\n" },
    (root) => {
      const lines = numbered(20).split("\n");
      lines[2] = "modified";
      lines.splice(9, 2);
      lines.splice(15, 0, "added", "added too");
      writeTree(root, { "a.txt": lines.join("\n"), "new.txt": "one\ntwo", "empty.txt": "" });
      rmSync(join(root, "gone.txt"));
    },
  );
  expect(files.get("a.txt")).toEqual({
    oldPath: "a.txt",
    ranges: [
      { from: 3, to: 3 },
      { from: 16, to: 17 },
    ],
  });
  expect(files.get("new.txt")).toEqual({ oldPath: null, ranges: [{ from: 1, to: 2 }] });
  expect(files.get("empty.txt")).toEqual({ oldPath: null, ranges: [] });
  expect([files.has("b.txt"), files.has("gone.txt"), [...deleted]]).toEqual([false, false, ["gone.txt"]]);
});

test("a moved file is compared with what it was, and one that kept less than half of its lines is new", async () => {
  const { files, deleted } = await linesOf(
    { "src/a.txt": numbered(20), "src/b.txt": numbered(30, " of b"), "src/c.txt": numbered(4, " of c") },
    (root) => {
      mkdirSync(join(root, "lib"));
      renameSync(join(root, "src/a.txt"), join(root, "lib/a.txt"));
      writeTree(root, {
        "lib/b.txt": numbered(30, " of b").replace("line 7 ", "line seven "),
        "lib/c.txt": "all\nof\nit\nis\nnew\n",
      });
      rmSync(join(root, "src/b.txt"));
      rmSync(join(root, "src/c.txt"));
    },
  );
  expect(Object.fromEntries(files)).toEqual({
    "lib/a.txt": { oldPath: "src/a.txt", ranges: [] },
    "lib/b.txt": { oldPath: "src/b.txt", ranges: [{ from: 7, to: 7 }] },
    "lib/c.txt": { oldPath: null, ranges: [{ from: 1, to: 5 }] },
  });
  expect([...deleted]).toEqual(["src/c.txt"]);
});

test("names and contents that look like a diff are names and contents", async () => {
  const names = [
    'with "quotes".txt',
    "with\ttab.txt",
    "with\nnewline.txt",
    "a\nindex 0000000..1111111\n@@ -1 +7,9 @@\n.txt",
    "b/c => d.txt",
    "space at the end ",
    "ü.txt",
    "-x.txt",
    "back\\slash.txt",
  ];
  const fake = "@@ -1 +900,5 @@\nindex 000..111\n--- a/x\n+++ b/x\n\\ No newline\n\u2029@@ -1 +800 @@".split(
    "\n",
  );
  const { files } = await linesOf(Object.fromEntries(names.map((name) => [name, `${name}\n`])), (root) => {
    writeTree(root, Object.fromEntries(names.map((name) => [name, `${name}\nadded to ${name}\n`])));
    writeTree(root, { "fake.txt": fake.slice(0, 5).join("\n"), "odd.txt": fake.join("\n") });
  });
  // A name with a line's end in it is three lines of content.
  for (const name of names) {
    const lines = name.split("\n").length;
    expect([name, files.get(name)?.ranges]).toEqual([name, [{ from: lines + 1, to: 2 * lines }]]);
  }
  expect(files.get("fake.txt")?.ranges).toEqual([{ from: 1, to: 5 }]);
  expect(files.get("odd.txt")?.ranges).toEqual(everyLine);
});

test("a change cannot be hidden: by attributes, a NUL, its size, or a line's end that git knows nothing of", async () => {
  const source = "const a = 1;\nconst b = 2;\n";
  const { files } = await linesOf(
    { "a.ts": source, "nul.ts": source, "cr.ts": source, "long.ts": source },
    (root) => {
      writeTree(root, {
        ".gitattributes": "* -diff binary\n*.ts diff=hidden\n",
        "a.ts": `${source}const c = 3;\n`,
        "nul.ts": `${source}const c = 3; // \0\n`,
        "cr.ts": `${source}const c = 3;\rconst d = 4;\n`,
        "long.ts": `${source}${"const c = 3;\n".repeat(10_000)}`,
        "crlf.ts": "const a = 1;\r\n",
      });
      git(root, "config", "diff.hidden.textconv", "true");
    },
  );
  expect(files.get("a.ts")?.ranges).toEqual([{ from: 3, to: 3 }]);
  expect(files.get("crlf.ts")?.ranges).toEqual([{ from: 1, to: 1 }]);
  for (const name of ["nul.ts", "cr.ts", "long.ts"])
    expect([name, files.get(name)?.ranges]).toEqual([name, everyLine]);
});

test("two files that changed alike have the same lines each", async () => {
  const { files } = await linesOf({ "a.txt": "one\n", "b.txt": "one\n" }, (root) =>
    writeTree(root, { "a.txt": "one\ntwo\n", "b.txt": "one\ntwo\n" }),
  );
  for (const name of ["a.txt", "b.txt"]) expect(files.get(name)?.ranges).toEqual([{ from: 2, to: 2 }]);
});

test("links, submodules and modes have no lines, and a link that became a file is a new file", async () => {
  const { files, deleted } = await linesOf(
    { "a.txt": "one\n", "mode.txt": "x\n", "was-file": "a.txt" },
    (root) => {
      symlinkSync("a.txt", join(root, "link"));
      rmSync(join(root, "was-file"));
      symlinkSync("a.txt", join(root, "was-file"));
      git(root, "update-index", "--chmod=+x", "mode.txt");
      git(root, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},module`);
      git(root, "config", "core.fileMode", "false");
      mkdirSync(join(root, "module"));
    },
  );
  expect([...files.keys()]).toEqual(["mode.txt"]);
  expect([files.get("mode.txt")?.ranges, [...deleted]]).toEqual([[], []]);

  const { root, world, repository } = await openUser({ "a.txt": "one\n" });
  symlinkSync("a.txt", join(root, "b"));
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "-m", "Link");
  const base = git(root, "rev-parse", "HEAD").trim();
  rmSync(join(root, "b"));
  writeFileSync(join(root, "b"), "a.txt\ntwo\n");
  git(root, "commit", "--quiet", "-am", "File");
  const changed = await readChangedLines(world, repository, base, "HEAD^{tree}", limits).catch(() => null);
  const head = git(root, "rev-parse", "HEAD^{tree}").trim();
  const byTree = await readChangedLines(world, repository, base, head, limits);
  expect(changed).toBeNull();
  expect(byTree.measured && byTree.value.files.get("b")).toEqual({
    oldPath: null,
    ranges: [{ from: 1, to: 2 }],
  });
});

test("more bytes than may be compared are not measured, and what was deleted is not among them", async () => {
  const large = numbered(5000);
  const files = { "a.txt": large, "b.txt": large, "gone.txt": numbered(5000, " gone") };
  const change = (root: string) => {
    writeTree(root, { "a.txt": `${large}more\n`, "b.txt": `${large}more\n` });
    rmSync(join(root, "gone.txt"));
  };
  const bytes = 4 * large.length + 10;
  expect((await changeOf(files, change, { ...limits, bytes })).measured).toBe(true);
  expect(await changeOf(files, change, { ...limits, bytes: bytes - 1 })).toEqual({
    measured: false,
    why: `more than ${bytes - 1} bytes of files would have to be compared`,
  });
});

test("names that are no UTF-8 spoil nothing of the others", async () => {
  const { root, base, world, repository } = await openUser();
  const head = importFiles(root, [
    { path: Buffer.from([0x62, 0xff, 0x62]), content: "x\n" },
    { path: Buffer.from([0x62, 0xfe, 0x62]), content: "y\nz\n" },
    { path: "a.txt", content: "one\ntwo\n" },
  ]);
  const changed = await readChangedLines(world, repository, base, head, limits);
  expect(changed.measured && changed.value.files.get("a.txt")?.ranges).toEqual([{ from: 2, to: 2 }]);
});
