import { readdir, realpath } from "node:fs/promises";
import { basename, delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { isFolder } from "./program.ts";

/** A folder or file of the host as a child sees it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The mount through which a child sees `path`: the deepest that holds it. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const holding = mounts.filter(({ target }) => isWithin(path, target));
  return holding.reduce<Mount | undefined>(
    (deepest, mount) => (deepest && deepest.target.length > mount.target.length ? deepest : mount),
    undefined,
  );
}

/** Whether a child sees at `path` what the host has there. */
export const isShown = (path: string, mounts: readonly Mount[]): boolean => {
  const mount = mountOf(path, mounts);
  return mount !== undefined && mount.source === mount.target;
};

export const readOnly = (path: string): Mount => ({ source: path, target: path, writable: false });

interface Surroundings {
  readonly path: string;
  readonly home: string;
  /** Folders that are never shown because a program lies in them. */
  readonly hidden: readonly string[];
}

/** In HOME, shown whole when the PATH leads into them: their programs need the rest, and no secrets are there. */
const versionKeepers = [
  ".nvm",
  ".pyenv",
  ".rbenv",
  ".nodenv",
  ".goenv",
  ".jenv",
  ".asdf",
  ".volta",
  ".sdkman",
];

/** In HOME, folders whose `bin` is shown alone: beside it lie caches or tokens. */
const mixedFolders = ["", ".local", ".cargo", ".bun", ".deno", ".config", "go"];

/** What programs of a folder in HOME need besides. */
const companions: Readonly<Record<string, readonly string[]>> = {
  ".cargo/bin": [".rustup", ".cargo/config.toml"],
  ".local/bin": [".local/lib"],
  ".local/share/mise/shims": [".config/mise"],
};

/**
 * The folders from which the programs on the PATH are run, as far as `shown` does not show them yet. A folder
 * `X/bin` is shown as `X`; a link in it is followed, and what it points at is shown in the same way.
 */
export async function toolchainMounts(around: Surroundings, shown: readonly Mount[]): Promise<Mount[]> {
  const { path, home } = around;
  const mounts = [...shown];
  for (const folder of new Set(path.split(delimiter))) {
    if (!isAbsolute(folder) || !isFolder(folder)) continue;
    show(toolchainOf(folder, around), mounts);
    for (const [bin, others] of Object.entries(companions))
      if (folder === join(home, bin)) for (const other of others) show(join(home, other), mounts);
    for (const file of await linksIn(folder)) show(toolOf(file, around, mounts), mounts);
  }
  return mounts.slice(shown.length);
}

/** What has to be shown so that the program `file` can run; null when that is shown already, or must not be. */
export function toolOf(file: string, around: Surroundings, shown: readonly Mount[]): string | null {
  if (isShown(file, shown)) return null;
  return (
    toolchainOf(dirname(file), around) ?? (around.hidden.some((one) => isWithin(file, one)) ? null : file)
  );
}

function show(path: string | null, mounts: Mount[]): void {
  if (path !== null && !isShown(path, mounts)) mounts.push(readOnly(path));
}

/** The folder to show for programs in `folder`; null when it is too much to show. */
function toolchainOf(folder: string, around: Surroundings): string | null {
  const keeper = versionKeepers.map((name) => join(around.home, name)).find((one) => isWithin(folder, one));
  if (keeper !== undefined) return keeper;
  const parent = dirname(folder);
  const isBin = ["bin", "sbin", "shims", ".bin"].includes(basename(folder));
  if (isBin && dirname(parent) !== sep && isNarrow(parent, around)) return parent;
  return isNarrow(folder, around) ? folder : null;
}

/** Whether a folder holds a toolchain and not half of the machine. */
function isNarrow(folder: string, { home, hidden }: Surroundings): boolean {
  return (
    folder !== sep &&
    !isWithin(home, folder) &&
    !mixedFolders.some((name) => folder === join(home, name)) &&
    !hidden.some((one) => isWithin(one, folder) || isWithin(folder, one))
  );
}

/** Where the links in a folder lead to. */
async function linksIn(folder: string): Promise<string[]> {
  if (["/usr/bin", "/usr/sbin", "/bin", "/sbin"].includes(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(folder, name));
  return Promise.all(links.map((link) => realpath(link).catch(() => link)));
}
