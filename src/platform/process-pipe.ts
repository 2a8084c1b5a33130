import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { mkdir, unlink } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** A pipe whose one writing end serves as both stdout and stderr of a child. */
export interface Pipe {
  /** For the child. Any file descriptor; 1 stands for it because execa's types know only the standard ones. */
  readonly writeFd: 1;
  /** To be called when the child has it: the output ends when nobody holds the writing end. */
  closeWritingEnd(): void;
  chunks(): AsyncIterable<Buffer>;
  /** Ends `chunks`, whoever still holds the writing end. */
  letGo(): void;
}

/**
 * One pipe for both streams keeps their order. It is a real pipe and not node's socket pair, on which
 * `echo >/dev/stderr` fails; node cannot make one, so a FIFO is opened and its name removed at once.
 */
export async function openPipe(folder: string, env: Record<string, string>): Promise<Pipe> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `output-${randomBytes(8).toString("hex")}`);
  await promisify(execFile)("mkfifo", ["-m", "600", path], { env });
  try {
    // Opening one end of a FIFO waits for the other, unless the reader says that it will not wait.
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(path, constants.O_WRONLY);
    return pipeOf(writeFd, new Socket({ fd: readFd, readable: true, writable: false }));
  } finally {
    await unlink(path);
  }
}

function pipeOf(writeFd: number, socket: Socket): Pipe {
  let letGo = false;
  return {
    writeFd: writeFd as 1,
    closeWritingEnd: () => closeSync(writeFd),
    async *chunks() {
      try {
        yield* socket as AsyncIterable<Buffer>;
      } catch (error) {
        if (!letGo) throw error;
      }
    },
    letGo: () => {
      letGo = true;
      socket.destroy();
    },
  };
}
