import { lstatSync, mkdirSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { join, sep } from "node:path";

/**
 * Makes the place in `folder` on which something is to be mounted, and says whether it was not there before. What ran
 * there before may have left anything at that path, a link that leads out among it: whatever is not a folder on the
 * way there is removed, never followed. Nothing may be running in the folder meanwhile. A folder that is gone is not
 * made again.
 *
 * @throws what the operating system refuses, ENOENT for a folder that is gone
 */
export function makeMountPoint(folder: string, path: string, isFolder: boolean): boolean {
  const parts = path.split(sep).filter((part) => part !== "");
  let at = folder;
  let made = false;
  for (const part of isFolder ? parts : parts.slice(0, -1)) {
    at = join(at, part);
    const stat = look(at);
    if (stat?.isDirectory()) continue;
    if (stat) rmSync(at, { force: true });
    mkdirSync(at, { mode: 0o700 });
    made = true;
  }
  if (isFolder) return made;
  const file = join(at, parts.at(-1) ?? "");
  const stat = look(file);
  if (stat?.isFile()) return false;
  if (stat) rmSync(file, { recursive: true, force: true });
  writeFileSync(file, "", { flag: "wx" });
  return true;
}

function look(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
