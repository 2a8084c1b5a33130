import { createHash } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import { AppError } from "../domain/app-error.ts";
import type { LogRef } from "../domain/certificate.ts";
import { openKeyStart, redact } from "../domain/redact.ts";
import { findDetour } from "./detour.ts";
import { createFiles } from "./files.ts";
import type { ProcessResult } from "./ports.ts";
import { systemFault } from "./system-fault.ts";

const headLength = 2000;
const tailLength = 4000;
const shownLineLength = 4000;
/** A line longer than this goes on in pieces. */
const longestHeld = 65_536;
/** How much of a long line stays behind when a piece of it goes on: more than a secret is long. */
const overlap = 4096;

/** A log that is being written. Its size on disk and in memory is bounded by the cap. */
export interface Log {
  write(text: string): Promise<void>;
  close(): Promise<LogRef>;
}

/**
 * Keeps the first half and the last half of `maxBytes`, with a line between them that says how many bytes
 * were left out. The first half is on disk at once, the last half when the log is closed.
 */
export async function openLog(root: string, path: string, maxBytes: number): Promise<Log> {
  const file = join(root, path);
  const orFault = (error: unknown): never => {
    throw systemFault(error, `the log ${file} cannot be written`) ?? error;
  };
  const detour = await findDetour(createFiles(), root, path);
  if (detour) throw logDetoured(join(root, detour.folder));
  await mkdir(dirname(file), { recursive: true }).catch(orFault);
  // What stands there is taken away, not opened: a link would lead elsewhere, and a FIFO would never open.
  await rm(file, { recursive: true, force: true }).catch(orFault);
  const handle = await open(file, "wx").catch(orFault);
  const hash = createHash("sha256");
  const headLimit = Math.floor(maxBytes / 2);
  const tail = createTail(maxBytes - headLimit);
  let headOpen = true;
  let bytes = 0;

  async function keep(data: Buffer): Promise<void> {
    hash.update(data);
    bytes += data.length;
    await handle.writeFile(data).catch(orFault);
  }
  return {
    async write(text) {
      const data = Buffer.from(text);
      if (!headOpen) return tail.push(data);
      const room = headLimit - bytes;
      if (data.length <= room) return keep(data);
      const cut = characterStart(data, room);
      headOpen = false;
      await keep(data.subarray(0, cut));
      tail.push(data.subarray(cut));
    },
    async close() {
      try {
        const { kept, dropped } = tail.end();
        if (dropped > 0) await keep(Buffer.from(`\n[... ${dropped} bytes left out ...]\n`));
        await keep(kept);
        return { path, sha256: hash.digest("hex"), bytes, truncated: dropped > 0 };
      } finally {
        await handle.close();
      }
    },
  };
}

const logDetoured = (folder: string): AppError =>
  new AppError({
    code: "log-folder-replaced",
    message: `the log is not written: ${folder} is no folder of its own any more`,
    action: "Look at what put a link or a file there, and remove it.",
    exitCode: 4,
  });

/** The last index up to `at` where no character is cut in two. */
function characterStart(data: Buffer, at: number): number {
  let index = Math.max(0, at);
  while (index > 0 && index < data.length && ((data[index] ?? 0) & 0xc0) === 0x80) index -= 1;
  return index;
}

/** The last `size` bytes of what was pushed, in a ring that grows only as it fills. */
function createTail(size: number) {
  let ring = Buffer.alloc(Math.min(size, 65_536));
  let total = 0;
  return {
    push(data: Buffer): void {
      if (ring.length < size && total + data.length > ring.length) {
        const grown = Buffer.alloc(Math.min(size, 2 * (total + data.length)));
        ring.copy(grown, 0, 0, total);
        ring = grown;
      }
      const last = data.subarray(Math.max(0, data.length - ring.length));
      total += data.length - last.length;
      const at = ring.length === 0 ? 0 : total % ring.length;
      const copied = last.copy(ring, at);
      last.copy(ring, 0, copied);
      total += last.length;
    },
    end(): { kept: Buffer; dropped: number } {
      if (total <= ring.length) return { kept: ring.subarray(0, total), dropped: 0 };
      const at = total % ring.length;
      const all = Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
      let start = 0;
      while (start < all.length && ((all[start] ?? 0) & 0xc0) === 0x80) start += 1;
      return { kept: all.subarray(start), dropped: total - all.length + start };
    },
  };
}

export interface OutputTarget {
  readonly log: Log;
  readonly secrets: readonly string[];
  readonly onLine?: (line: string) => void;
}

/** Both ends of an output; what is in the tail is not in the head. */
export type OutputEnds = Pick<ProcessResult, "head" | "tail">;

/** Everything a program says, redacted, into its log; returns both ends of it. Reads no faster than it writes. */
export async function keepOutput(source: AsyncIterable<Buffer>, target: OutputTarget): Promise<OutputEnds> {
  const decoder = new StringDecoder("utf8");
  const lines = createLines(target.onLine);
  let held = "";
  let head = "";
  let tail = "";

  async function pass(text: string): Promise<void> {
    const shown = redact(text, target.secrets);
    const both = tail + shown;
    const leaving = both.slice(0, Math.max(0, both.length - tailLength));
    head += leaving.slice(0, headLength - head.length);
    tail = both.slice(leaving.length);
    lines.push(shown);
    await target.log.write(shown);
  }
  for await (const chunk of source) {
    const text = decoder.write(chunk);
    held += text;
    if (held.length < longestHeld && !text.includes("\n")) continue;
    const cut = safeCut(held, target.secrets);
    if (cut === 0) continue;
    await pass(held.slice(0, cut));
    held = held.slice(cut);
  }
  await pass(held + decoder.end());
  lines.end();
  return { head, tail };
}

/**
 * Up to where text may go on without the rest being known: the end of the last whole line, but never into a
 * private key that has not ended. A line that is too long is cut where redacting both halves shows the same
 * as redacting the whole.
 */
function safeCut(held: string, secrets: readonly string[]): number {
  const key = openKeyStart(held);
  const limit = key === -1 ? held.length : key;
  const line = held.lastIndexOf("\n", limit - 1) + 1;
  if (line > 0 && limit > 0) return line;
  if (limit < longestHeld) return 0;
  const whole = redact(held, secrets);
  for (let cut = limit - overlap; cut > longestHeld / 2; cut -= overlap) {
    if (redact(held.slice(0, cut), secrets) + redact(held.slice(cut), secrets) === whole) return cut;
  }
  return limit - overlap;
}

/** Lines for the eyes: without control sequences, the last state of a line that redraws itself, bounded. */
function createLines(onLine: ((line: string) => void) | undefined) {
  let open = "";
  const show = (line: string) => {
    const drawn = line.replace(/\r+$/, "");
    const text = stripVTControlCharacters(
      drawn.slice(drawn.lastIndexOf("\r") + 1).slice(0, 4 * shownLineLength),
    );
    onLine?.(text.slice(0, shownLineLength));
  };
  return {
    push(text: string): void {
      if (!onLine) return;
      const parts = text.split("\n");
      const rest = parts.pop() ?? "";
      for (const part of parts) {
        show(open + part);
        open = "";
      }
      open = (open + rest).slice(0, longestHeld);
    },
    end(): void {
      if (open !== "") show(open);
    },
  };
}
