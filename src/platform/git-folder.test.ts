import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../../test/harness/temp.ts";
import { openUser } from "../../test/harness/workspaces.ts";
import { keepsFiles } from "./git-folder.ts";
import { createWorkspace } from "./workspace.ts";

test("what the file system does to files is what git found out when it made the repository", async () => {
  const { world, repository, place, base } = await openUser();
  const { tree } = await createWorkspace(world, repository, place, base);
  const isOn = (key: string, otherwise: string) =>
    git(tree, "config", "--type=bool", "--default", otherwise, key).trim() === "true";
  const folds = isOn("core.ignorecase", "false") || isOn("core.precomposeunicode", "false");
  const keepsKinds = isOn("core.filemode", "true") && isOn("core.symlinks", "true");
  expect(await keepsFiles(world, tree)).toBe(!folds && keepsKinds);
});

test.each(["ignorecase = true", "symlinks = false", "precomposeunicode = true"])(
  "a file system of which git says `%s` may give back something else",
  async (line) => {
    const { world, repository, place, base } = await openUser();
    const { tree } = await createWorkspace(world, repository, place, base);
    appendFileSync(join(tree, ".git/config"), `[core]\n\t${line}\n`);
    expect(await keepsFiles(world, tree)).toBe(false);
  },
);
