import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

interface CommitText {
  readonly tree: string;
  readonly parent: string;
  readonly message: string;
  /** When it was made, as ISO 8601 with `Z`. */
  readonly at: string;
}

/**
 * A commit object as `git commit-tree` makes it, written without a process. The same arguments give the same commit.
 * No ref is moved.
 */
export async function createCommit(
  { files }: Pick<Platform, "files">,
  { gitDir, user, identity }: PrivateRepository,
  { tree, parent, message, at }: CommitText,
): Promise<string> {
  if (message.includes("\0")) throw new TypeError("the message of a commit holds no NUL");
  const seconds = Math.max(0, Math.floor(Date.parse(at) / 1000));
  const who = `${withoutCrud(identity.name) || "Autopack"} <${withoutCrud(identity.email)}> ${seconds} +0000`;
  const lines = [`tree ${tree}`, `parent ${parent}`, `author ${who}`, `committer ${who}`, "", message];
  const content = Buffer.from(lines.join("\n"));
  const object = Buffer.concat([Buffer.from(`commit ${content.length}\0`), content]);
  const name = createHash(user.objectFormat).update(object).digest("hex");
  const path = join(gitDir, "objects", name.slice(0, 2), name.slice(2));
  await files.write(path, await promisify(deflate)(object));
  return name;
}

/** What git leaves out of a name or an address: it would end it, or says nothing at either end. */
function withoutCrud(text: string): string {
  const isCrud = (at: number) => text.charCodeAt(at) <= 0x20 || ",:;<>\"\\'".includes(text.charAt(at));
  let [from, to] = [0, text.length];
  while (from < to && isCrud(from)) from += 1;
  while (from < to && isCrud(to - 1)) to -= 1;
  return text.slice(from, to).replace(/[\n<>]/g, "");
}

/** The tree and parents of a commit; undefined when there is no such commit. */
export async function readCommit(
  { git }: Pick<Platform, "git">,
  { gitDir }: Pick<PrivateRepository, "gitDir">,
  commit: string,
): Promise<{ readonly tree: string; readonly parents: readonly string[] } | undefined> {
  const text = (await git.read(gitDir, `${commit}^{commit}`))?.toString("latin1");
  const [, tree, parents = ""] = /^tree (\w+)\n((?:parent \w+\n)*)/.exec(text ?? "") ?? [];
  if (tree === undefined) return undefined;
  return { tree, parents: [...parents.matchAll(/^parent (\w+)$/gm)].map(([, parent = ""]) => parent) };
}
