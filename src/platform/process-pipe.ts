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
 * FIFOs without a name that nobody writes to, by a file that keeps each open: making one takes a process. Only Linux
 * opens a file anew by the number it is open under.
 */
const spare: number[] = [];
const isReusable = process.platform === "linux";

/**
 * One pipe for both streams keeps their order. It is a real pipe and not node's socket pair, on which
 * `echo >/dev/stderr` fails; node cannot make one, so a FIFO is opened and its name removed at once.
 */
export async function openPipe(folder: string, env: Record<string, string>): Promise<Pipe> {
  const kept = spare.pop();
  if (kept !== undefined) return pipeOf(openEnds(`/proc/self/fd/${kept}`), kept);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `output-${randomBytes(8).toString("hex")}`);
  await promisify(execFile)("mkfifo", ["-m", "600", path], { env });
  try {
    return pipeOf(openEnds(path), isReusable ? openReadingEnd(path) : undefined);
  } finally {
    await unlink(path);
  }
}

/** Opening one end of a FIFO waits for the other, unless the reader says that it will not wait. */
const openReadingEnd = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);

const openEnds = (path: string) => ({
  readFd: openReadingEnd(path),
  writeFd: openSync(path, constants.O_WRONLY),
});

function pipeOf({ readFd, writeFd }: ReturnType<typeof openEnds>, kept: number | undefined): Pipe {
  const socket = new Socket({ fd: readFd, readable: true, writable: false });
  let letGo = false;
  return {
    writeFd: writeFd as 1,
    closeWritingEnd: () => closeSync(writeFd),
    async *chunks() {
      let isOver = false;
      try {
        yield* socket as AsyncIterable<Buffer>;
        isOver = true;
      } catch (error) {
        if (!letGo) throw error;
      } finally {
        // Its end was read: it is empty, and nobody is left who could write to it.
        if (isOver && kept !== undefined) spare.push(kept);
        else if (kept !== undefined) closeSync(kept);
      }
    },
    letGo: () => {
      letGo = true;
      socket.destroy();
    },
  };
}
