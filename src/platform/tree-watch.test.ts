import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/harness/temp.ts";
import { watchTree } from "./tree-watch.ts";

function createTree(entries = 1000) {
  const root = temporaryFolder();
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/a.ts"), "a\n");
  writeFileSync(join(root, "other.txt"), "other\n");
  const watch = watchTree(root, { entries, isEdit: (path) => path.startsWith("src/") });
  return { root, watch, write: (path: string, text: string) => writeFileSync(join(root, path), text) };
}

test("tells what was written since the last look, and whether the contents came again", async () => {
  const { watch, write, root } = createTree();
  const base = await watch.look();
  expect(await watch.look()).toEqual({ touched: false, edited: false, contents: base.contents });
  write("src/a.ts", "b\n");
  const edited = await watch.look();
  expect(edited).toMatchObject({ touched: true, edited: true });
  expect(edited.contents).not.toBe(base.contents);
  write("src/a.ts", "b\n");
  expect(await watch.look()).toEqual({ touched: true, edited: true, contents: edited.contents });
  utimesSync(join(root, "src/a.ts"), 1, 1);
  expect(await watch.look()).toMatchObject({ touched: true });
  write("other.txt", "another\n");
  expect(await watch.look()).toEqual({ touched: true, edited: false, contents: edited.contents });
  rmSync(join(root, "src"), { recursive: true });
  const gone = await watch.look();
  expect(gone).toMatchObject({ touched: true, edited: true });
  expect(new Set([base.contents, edited.contents, gone.contents]).size).toBe(3);
});

test("passes over what belongs to git and to node's packages", async () => {
  const { watch, write, root } = createTree();
  for (const folder of [".git", "node_modules", "src/node_modules"]) mkdirSync(join(root, folder));
  await watch.look();
  for (const folder of [".git", "node_modules", "src/node_modules"]) write(`${folder}/x`, "x");
  expect(await watch.look()).toMatchObject({ touched: false });
});

test("follows no link, waits for no FIFO, and reads no more of a file than it may", async () => {
  const { watch, write, root } = createTree();
  await watch.look();
  const outside = temporaryFolder();
  symlinkSync(outside, join(root, "src/link"));
  symlinkSync(root, join(root, "src/circle"));
  symlinkSync("/dev/zero", join(root, "src/endless"));
  execFileSync("mkfifo", [join(root, "src/fifo")]);
  write("src/huge", "");
  truncateSync(join(root, "src/huge"), 1e12);
  const seen = await watch.look();
  expect(seen).toMatchObject({ touched: true, edited: true });
  writeFileSync(join(outside, "x"), "x");
  expect(await watch.look()).toEqual({ touched: false, edited: false, contents: seen.contents });
  write("src/huge", "small now\n");
  expect((await watch.look()).contents).not.toBe(seen.contents);
});

test("cannot tell of more entries than it may look at, nor of more edits than it reads", async () => {
  const small = createTree(3);
  await small.watch.look();
  small.write("one-more", "");
  expect(await small.watch.look()).toEqual({ touched: true, edited: true, contents: null });
  rmSync(join(small.root, "one-more"));
  expect(await small.watch.look()).toMatchObject({ touched: true });
  expect(await small.watch.look()).toMatchObject({ touched: false });

  const large = createTree();
  await large.watch.look();
  for (let index = 0; index < 201; index++) large.write(`src/${index}`, "x");
  expect(await large.watch.look()).toMatchObject({ touched: true, contents: null });
});

test("looks at what is there while folders come and go", async () => {
  const { watch, root } = createTree();
  await watch.look();
  rmSync(root, { recursive: true });
  expect(await watch.look()).toMatchObject({ touched: true, edited: true });
  expect(await watch.look()).toMatchObject({ touched: false });
});
