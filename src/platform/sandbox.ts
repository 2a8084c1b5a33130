import type { Argv } from "../domain/plan.ts";

/** What a child may see and reach. */
export interface SandboxSpec {
  /** The absolute path of bubblewrap. */
  readonly bwrap: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** Existing folders that it may read and not write: the user's checkout and git folder. */
  readonly readOnly: readonly string[];
  /** A folder that it may write even where it lies in one of those: the workspace's. */
  readonly writable?: string;
}

/**
 * The command line that runs `argv` in a PID namespace of its own: when bubblewrap ends, or the process that
 * started it, everything inside has ended too, daemons included.
 */
export function sandboxArgv(spec: SandboxSpec): Argv {
  return [
    spec.bwrap,
    "--die-with-parent",
    "--unshare-pid",
    // Started by root, a child could otherwise undo the mounts below.
    "--cap-drop",
    "CAP_SYS_ADMIN",
    "--dev-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    ...spec.readOnly.flatMap((folder) => ["--ro-bind", folder, folder]),
    ...(spec.writable === undefined ? [] : ["--bind", spec.writable, spec.writable]),
    "--chdir",
    spec.cwd,
    "--",
    ...spec.argv,
  ];
}
