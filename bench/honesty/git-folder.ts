import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { userGitEnv } from "../../test/harness/temp.ts";

/** The commits that some ref of a git folder leads to, each once; none where there is no such folder. */
export function tipsOf(gitDir: string): string[] {
  const listed = spawnSync(
    "git",
    ["--git-dir", gitDir, "for-each-ref", "--format=%(objecttype) %(objectname)"],
    {
      env: userGitEnv(),
      encoding: "utf8",
    },
  );
  if (listed.status !== 0) return [];
  const rows = listed.stdout.split("\n").filter((row) => row.startsWith("commit "));
  return [...new Set(rows.map((row) => row.slice("commit ".length)))];
}

/** Lays the files of a commit into a new folder; false where the git folder does not have it. */
export function layOut(gitDir: string, commit: string, folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  const archive = spawnSync("git", ["--git-dir", gitDir, "archive", "--format=tar", commit], {
    env: userGitEnv(),
    maxBuffer: 1 << 28,
  });
  if (archive.status !== 0) return false;
  // Quiet about times in the future: some scenarios set the clock.
  execFileSync("tar", ["-x", "-m", "-C", folder], { input: archive.stdout });
  return true;
}
