import { join } from "node:path";
import { createClock } from "../../src/platform/clock.ts";
import { createFiles } from "../../src/platform/files.ts";
import { createGit } from "../../src/platform/git.ts";
import type { Platform } from "../../src/platform/ports.ts";
import { openPrivateRepository } from "../../src/platform/private-repository.ts";
import { openRepository } from "../../src/platform/repository.ts";
import { readChange, type Workspace } from "../../src/platform/workspace.ts";
import { createRepository, temporaryFolder } from "./temp.ts";

/** Git and files as the program has them; workspaces are made and read by these alone. */
export const createWorld = (): Platform => ({
  git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [] }),
  files: createFiles(),
  clock: createClock(),
  processes: undefined as never,
});

/** The private repository of the one around `root`, and a place for a workspace in `workspaces`. */
export async function openWorkspaces(root: string, workspaces: string) {
  const world = createWorld();
  const user = await openRepository(world.git, root);
  const repository = await openPrivateRepository(world, user, { name: "User", email: "user@example.com" });
  const place = { root: workspaces, runId: "r1", name: "p.1.build", fence: 1 };
  const read = (workspace: Workspace, fileBytes = 1_000_000) =>
    readChange(
      world,
      repository,
      workspace,
      { changeFiles: 1000, changeBytes: 50_000_000, fileBytes },
      { ref: "refs/autopack/test", message: "x\n", at: "2026-01-01T00:00:00.000Z" },
    );
  return { world, user, repository, place, read };
}

/** A user's repository with one commit, and workspaces beside it, in a folder that goes when the test ends. */
export async function openUser(files: Readonly<Record<string, string>> = { "a.txt": "one\n" }) {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  const base = createRepository(root, files);
  return { folder, root, base, ...(await openWorkspaces(root, join(folder, "workspaces"))) };
}
