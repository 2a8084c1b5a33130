import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, git } from "../../test/harness/temp.ts";
import { createGit } from "./git.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-objects-")));
const repo = join(root, "repo");
const gitDir = join(repo, ".git");
const path = process.env["PATH"] ?? "";
const texts: Readonly<Record<string, string>> = {
  "a.txt": "a\n",
  empty: "",
  "large.txt": "a line of a large file\n".repeat(50_000),
  "two\nlines 12": "x",
};
let tree = "";
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(() => {
  createRepository(repo, texts);
  tree = git(repo, "rev-parse", "HEAD^{tree}").trim();
});

describe("what is asked about objects", () => {
  const reader = createGit({ path, safeDirectories: [] });

  test("is answered to whom asked, however many do at once and whatever the names are", async () => {
    const names = [...Object.keys(texts), "none", "no\nsuch 12"];
    const asked = Array.from({ length: 40 }, (_, index) => names[index % names.length] ?? "");
    const [sizes, contents] = await Promise.all([
      Promise.all(asked.map((name) => reader.sizeOf(gitDir, `${tree}:${name}`))),
      Promise.all(asked.map((name) => reader.read(gitDir, `${tree}:${name}`))),
    ]);
    expect(sizes).toEqual(asked.map((name) => texts[name]?.length ?? null));
    expect(contents.map((content) => content?.toString() ?? null)).toEqual(
      asked.map((name) => texts[name] ?? null),
    );
  });

  test("is answered for objects that were made since", async () => {
    await reader.sizeOf(gitDir, tree);
    writeFileSync(join(repo, "later.txt"), "later\n");
    const later = git(repo, "hash-object", "-w", "later.txt").trim();
    expect(await reader.sizeOf(gitDir, later)).toBe(6);
  });
});

describe("a ref", () => {
  const mover = createGit({ path, safeDirectories: [] });
  const ref = "refs/autopack/test";
  const now = () => git(repo, "for-each-ref", "--format=%(objectname)", ref).trim();

  test("is moved from where it is expected alone, and one refusal is nothing to those who come after", async () => {
    const one = git(repo, "rev-parse", "HEAD").trim();
    const two = git(repo, "commit-tree", tree, "-p", one, "-m", "Two").trim();
    const moves = await Promise.allSettled([
      mover.moveRef(gitDir, { ref, to: one }),
      mover.moveRef(gitDir, { ref, to: two, from: two }),
      mover.moveRef(gitDir, { ref, to: two, from: one }),
      mover.moveRef(gitDir, { ref: "refs/autopack/other", to: "0123", from: one }),
      mover.moveRef(gitDir, { ref: "refs/autopack/other", to: one }),
    ]);
    expect(moves.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, false, true]);
    expect(moves[1]).toMatchObject({
      reason: { code: "git-failed", message: expect.stringMatching(/but expected/) },
    });
    expect(now()).toBe(two);
  });

  test("that leads to another is replaced, and the other one stays where it is", async () => {
    const head = git(repo, "rev-parse", "main").trim();
    const other = git(repo, "commit-tree", tree, "-m", "Other").trim();
    git(repo, "symbolic-ref", "refs/autopack/link", "refs/heads/main");
    await mover.moveRef(gitDir, { ref: "refs/autopack/link", to: other });
    expect(git(repo, "rev-parse", "main", "refs/autopack/link").split("\n")).toEqual([head, other, ""]);
  });
});

test("a git that ends before it answers fails the questions, and the next one is asked anew", async () => {
  const bin = join(root, "bin");
  mkdirSync(bin);
  const script = `#!/bin/sh
if mkdir '${root}/once' 2>/dev/null; then echo out of order >&2; exit 3; fi
PATH='${path}' exec git "$@"
`;
  writeFileSync(join(bin, "git"), script);
  chmodSync(join(bin, "git"), 0o755);
  const reader = createGit({ path: `${bin}:${path}`, safeDirectories: [] });
  const both = await Promise.allSettled([reader.sizeOf(gitDir, tree), reader.read(gitDir, tree)]);
  for (const one of both) {
    expect(one.status).toBe("rejected");
    expect(one).toMatchObject({
      reason: { code: "git-failed", message: expect.stringContaining("out of order") },
    });
  }
  expect(await reader.read(gitDir, `${tree}:a.txt`)).toEqual(Buffer.from("a\n"));
});

test("without a git to run, that is what is told", async () => {
  const reader = createGit({ path: join(root, "nowhere"), safeDirectories: [] });
  await expect(reader.sizeOf(gitDir, tree)).rejects.toMatchObject({ code: "git-missing" });
});
