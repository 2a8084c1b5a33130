import type { Argv } from "../domain/plan.ts";

/** What a child may see and reach. */
export interface SandboxSpec {
  /** The absolute path of bubblewrap. */
  readonly bwrap: string;
  readonly cwd: string;
  readonly argv: readonly string[];
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
    "--dev-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--chdir",
    spec.cwd,
    "--",
    ...spec.argv,
  ];
}
