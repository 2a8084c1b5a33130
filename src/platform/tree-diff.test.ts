import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, git, temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { createWorld } from "../../test/harness/workspaces.ts";
import { diffTrees, measureDiff } from "./tree-diff.ts";

/** Two commits: of `before`, and of what `change` makes of it. */
function commitBoth(before: Readonly<Record<string, string>>, change: (root: string) => void) {
  const root = join(temporaryFolder(), "repo");
  const from = createRepository(root, before);
  change(root);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "-m", "Change");
  // As ours is: what lies in a checkout or an index says nothing.
  const gitDir = `${root}.git`;
  git(root, "clone", "--quiet", "--bare", root, gitDir);
  return { repository: { gitDir }, from, to: git(root, "rev-parse", "HEAD").trim() };
}

test("a difference is told with the lines of each text, and without those of folders and of what is no text", async () => {
  const { repository, from, to } = commitBoth(
    { "a.txt": "1\n2\n3\n", "b/c.txt": "x\n", d: "d\n" },
    (root) => {
      writeTree(root, {
        "a.txt": "1\nzwei\n3\n4\n",
        "new/:1\t2\tx": "n\n",
        bytes: "\0\n",
        ".gitattributes": "* binary\n",
      });
      rmSync(join(root, "d"));
      writeTree(root, { "d/e": "e\n" });
      rmSync(join(root, "b"), { recursive: true });
    },
  );
  const { differences, lines } = await measureDiff(createWorld(), repository, from, to);
  expect(differences).toEqual(await diffTrees(createWorld(), repository, from, to));
  expect(differences.map(({ path, status }) => [path, status, lines.get(path)])).toEqual([
    [".gitattributes", "added", { added: 1, removed: 0 }],
    ["a.txt", "modified", { added: 2, removed: 1 }],
    ["b/c.txt", "deleted", { added: 0, removed: 1 }],
    ["bytes", "added", undefined],
    ["d", "deleted", { added: 0, removed: 1 }],
    ["d/e", "added", { added: 1, removed: 0 }],
    ["new/:1\t2\tx", "added", { added: 1, removed: 0 }],
  ]);
});

test("the objects of a difference are all that git would have to send beside the root, what was moved excepted", async () => {
  const { repository, from, to } = commitBoth(
    { "a.txt": "a\n", "src/deep/b.txt": "b\n", "src/c.txt": "c\n", "moved/d.txt": "d\n" },
    (folder) => {
      writeFileSync(join(folder, "src/deep/b.txt"), "other\n");
      writeTree(folder, { "new/er/f.txt": "f\n" });
      renameSync(join(folder, "moved"), join(folder, "there"));
      rmSync(join(folder, "src/c.txt"));
    },
  );
  const { objects } = await measureDiff(createWorld(), repository, from, to);
  const sent = git(repository.gitDir, "rev-list", "--objects", "--no-object-names", to, `^${from}`)
    .trimEnd()
    .split("\n");
  const roots = [to, git(repository.gitDir, "rev-parse", `${to}^{tree}`).trim()];
  expect([...objects].sort()).toEqual(sent.filter((object) => !roots.includes(object)).sort());
});
