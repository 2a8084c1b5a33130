import { createFiles } from "../../src/platform/files.ts";
import { createGit } from "../../src/platform/git.ts";

export const evidenceLimits = { fileBytes: 1_000_000, treeBytes: 100_000_000, events: 1_000_000 };

/** What evidence is gathered from, as the program has it. */
export const evidenceSource = (gitDir: string, scratch: string) => ({
  git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [] }),
  files: createFiles(),
  gitDir,
  scratch,
});
