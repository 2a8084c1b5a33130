import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary folder that goes when the suite ends. */
export const temporaryFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "autopack-test-")));

/** Plain git as a user would run it, with an identity and no configuration of the machine's. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd,
    env: userGitEnv(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export const userGitEnv = (): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "User",
  GIT_AUTHOR_EMAIL: "user@example.com",
  GIT_COMMITTER_NAME: "User",
  GIT_COMMITTER_EMAIL: "user@example.com",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "init.defaultBranch",
  GIT_CONFIG_VALUE_0: "main",
});

export function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** A repository with one commit of `files` on `main`. */
export function createRepository(root: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(root, { recursive: true });
  git(root, "init", "--quiet");
  writeTree(root, files);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--allow-empty", "-m", "Start");
  return git(root, "rev-parse", "HEAD").trim();
}

interface ImportedFile {
  readonly path: string | Buffer;
  readonly content: string;
}

/** Commits files that no checkout needs to hold, quickly: `git fast-import` writes the objects alone. */
export function importFiles(root: string, blobs: readonly ImportedFile[]): string {
  const quoted = (path: string | Buffer) =>
    `"${[...Buffer.from(path)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`;
  const from = git(root, "for-each-ref", "--format=%(refname)", "refs/heads/main").trim();
  const text = [
    "commit refs/heads/main\ncommitter User <user@example.com> 1700000000 +0000\ndata 6\nImport\n",
    ...(from ? ["from refs/heads/main^0\n"] : []),
    ...blobs.map(
      ({ path, content }) =>
        `M 100644 inline ${quoted(path)}\ndata ${Buffer.byteLength(content)}\n${content}\n`,
    ),
  ].join("");
  execFileSync("git", ["fast-import", "--quiet"], { cwd: root, env: userGitEnv(), input: text });
  return git(root, "rev-parse", "main").trim();
}
