import { basename, dirname, join, relative } from "node:path";
import { contentOf } from "./control-group.ts";

/** Where groups that control something may be made. */
export interface GroupPlace {
  readonly version: 1 | 2;
  readonly folder: string;
  /** Whether it is the group that this process is in, rather than the one around it. */
  readonly isOwn: boolean;
}

/** The name of every group that an autopack makes begins with it. */
export const groupPrefix = "autopack-";

/**
 * Where groups might be made that control `controller`, the likeliest first; empty where the kernel has none for it or
 * shows none. See cgroups(7).
 *
 * @param proc where the kernel tells of processes, `/proc`
 */
export function placesFor(controller: "memory" | "pids", proc: string): GroupPlace[] {
  const groups = parseGroups(contentOf(join(proc, "self/cgroup")));
  const mounts = parseMounts(contentOf(join(proc, "self/mountinfo")));
  const first = groups.find(({ controllers }) => controllers.includes(controller));
  const own = first ?? groups.find(({ hierarchy }) => hierarchy === "0");
  const version = first ? 1 : 2;
  const mount = mounts.find(({ type, options }) =>
    version === 1 ? type === "cgroup" && options.includes(controller) : type === "cgroup2",
  );
  if (own === undefined || mount === undefined) return [];
  const below = relative(mount.root, own.path);
  if (`${own.path}/${below}`.split("/").includes("..")) return [];
  const folder = join(mount.folder, below);
  const place: GroupPlace = { version, folder, isOwn: true };
  return version === 1 || below === "" || isLimited(folder)
    ? [place]
    : [place, { version, folder: dirname(folder), isOwn: false }];
}

/** Nothing leaves a group in which somebody, or an autopack, limits what we use. */
function isLimited(folder: string): boolean {
  const files = ["memory.max", "memory.high", "pids.max", "cpu.max"];
  const isBounded = files.some((file) => /^\d/.test(contentOf(join(folder, file))));
  return isBounded || basename(folder).startsWith(groupPrefix);
}

/** `4:memory:/path`; `0::/path` with version 2. */
function parseGroups(text: string) {
  return text.split("\n").flatMap((line) => {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (hierarchy === undefined || controllers === undefined || path === undefined) return [];
    return [{ hierarchy, controllers: controllers.split(","), path }];
  });
}

/** `ID PARENT MAJOR:MINOR ROOT FOLDER OPTIONS [FIELDS] - TYPE SOURCE OPTIONS`, as proc(5) has it. */
function parseMounts(text: string) {
  return text.split("\n").flatMap((line) => {
    const [mounted = "", filesystem = ""] = line.split(" - ");
    const [, , , root, folder] = mounted.split(" ");
    const [type, , options = ""] = filesystem.split(" ");
    if (root === undefined || folder === undefined || type === undefined) return [];
    return [{ root: unescapeOctal(root), folder: unescapeOctal(folder), type, options: options.split(",") }];
  });
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
