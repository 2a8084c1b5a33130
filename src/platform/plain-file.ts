import type { Stats } from "node:fs";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { err, ok, type Result } from "../domain/result.ts";

/** What stands where a file was expected. */
export type NoFile = "nothing" | "a link" | "a folder" | "a FIFO, socket or device";

/**
 * Opens a file that a stranger may have put there: never through a final link, and without waiting. What is opened
 * is what is looked at, so nothing can be swapped in between. The caller closes it.
 */
export async function openPlainFile(
  path: string,
): Promise<Result<{ readonly handle: FileHandle; readonly stat: Stats }, NoFile>> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle;
  try {
    handle = await open(path, flags);
  } catch (error) {
    const found = error instanceof Error && "code" in error ? refusals[String(error.code)] : undefined;
    if (found) return err(found);
    throw error;
  }
  const stat = await handle.stat();
  if (stat.isFile()) return ok({ handle, stat });
  await handle.close();
  return err(stat.isDirectory() ? "a folder" : "a FIFO, socket or device");
}

const refusals: Readonly<Record<string, NoFile>> = {
  ENOENT: "nothing",
  ENOTDIR: "nothing",
  ELOOP: "a link",
  EMLINK: "a link",
  ENXIO: "a FIFO, socket or device",
  ENODEV: "a FIFO, socket or device",
  EOPNOTSUPP: "a FIFO, socket or device",
};

/** The bytes of such a file; null where there is nothing. The error is the end of a sentence that begins with `it`. */
export async function readPlainFile(path: string, maxBytes: number): Promise<Result<Buffer | null, string>> {
  const opened = await openPlainFile(path);
  if (!opened.ok) return opened.error === "nothing" ? ok(null) : err(`is ${opened.error}`);
  const { handle, stat } = opened.value;
  try {
    // It may grow while it is read: one byte more than allowed is as telling as all of them.
    const buffer = Buffer.alloc(Math.min(stat.size, maxBytes) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length, length)).bytesRead;
    const bytes = Math.max(stat.size, length);
    return bytes > maxBytes
      ? err(`has ${bytes} bytes; at most ${maxBytes} are read`)
      : ok(buffer.subarray(0, length));
  } finally {
    await handle.close();
  }
}
