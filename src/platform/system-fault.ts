import { AppError, exitCodes } from "../domain/app-error.ts";

interface Refusal {
  readonly code: string;
  readonly words: string;
  readonly action: string;
}

const makeRoom =
  "Make room on the disk, then run the command again; `autopack resume` goes on with a run that was under way.";
const checkPermissions = "Check who owns it and what the permissions are, then run the command again.";
const lookUp = "Look at the path and at the state of the machine, then run the command again.";

/** What an operating system refuses for reasons that are the machine's, not ours. */
const refusals: Readonly<Record<string, Refusal>> = {
  ENOSPC: { code: "disk-full", words: "no space is left on the disk", action: makeRoom },
  EDQUOT: { code: "disk-full", words: "the user's disk quota is used up", action: makeRoom },
  EFBIG: { code: "disk-full", words: "the file would be larger than is allowed here", action: makeRoom },
  EACCES: { code: "not-permitted", words: "permission denied", action: checkPermissions },
  EPERM: { code: "not-permitted", words: "it is not permitted", action: checkPermissions },
  EROFS: { code: "not-permitted", words: "the file system is read-only", action: checkPermissions },
  EMFILE: { code: "system-refused", words: "too many files are open", action: "Raise `ulimit -n`." },
  ENFILE: { code: "system-refused", words: "too many files are open on the machine", action: lookUp },
  ENOMEM: { code: "system-refused", words: "the machine is out of memory", action: lookUp },
  EAGAIN: { code: "system-refused", words: "the machine can start no more processes", action: lookUp },
  EIO: { code: "system-refused", words: "the disk or the file system reports an error", action: lookUp },
  EBUSY: { code: "system-refused", words: "it is in use", action: lookUp },
  ELOOP: { code: "system-refused", words: "its symbolic links go round in a circle", action: lookUp },
  ENAMETOOLONG: { code: "system-refused", words: "the name is too long", action: lookUp },
  ENOTDIR: { code: "system-refused", words: "a file stands where a folder is needed", action: lookUp },
  EISDIR: { code: "system-refused", words: "a folder stands where a file is needed", action: lookUp },
};

/**
 * A refusal of the operating system as the operator sees it; undefined for anything else. `what` says what was
 * attempted, such as `/x/y cannot be written`; without it the system call and its path do.
 */
export function systemFault(error: unknown, what?: string): AppError | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  const { code, syscall } = error;
  if (code === "ENOENT" && syscall === "uv_cwd")
    return new AppError({
      code: "no-such-folder",
      message: "the folder that this was started in does not exist any more",
      action: "Change to a folder that exists.",
      exitCode: exitCodes.plan,
      cause: error,
    });
  const refusal = Object.hasOwn(refusals, String(code)) ? refusals[String(code)] : undefined;
  if (!refusal) return undefined;
  const path = "path" in error && typeof error.path === "string" ? ` ${error.path}` : "";
  return new AppError({
    code: refusal.code,
    message: `${what ?? `${String(syscall)}${path} failed`}: ${refusal.words}`,
    action: refusal.action,
    exitCode: exitCodes.environment,
    cause: error,
  });
}
