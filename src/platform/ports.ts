import type { LogRef } from "../domain/certificate.ts";
import type { Isolation, Network, Reach } from "../domain/isolation.ts";
import type { ProcessIdentity } from "../domain/ledger.ts";
import type { Argv } from "../domain/plan.ts";
import type { Excess, UsageLimits } from "./process-usage.ts";

/** The outside world. Adapters are made in app.ts; everything else gets them as arguments. */
export interface Platform {
  readonly git: Git;
  readonly processes: Processes;
  readonly files: Files;
  readonly clock: Clock;
}

export interface Clock {
  now(): Date;
  /** Milliseconds since some moment: they pass evenly, whatever happens to the clock on the wall. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface GitCall {
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Sets --git-dir: git then looks nowhere else for a repository. */
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  readonly stdin?: string;
  /** `name=value`, over the settings that every call has. */
  readonly settings?: readonly string[];
  /** Object folders to borrow from, besides those of the repository itself. */
  readonly borrow?: readonly string[];
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The git program, shut off from the user's configuration, hooks and GIT_* variables. */
export interface Git {
  /** Any exit code is a value. Throws AppError `git-missing` when there is no git to run. */
  run(call: GitCall): Promise<GitOutput>;
  /**
   * The output as it comes, for what would be too large to hold. Throws AppError `git-failed` after the last piece where
   * git exits with anything but 0. Who stops reading before the end ends git.
   */
  stream(call: GitCall): AsyncIterable<Buffer>;
  /** The size in bytes of an object, by its hash or as `<tree>:<path>`; null when it is not there. */
  sizeOf(gitDir: string, object: string): Promise<number | null>;
  /** The content of an object; null when it is not there. */
  read(gitDir: string, object: string): Promise<Buffer | null>;
  /**
   * Points a ref at an object, in one step. Throws AppError `git-failed` where that cannot be done, or the ref is not
   * at `from`.
   */
  moveRef(
    gitDir: string,
    move: { readonly ref: string; readonly to: string; readonly from?: string },
  ): Promise<void>;
}

export interface FileStat {
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly bytes: number;
  readonly executable: boolean;
  readonly modifiedMs: number;
}

/**
 * Files. Absence is a value (null). What the machine refuses is an AppError: `disk-full`, `not-permitted`,
 * `system-refused`.
 */
export interface Files {
  /**
   * A regular file whole, behind symbolic links too; never waits. Throws AppError `not-readable` for anything else
   * and for one of more than `maxBytes`.
   */
  read(path: string, maxBytes?: number): Promise<Buffer | null>;
  /** Writes through a temporary file and a rename, so that a reader sees all or nothing; makes parent folders. */
  write(path: string, data: string | Uint8Array): Promise<void>;
  /** What stands at the path itself: a final symbolic link is not followed. */
  stat(path: string): Promise<FileStat | null>;
  /** Names in a folder, sorted; null when it does not exist. */
  list(path: string): Promise<string[] | null>;
  /** Removes a file or a whole folder; nothing there is fine. */
  remove(path: string): Promise<void>;
}

export interface ProcessSpec {
  readonly argv: Argv;
  readonly cwd: string;
  /** The child's whole environment besides the base of PATH, HOME, LANG, TZ, TMPDIR and the marker. */
  readonly env: Readonly<Record<string, string>>;
  /** What it may reach besides `cwd`, where there is a sandbox; left out: nothing. */
  readonly reach?: Reach;
  /** Whether it may use what package managers downloaded for this repository. */
  readonly caches?: "read" | "write";
  /** A folder for HOME and /tmp in the sandbox, for all programs of one workspace; without it they end with the program. */
  readonly scratch?: string;
  /** Left out: none. */
  readonly limits?: UsageLimits;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Marks the child and all its descendants (`AUTOPACK_PROCESS`), so that leftovers can be found. */
  readonly marker: string;
  /** Where the output is kept: `root` is the artifacts folder, `path` is relative to it. */
  readonly log: { readonly root: string; readonly path: string; readonly maxBytes: number };
  /** Aborting ends the whole process tree. */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  readonly ended: "exited" | "signalled" | "timed-out" | "cancelled" | "not-started" | Excess;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly log: LogRef;
  /** The first 2,000 characters of the output, redacted, as far as they are not in `tail`. */
  readonly head: string;
  /** The last 4,000 characters of the output, redacted. */
  readonly tail: string;
  /** Why it could not be started. */
  readonly error?: string;
  readonly network: Network;
  /** What a person may do about its failure, where the sandbox seems to be the cause. */
  readonly hint?: string;
  /** It was killed, and the kernel ended a program for want of memory meanwhile. */
  readonly memoryKill?: true;
}

/** How programs are held, as far as it is the same for all of them. */
export type Hold = Pick<Isolation, "sandbox" | "why" | "files" | "processes" | "limits">;

/** Programs of others: builders, setup, checks. None outlives its time limit, its cancellation, or its parent's end. */
export interface Processes {
  /** Never throws for what the program does. When it returns, the whole process tree has ended. */
  run(spec: ProcessSpec): Promise<ProcessResult>;
  /** Ends every process whose marker starts with `prefix`; returns how many there were. */
  endLeftovers(prefix: string): Promise<number>;
  /** This process, or `pid`; null when there is no such process. */
  identify(pid?: number): Promise<ProcessIdentity | null>;
  /** Whether `program` can be found as a child would find it, from `cwd`. */
  find(program: string, cwd: string): Promise<boolean>;
  /** How children are held: decided once, by a probe. */
  isolation(): Promise<Hold>;
}
