import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { git, userGitEnv } from "./temp.ts";

/** What one commit does to a path: a text, a program, a link, a submodule's commit, the path that it is moved from, or null: gone. */
export type Written =
  | string
  | { readonly link: string }
  | { readonly executable: string }
  | { readonly commit: string }
  | { readonly from: string }
  | null;

export interface WrittenCommit {
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  /** Names of commits; left out: the one before it in the list. */
  readonly parents?: readonly string[];
  readonly message?: string;
  readonly files: Readonly<Record<string, Written>>;
}

/**
 * A repository whose history is written by `git fast-import`: the same commits get the same hashes. The last one is what
 * `main` is at. Returns the hashes by name.
 */
export function writeHistory(root: string, commits: readonly WrittenCommit[]): Record<string, string> {
  mkdirSync(root, { recursive: true });
  git(root, "init", "--quiet");
  const marks = new Map(commits.map(({ name }, index) => [name, index + 1]));
  const text = commits.map((commit, index) => {
    const parents = commit.parents ?? (index === 0 ? [] : [commits[index - 1]?.name ?? ""]);
    const message = commit.message ?? `${commit.name}\n`;
    const seconds = Date.parse(commit.at) / 1000;
    return [
      `${index === 0 || parents.length > 0 ? "" : "reset refs/heads/main\n"}commit refs/heads/main\nmark :${index + 1}\n`,
      `committer User <user@example.com> ${seconds} +0000\ndata ${Buffer.byteLength(message)}\n${message}\n`,
      ...parents.map((name, at) => `${at === 0 ? "from" : "merge"} :${marks.get(name)}\n`),
      ...Object.entries(commit.files).map(([path, written]) => lineOf(path, written)),
    ].join("");
  });
  execFileSync("git", ["fast-import", "--quiet", "--force", "--export-marks=.git/marks"], {
    cwd: root,
    env: userGitEnv(),
    input: text.join(""),
    maxBuffer: 1 << 30,
  });
  return readMarks(root, [...marks.keys()]);
}

function lineOf(path: string, written: Written): string {
  if (written === null) return `D ${path}\n`;
  if (typeof written === "string") return modify("100644", path, written);
  if ("executable" in written) return modify("100755", path, written.executable);
  if ("link" in written) return modify("120000", path, written.link);
  if ("from" in written) return `R ${written.from} ${path}\n`;
  return `M 160000 ${written.commit} ${path}\n`;
}

const modify = (mode: string, path: string, content: string): string =>
  `M ${mode} inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;

function readMarks(root: string, names: readonly string[]): Record<string, string> {
  const lines = readFileSync(join(root, ".git/marks"), "utf8").trim().split("\n");
  const byMark = new Map(lines.map((line) => line.split(" ") as [string, string]));
  return Object.fromEntries(names.map((name, index) => [name, byMark.get(`:${index + 1}`) ?? ""]));
}
