import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/**
 * Makes the place in `folder` on which something is to be mounted. What ran there before may have left anything at
 * that path, a link that leads out among it: whatever is not a folder on the way there is removed, never followed.
 * Nothing may be running in the folder meanwhile.
 */
export async function makeMountPoint(folder: string, path: string, isFolder: boolean): Promise<void> {
  const parts = path.split(sep).filter((part) => part !== "");
  let at = folder;
  for (const part of isFolder ? parts : parts.slice(0, -1)) {
    at = join(at, part);
    const stat = await lstat(at).catch(() => null);
    if (stat?.isDirectory()) continue;
    if (stat) await rm(at, { force: true });
    await mkdir(at, { mode: 0o700 });
  }
  if (isFolder) return;
  const file = join(at, parts.at(-1) ?? "");
  const stat = await lstat(file).catch(() => null);
  if (stat?.isFile()) return;
  if (stat) await rm(file, { recursive: true, force: true });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "", { flag: "wx" });
}
