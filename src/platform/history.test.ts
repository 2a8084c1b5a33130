import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { evidenceSource } from "../../test/harness/evidence-source.ts";
import { writeHistory } from "../../test/harness/fast-import.ts";
import { git, importFiles, temporaryFolder } from "../../test/harness/temp.ts";
import { createGit } from "./git.ts";
import { type HistoryCommit, readHistory, readTree } from "./history.ts";
import { findIgnored } from "./ignored.ts";

const world = createGit({ path: process.env["PATH"] ?? "", safeDirectories: [] });

async function read(root: string, commit = "main", isPartial = false): Promise<HistoryCommit[]> {
  const repository = { git: world, gitDir: join(root, ".git") };
  return Array.fromAsync(readHistory(repository, commit, { isPartial }));
}
const at = "2026-01-01T00:00:00.000Z";

describe("a history", () => {
  test("is told from its first commit on, with names of every kind", async () => {
    const root = temporaryFolder();
    git(root, "init", "--quiet");
    const names = [
      "two\nlines",
      "tab\there",
      ":100644 100644",
      '"quoted"',
      "é",
      "0".repeat(40),
      " space ",
      "-x",
    ];
    importFiles(
      root,
      names.map((path) => ({ path, content: path })),
    );
    const [first, ...rest] = await read(root);
    expect(rest).toEqual([]);
    expect(first?.changes.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual(
      names.map((path) => `added ${path}`).sort(),
    );
    const listed = await Array.fromAsync(readTree({ git: world, gitDir: join(root, ".git") }, "main"));
    expect(listed.map(({ path }) => path).sort()).toEqual(names.toSorted());
  });

  test("tells what moved, with and without a change to it, and in a partial clone only the latter", async () => {
    const root = temporaryFolder();
    const text = "a line of text\n".repeat(20);
    writeHistory(root, [
      { name: "one", at, files: { same: text, edited: `${text}1\n` } },
      { name: "two", at, files: { same: null, edited: null, "new/same": text, "new/edited": `${text}2\n` } },
    ]);
    const moves = (commits: HistoryCommit[]) =>
      commits[1]?.changes.map(({ kind, from, path }) => `${kind} ${from ?? ""} ${path}`).sort();
    expect(moves(await read(root))).toEqual(["moved edited new/edited", "moved same new/same"]);
    expect(moves(await read(root, "main", true))).toEqual([
      "added  new/edited",
      "deleted  edited",
      "moved same new/same",
    ]);
  });

  test("tells of a merge only what is as in none of its parents", async () => {
    const root = temporaryFolder();
    writeHistory(root, [
      { name: "base", at, files: { a: "1", b: "1", c: "1" } },
      { name: "left", at, files: { a: "left", both: "left" } },
      { name: "right", at, parents: ["base"], files: { b: "right", both: "right" } },
      {
        name: "merge",
        at,
        parents: ["left", "right"],
        files: { b: "right", both: "merged", evil: "new", c: null },
      },
    ]);
    const merge = (await read(root)).at(-1);
    expect(merge?.parents).toHaveLength(2);
    expect(merge?.changes.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      "added evil",
      "deleted c",
      "modified both",
    ]);
  });

  test("tells whose work a commit is, of several where they were squashed, and of none where text only looks like it", async () => {
    const root = temporaryFolder();
    const signed = (run: string, phase: string) => `Autopack-Run: ${run}\nAutopack-Phase: ${phase}\n`;
    const message = (text: string) => ({ message: `Subject\n\n${text}` });
    writeHistory(root, [
      { name: "one", at, files: { a: "1" }, ...message(signed("r", "p")) },
      { name: "two", at, files: { a: "2" }, ...message(signed("r", "p") + signed("s", "q")) },
      { name: "three", at, files: { a: "3" }, ...message(`${signed("r", "p")}\nbut not at the end\n`) },
      { name: "four", at, files: {} },
    ]);
    expect((await read(root)).map(({ runs, phases }) => [...runs, "/", ...phases].join(" "))).toEqual([
      "r / p",
      "r s / p q",
      "/",
      "/",
    ]);
  });

  test("of objects named by SHA-256 is read as well", async () => {
    const root = temporaryFolder();
    git(root, "init", "--quiet", "--object-format=sha256");
    importFiles(root, [{ path: "a", content: "1" }]);
    const [commit] = await read(root);
    expect(commit?.commit).toHaveLength(64);
    expect(commit?.changes[0]).toMatchObject({ path: "a", kind: "added" });
  });

  test("may be left before its end, and one that is not there is a fault", async () => {
    const root = temporaryFolder();
    writeHistory(
      root,
      Array.from({ length: 50 }, (_, index) => ({ name: `${index}`, at, files: { a: `${index}` } })),
    );
    const repository = { git: world, gitDir: join(root, ".git") };
    for await (const commit of readHistory(repository, "main", { isPartial: false })) {
      expect(commit.changes).toHaveLength(1);
      break;
    }
    await expect(read(root, "nothing")).rejects.toMatchObject({ code: "git-failed" });
  });
});

test("what git ignores is asked of git, and nothing is written outside of the folder for it", async () => {
  const root = temporaryFolder();
  writeHistory(root, [
    { name: "one", at, files: { ".gitignore": "*.log\n", "sub/.gitignore": "!keep.log\n/out\n" } },
  ]);
  const source = evidenceSource(join(root, ".git"), root);
  const ignores = await Array.fromAsync(readTree(source, "main"));
  const blob = ignores[0]?.blob ?? "";
  const hostile = ["../escaped/.gitignore", ".git/.gitignore", "/etc/none/.gitignore"].map((path) => ({
    path,
    blob,
    mode: "100644",
  }));
  const paths = ["a.log", "sub/keep.log", "sub/out/x", "out/x", "a.txt"];
  const found = await findIgnored(source, [...ignores, ...hostile], paths, root);
  expect([...found].sort()).toEqual(["a.log", "sub/out/x"]);
  expect(existsSync(join(root, "escaped"))).toBe(false);
});
