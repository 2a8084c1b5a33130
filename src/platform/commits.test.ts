import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { git, userGitEnv } from "../../test/harness/temp.ts";
import { openUser } from "../../test/harness/workspaces.ts";
import { createCommit, readCommit } from "./commits.ts";

const at = "2026-03-04T05:06:07.890Z";

test("a commit is the one that git itself makes of the same tree, parent, words and person", async () => {
  const { root, base, world, repository } = await openUser();
  const { gitDir } = repository;
  const tree = git(root, "rev-parse", `${base}^{tree}`).trim();
  const byGit = (name: string, email: string, input: string) => {
    const people = ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, name],
      [`GIT_${role}_EMAIL`, email],
      [`GIT_${role}_DATE`, at],
    ]);
    const env = { ...userGitEnv(), ...Object.fromEntries(people) };
    const args = ["commit-tree", tree, "-p", base, "-F", "-"];
    return execFileSync("git", args, { cwd: gitDir, env, input, encoding: "utf8" }).trim();
  };
  // A point at either end of a name is left out by older versions of git, and kept by newer ones.
  const unit = fc.constantFrom(..."aé漢 \t\n<>,;:'\"\\-", "😀");
  const text = fc.string({ unit, maxLength: 12 });
  const name = fc.tuple(text, text).map((parts) => parts.join("N"));
  await fc.assert(
    fc.asyncProperty(name, text, text, async (name, email, message) => {
      const by = { ...repository, identity: { name, email } };
      const made = await createCommit(world, by, { tree, parent: base, message, at });
      expect(git(gitDir, "cat-file", "commit", made)).toMatch(/^committer .*> 1772600767 \+0000$/m);
      expect(made).toBe(byGit(name, email, message));
    }),
    { numRuns: 25 },
  );
});

test("a name of nothing that git would keep is replaced, where git would make no commit", async () => {
  const { root, base, world, repository } = await openUser();
  const by = { ...repository, identity: { name: "<> ", email: "a@example.com" } };
  const tree = git(root, "rev-parse", `${base}^{tree}`).trim();
  const made = await createCommit(world, by, { tree, parent: base, message: "x\n", at });
  expect(git(repository.gitDir, "log", "-1", "--format=%an <%ae>", made).trim()).toBe(
    "Autopack <a@example.com>",
  );
});

test("a commit is read with its tree and all its parents; what is no commit is none", async () => {
  const { root, base, world, repository } = await openUser();
  git(root, "checkout", "--quiet", "-b", "side");
  git(root, "commit", "--quiet", "--allow-empty", "-m", "parent of nobody");
  git(root, "checkout", "--quiet", "main");
  git(root, "merge", "--quiet", "--no-ff", "-m", "Merge", "side");
  const [merge = "", side = "", tree = ""] = git(root, "rev-parse", "main", "side", "main^{tree}").split(
    "\n",
  );
  expect(await readCommit(world, repository, merge)).toEqual({ tree, parents: [base, side] });
  for (const none of [tree, "0".repeat(40), "no such", ""])
    expect(await readCommit(world, repository, none)).toBeUndefined();
});
