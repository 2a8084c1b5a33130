import { execFileSync } from "node:child_process";
import { chownSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, git, temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { createGit, readUserGitConfig } from "./git.ts";
import { openRepository } from "./repository.ts";

const path = process.env["PATH"] ?? "";
const isRoot = process.getuid?.() === 0;

test("the user is who their own configuration says, and no repository declares itself safe", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "repo");
  createRepository(root, { "a.txt": "a\n" });
  writeTree(folder, {
    "home/.gitconfig":
      "[user]\n\tname = Home\n\temail = home@example.com\n[safe]\n\tdirectory = /one\n\tdirectory = ~/two\n",
    "xdg/git/config": "[user]\n\tname = Ada of XDG\n[safe]\n\tdirectory =\n\tdirectory = /three words\n",
  });
  git(root, "config", "user.email", "here@example.com");
  git(root, "config", "safe.directory", "*");
  const home = join(folder, "home");
  expect(await readUserGitConfig({ path, home, all: {} }, root)).toEqual({
    name: "Home",
    email: "here@example.com",
    safeDirectories: ["/one", join(home, "two")],
  });
  const all = { XDG_CONFIG_HOME: join(folder, "xdg"), GIT_DIR: "/nowhere" };
  expect(await readUserGitConfig({ path, home: join(folder, "none"), all }, root)).toEqual({
    name: "Ada of XDG",
    email: "here@example.com",
    safeDirectories: ["", "/three words"],
  });
});

test.runIf(isRoot)(
  "another user's repository is refused until it is declared safe (needs root)",
  async () => {
    const folder = temporaryFolder();
    const root = join(folder, "repo");
    createRepository(root, { "a.txt": "a\n" });
    execFileSync("chown", ["-R", "65534:65534", root]);
    chownSync(folder, 65_534, 65_534);
    const open = (...safeDirectories: string[]) => openRepository(createGit({ path, safeDirectories }), root);
    await expect(open()).rejects.toMatchObject({ code: "repository-not-safe" });
    await expect(open(root, "")).rejects.toMatchObject({ code: "repository-not-safe" });
    expect((await open(root)).root).toBe(root);
  },
);
