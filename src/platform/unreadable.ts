import { chmod, constants, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";

const refusals = new Set(["EACCES", "EPERM", "EBUSY", "ENOTEMPTY", "ENAMETOOLONG"]);

/** Whether the file system refused us something: by permission, use by others, or the length of the path. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && (("code" in error && refusals.has(String(error.code))) || isRefusal(error.cause));

/**
 * Gives back to the owner the right to read every file and folder below `root`, which a builder may have taken.
 * Returns what still cannot be read (another user's, or too deep), by path below `root`. Git folders are left alone.
 */
export async function openUp(root: string, path = ""): Promise<string[]> {
  const closed: string[] = [];
  if (path === "") await makeReadable(root, true);
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile()) continue;
    try {
      await makeReadable(join(root, below), isFolder);
      if (isFolder) closed.push(...(await openUp(root, below)));
    } catch (error) {
      // A name that is no UTF-8 leads nowhere as text; git lists it, and it is refused for that.
      if (entry.name.includes("\ufffd")) continue;
      if (!isRefusal(error)) throw error;
      closed.push(below);
    }
  }
  return closed;
}

async function makeReadable(path: string, isFolder: boolean): Promise<void> {
  const needed = isFolder ? 0o700 : 0o400;
  const { mode } = await lstat(path);
  if ((mode & needed) !== needed) await chmod(path, (mode & 0o7777) | needed);
  // The permissions of the owner are not all: whose file it is, and access lists, count too.
  if (!isFolder) await (await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)).close();
}
