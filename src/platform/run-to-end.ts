import { spawn } from "node:child_process";

/** A program of ours, which ends by itself. */
export interface ProgramCall {
  readonly argv: readonly [string, ...string[]];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Runs a program to its end. @throws the system's error where it cannot be started */
export function runToEnd({ argv: [program, ...args], env, cwd, stdin }: ProgramCall): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    // A Ctrl-C in the terminal is for us: a program cut off half-way would look like a failure.
    const child = spawn(program, args, { env, cwd, stdio: ["pipe", "pipe", "pipe"], detached: true });
    const out: Buffer[] = [];
    const problems: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => problems.push(chunk));
    // It may end before it has read all of its input; the exit code tells what that means.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(out), stderr: Buffer.concat(problems) }),
    );
  });
}
