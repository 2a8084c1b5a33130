import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Mount, readOnly } from "./toolchains.ts";

/** What of the system every child sees. */
export interface SystemMounts {
  readonly mounts: readonly Mount[];
  /** Such as `/bin` to `usr/bin`. */
  readonly links: readonly { readonly target: string; readonly path: string }[];
  /** What both of them show. */
  readonly shown: readonly Mount[];
  /** What lies in `mounts` and is covered: an empty file or folder stands there. */
  readonly covered: readonly { readonly path: string; readonly isFolder: boolean }[];
}

/** Programs, libraries, settings; `/var`, `/run`, `/home`, `/srv` and all else are not there. */
const systemPaths = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/etc",
  "/opt",
  "/nix",
  "/gnu/store",
  "/snap",
  "/run/current-system",
  "/var/lib/ca-certificates",
  "/sys/devices/system/cpu",
];

export async function findSystemMounts(): Promise<SystemMounts> {
  const mounts: Mount[] = [];
  const links: { target: string; path: string }[] = [];
  for (const path of systemPaths) {
    const stat = await lstat(path).catch(() => null);
    if (stat?.isSymbolicLink()) links.push({ target: await readlink(path), path });
    else if (stat?.isDirectory()) mounts.push(readOnly(path));
  }
  // Often a link into /run, and without it no name is resolved.
  const resolver = await realpath("/etc/resolv.conf").catch(() => null);
  if (resolver !== null && dirname(resolver) !== "/etc") mounts.push(readOnly(resolver));
  // Root could read what others cannot: keys, password hashes.
  const covered = process.getuid?.() === 0 ? await secretsIn("/etc", 4) : [];
  const shown = [...mounts, ...links.map(({ path }) => readOnly(path))];
  return { mounts, links, shown, covered };
}

/** What in a folder not everybody may read. */
async function secretsIn(folder: string, depth: number): Promise<{ path: string; isFolder: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (!entry.isFile() && !entry.isDirectory()) return [];
    const mode = (await lstat(path)).mode;
    const isFolder = entry.isDirectory();
    if ((mode & (isFolder ? 0o5 : 0o4)) === 0) return [{ path, isFolder }];
    return isFolder && depth > 1 ? secretsIn(path, depth - 1) : [];
  });
  return (await Promise.all(found)).flat();
}
