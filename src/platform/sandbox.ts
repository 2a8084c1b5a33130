import { statSync } from "node:fs";
import { access, mkdir, readFile, realpath, utimes, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Network, Reach } from "../domain/isolation.ts";
import type { Argv } from "../domain/plan.ts";
import { makeMountPoint } from "./mount-points.ts";
import type { UsageLimits } from "./process-usage.ts";
import { findProgram } from "./program.ts";
import { findSystemMounts, type SystemMounts } from "./system-mounts.ts";
import { isShown, isWithin, type Mount, mountOf, readOnly, toolchainMounts, toolOf } from "./toolchains.ts";

/** What the sandbox is made for. All paths are absolute; those that do not exist are left out. */
export interface SandboxOptions {
  readonly path: string;
  /** The user's HOME; children see one of their own at the same path. */
  readonly home: string;
  /** Object stores that workspaces borrow from; shown read-only, with the stores that they borrow from. */
  readonly objects: readonly string[];
  /** Shown to nobody but by a builder's own list: the checkout, its git folder, the state folder. */
  readonly hidden: readonly string[];
  /** Where package managers keep what they downloaded for this repository. */
  readonly caches?: string;
  /** Who commits where a program does; children see none of the user's git configuration. */
  readonly identity?: { readonly name: string; readonly email: string };
}

/** One program to hold. */
export interface SandboxedProgram {
  readonly cwd: string;
  readonly argv: Argv;
  readonly reach: Reach;
  readonly caches?: "read" | "write";
  /** Holds HOME and /tmp, for all programs of one workspace; without it both end with the program. */
  readonly scratch?: string;
  readonly limits?: UsageLimits;
}

export interface Sandbox {
  /** Such as `bubblewrap 0.8.0`. */
  readonly name: string;
  /** The HOME that children see. */
  readonly home: string;
  /** The command line that runs the program held; makes the places where something is mounted. */
  hold(program: SandboxedProgram): Promise<Argv>;
  /** What a command names, the host has and the program does not see. */
  notShown(program: SandboxedProgram): Promise<string[]>;
}

/**
 * Where package managers keep their downloads below HOME. Setup may write there; checks may read what compilers
 * need; builders get none, so that nothing they write reaches another phase's setup.
 */
const cacheFolders = [
  { path: ".npm", read: false },
  { path: ".cache/pip", read: false },
  { path: ".cache/uv", read: false },
  { path: ".cache/yarn", read: false },
  { path: ".cache/pnpm", read: false },
  { path: ".local/share/pnpm/store", read: false },
  { path: ".yarn/berry", read: true },
  { path: ".cargo/registry", read: true },
  { path: ".cargo/git", read: true },
  { path: "go/pkg/mod", read: true },
  { path: ".m2/repository", read: true },
] as const;

/** Of a root's capabilities, those without which `tar`, package managers and tests that run as root fail. */
const rootCapabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

/** Where the sandbox expects the filter of `openKeyFilter`. */
const filterFd = 3;

/** Looked up once. */
interface Host {
  readonly bwrap: string;
  readonly prlimit: string | null;
  readonly choom: string | null;
  /** Whether this bubblewrap can bound what a folder in memory takes. */
  readonly sizes: boolean;
  readonly home: string;
  readonly system: SystemMounts;
  readonly toolchains: readonly Mount[];
}

/** The sandbox of this host, tried out; or why there is none. */
export async function openSandbox(
  options: SandboxOptions,
  tryOut: (argv: Argv) => Promise<{ readonly code: number | null; readonly output: string }>,
): Promise<Sandbox | { readonly why: string }> {
  if (process.platform !== "linux") return { why: "there is no sandbox for this system yet" };
  const bwrap = findProgram("bwrap", options.path, "/");
  if (bwrap === null) return { why: "bubblewrap is not installed" };
  const system = await findSystemMounts();
  const home = homeIn(options.home, system);
  const toolchains = await toolchainMounts({ ...options, home }, system.shown);
  const [prlimit, choom] = ["prlimit", "choom"].map((name) => findProgram(name, options.path, "/"));
  const sizes = (await tryOut([bwrap, "--help"])).output.includes("--size");
  const host: Host = {
    bwrap,
    prlimit: prlimit ?? null,
    choom: choom ?? null,
    sizes,
    home,
    system,
    toolchains,
  };
  const probe: SandboxedProgram = { cwd: "/", argv: ["bwrap", "--version"], reach: nothing };
  const tried = await tryOut(await hold(host, options, probe));
  if (tried.code !== 0) return { why: `bubblewrap does not work here: ${tried.output.trim()}` };
  return {
    name: tried.output.trim(),
    home,
    hold: (program) => hold(host, options, program),
    notShown: async (program) => {
      const mounts = [...system.shown, ...(await mountsOf(host, options, program))];
      const named = program.argv.join(" ").match(/(?<![\w.~-])~?\/[\w./@+-]+/g) ?? [];
      const paths = [...new Set(named)].map((path) =>
        path.startsWith("~/") ? join(home, path.slice(2)) : path,
      );
      const missing = await Promise.all(
        paths.map(
          async (path) => !isShown(path, mounts) && !isWithin(path, program.cwd) && (await exists(path)),
        ),
      );
      return paths.filter((_, index) => missing[index]);
    },
  };
}

const nothing: Reach = { network: "loopback", readable: [], writable: [] };

/** A HOME that is a part of the system cannot be replaced by one of the child's own. */
const homeIn = (home: string, { shown }: SystemMounts): string =>
  !isAbsolute(home) || home === "/" || mountOf(home, shown) ? "/tmp" : home;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function hold(host: Host, options: SandboxOptions, program: SandboxedProgram): Promise<Argv> {
  const { bwrap, home, system } = host;
  const { scratch, reach, cwd, limits } = program;
  const mounts = await mountsOf(host, options, program);
  if (scratch !== undefined) await prepareScratch(scratch, mounts, options);
  const isRoot = process.getuid?.() === 0;
  return [
    bwrap,
    // Nothing in its PID namespace survives it, and it does not survive the process that started it.
    "--die-with-parent",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    // A controlling terminal would take input from a child (TIOCSTI).
    "--new-session",
    ...(reach.network === "loopback" ? ["--unshare-net"] : []),
    ...(isRoot
      ? ["--cap-drop", "ALL", ...rootCapabilities.flatMap((name) => ["--cap-add", `CAP_${name}`])]
      : []),
    ...(scratch === undefined ? ["--tmpfs", "/tmp"] : []),
    ...(scratch === undefined && home !== "/tmp" ? ["--tmpfs", home] : []),
    ...mounts.flatMap(mountArgs),
    ...system.links.flatMap(({ target, path }) => ["--symlink", target, path]),
    ...mounts.flatMap(({ source, target }) => (source === "" ? ["--remount-ro", target] : [])),
    ...system.covered.flatMap(({ path, isFolder }) =>
      isFolder ? ["--tmpfs", path, "--remount-ro", path] : ["--ro-bind", "/dev/null", path],
    ),
    "--dev",
    "/dev",
    // Files there are memory that no process holds: bounded, and nowhere else in /dev.
    ...(host.sizes ? ["--perms", "1777"] : []),
    ...(limits && host.sizes ? ["--size", String(Math.ceil(limits.memoryBytes / 4))] : []),
    "--tmpfs",
    "/dev/shm",
    "--remount-ro",
    "/dev",
    "--proc",
    "/proc",
    // A root without capabilities still owns these files, and settings of the kernel are the whole machine's.
    "--ro-bind",
    "/proc/sys",
    "/proc/sys",
    "--remount-ro",
    "/",
    "--seccomp",
    String(filterFd),
    "--chdir",
    cwd,
    "--",
    // Where memory runs out all the same, the kernel is to end these first and not the executor.
    ...(host.choom === null ? [] : [host.choom, "-n", "500", "--"]),
    ...countedBy(host, program, isRoot),
    ...program.argv,
  ];
}

const mountArgs = ({ source, target, writable }: Mount): string[] =>
  source === "" ? ["--tmpfs", target] : [writable ? "--bind-try" : "--ro-bind-try", source, target];

/**
 * A bound that holds between two looks at how many there are; higher, so that a look sees the limit exceeded.
 * Root is exempt from it, and before Linux 5.14 it counts all that the user runs.
 */
function countedBy({ prlimit }: Host, { limits }: SandboxedProgram, isRoot: boolean): string[] {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const counts = major > 5 || (major === 5 && minor >= 14);
  if (prlimit === null || limits === undefined || isRoot || !counts) return [];
  return [prlimit, `--nproc=${2 * limits.processes}`, "--"];
}

/** All that a program sees besides what every one does, outer folders before what lies in them. */
async function mountsOf(host: Host, options: SandboxOptions, program: SandboxedProgram): Promise<Mount[]> {
  const { home, system, toolchains } = host;
  const { scratch, reach, cwd } = program;
  const own = (path: string, name: string): Mount[] =>
    scratch === undefined ? [] : [{ source: join(scratch, name), target: path, writable: true }];
  const stores = await Promise.all(options.objects.map((store) => withAlternates(store)));
  const base = [
    ...system.mounts,
    // What is written there fails, and is not lost in a folder that stands for it.
    ...options.hidden.filter((path) => path !== "/").map(emptyFolder),
    ...own("/tmp", "tmp"),
    ...own("/var/tmp", "tmp"),
    ...(home === "/tmp" ? [] : own(home, "home")),
    ...toolchains,
    ...stores.flat().map(readOnly),
    ...(await cacheMounts(host, options, program)),
    ...reach.readable.map(readOnly),
    ...reach.writable.map(writable),
    ...(cwd === "/" ? [] : [writable(cwd)]),
  ];
  const file = findProgram(program.argv[0], options.path, cwd);
  const tool =
    file === null ? null : toolOf(await realpath(file), { ...options, home }, [...system.shown, ...base]);
  const all = tool === null ? base : [...base, readOnly(tool)];
  // Of two at one place the later one holds.
  const byTarget = new Map(all.map((mount) => [mount.target, mount]));
  return [...byTarget.values()].toSorted((a, b) => depthOf(a.target) - depthOf(b.target));
}

const emptyFolder = (path: string): Mount => ({ source: "", target: path, writable: false });
const writable = (path: string): Mount => ({ source: path, target: path, writable: true });
const depthOf = (path: string): number => path.split("/").length;

async function cacheMounts(
  { home, toolchains }: Host,
  { caches: root }: SandboxOptions,
  { caches }: SandboxedProgram,
): Promise<Mount[]> {
  if (root === undefined || caches === undefined) return [];
  const wanted = cacheFolders.filter(({ path, read }) => {
    // Nothing can be mounted at a new place in what is shown read-only.
    const within = mountOf(join(home, path), toolchains);
    return (caches === "write" || read) && within === undefined;
  });
  if (caches === "write")
    for (const { path } of wanted) await mkdir(join(root, path), { recursive: true, mode: 0o700 });
  else if (!(await exists(root))) return [];
  // `clean` looks at when they were last of use.
  const now = Date.now() / 1000;
  await utimes(root, now, now);
  return wanted.map(({ path }) => ({
    source: join(root, path),
    target: join(home, path),
    writable: caches === "write",
  }));
}

/** An object store and those that it borrows from, to the depth to which git follows them. */
async function withAlternates(store: string, depth = 5): Promise<string[]> {
  if (!(await exists(store))) return [];
  const file = await readFile(join(store, "info", "alternates"), "utf8").catch(() => "");
  const lines = file.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (depth === 0) return [store];
  const borrowed = await Promise.all(lines.map((line) => withAlternates(resolve(store, line), depth - 1)));
  return [store, ...borrowed.flat()];
}

/**
 * HOME and /tmp of a workspace, with a place for each mount that lies in them. A workspace that is gone is not made
 * again: another process may have taken the run over and removed it.
 */
async function prepareScratch(
  scratch: string,
  mounts: readonly Mount[],
  { identity }: SandboxOptions,
): Promise<void> {
  makeMountPoint(scratch, "tmp", true);
  if (makeMountPoint(scratch, "home", true) && identity)
    await writeFile(join(scratch, "home", ".gitconfig"), gitConfig(identity), { flag: "wx" });
  const kinds = mounts.map(isFolderMount);
  for (const [index, mount] of mounts.entries()) {
    const isFolder = kinds[index] ?? null;
    const outer = mounts.filter(({ target }) => target !== mount.target);
    const holder = isFolder === null ? undefined : mountOf(dirname(mount.target), outer);
    if (isFolder === null || !holder || ["", holder.target].includes(holder.source)) continue;
    makeMountPoint(holder.source, relative(holder.target, mount.target), isFolder);
  }
}

/** Null where there is nothing to mount. */
function isFolderMount({ source }: Mount): boolean | null {
  if (source === "") return true;
  try {
    return statSync(source).isDirectory();
  } catch {
    return null;
  }
}

const gitConfig = ({ name, email }: { name: string; email: string }): string =>
  `[user]\n\tname = ${JSON.stringify(name)}\n\temail = ${JSON.stringify(email)}\n`;

/** What `network` a program has: without a sandbox the host's. */
export const networkOf = (sandbox: Sandbox | null, reach: Reach): Network =>
  sandbox === null ? "full" : reach.network;
