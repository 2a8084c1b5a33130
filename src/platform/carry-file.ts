import { createWriteStream } from "node:fs";
import { lstat, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { err, ok, type Result } from "../domain/result.ts";
import { findDetour } from "./detour.ts";
import { openPlainFile } from "./plain-file.ts";
import type { Files } from "./ports.ts";

/**
 * Copies a file of the checkout to the same place in a workspace, by whole bytes, with its permissions. The error is
 * the end of a sentence that begins with the path. No link is followed on either side: one in the checkout could have
 * been put there to have another file read, and one in the workspace leads out of it.
 */
export async function carryFile(
  files: Pick<Files, "stat">,
  from: string,
  path: string,
  to: string,
): Promise<Result<void, string>> {
  const target = join(to, path);
  if ((await findDetour(files, to, path)) || (await files.stat(target))?.kind === "directory")
    return err("cannot be copied: a link, a file or a folder of the workspace is in the way");
  const source = await openPlain(files, from, path);
  if (!source.ok) return source;
  const { handle, mode } = source.value;
  // The workspace is fresh and nothing runs in it, so the name is free.
  const temporary = `${target}.autopack-carry`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(
      handle.createReadStream({ autoClose: false }),
      createWriteStream(temporary, { flags: "wx", mode: mode & 0o777 }),
    );
    await rename(temporary, target);
    return ok(undefined);
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
  }
}

/** The way to it is looked at after it was opened, and must lead to what was opened: no earlier look could last. */
async function openPlain(files: Pick<Files, "stat">, root: string, path: string) {
  const opened = await openPlainFile(join(root, path));
  if (!opened.ok) return err("is not a file of the checkout");
  const { handle, stat } = opened.value;
  const detour = await findDetour(files, root, path);
  const now = await lstat(join(root, path)).catch(() => null);
  const isPlain = !detour && now?.dev === stat.dev && now.ino === stat.ino;
  if (isPlain) return ok({ handle, mode: stat.mode });
  await handle.close();
  return err("lies behind a symbolic link of the checkout");
}
