import { createHash } from "node:crypto";
import { redact } from "../../domain/redact.ts";

/** No name that is kept has more characters; a longer one ends in its hash. */
export const longestName = 500;
/** So much of a text beyond its limit is looked at for secrets, so that none is cut into a part that is shown. */
const redactionMargin = 2048;

/** The text in memory of its own: a piece of a long text keeps all of that text alive. */
export const ownText = (text: string): string => (text.length < 13 ? text : Buffer.from(text).toString());

/** A name that may come from anywhere, short enough to be kept a million times, and still like no other. */
export function cutName(name: string): string {
  if (name.length <= longestName) return ownText(name);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return ownText(`${name.slice(0, longestName - hash.length - 1)}…${hash}`);
}

/** What may be shown and kept of a text: without secrets, and at most `bytes` of it in UTF-8. */
export function cutText(text: string, bytes: number, secrets: readonly string[]): string {
  const shown = Buffer.from(redact(text.slice(0, bytes + redactionMargin).trim(), secrets));
  if (shown.length <= bytes) return shown.toString();
  let end = bytes;
  // Not in the middle of a character: its further bytes begin with the bits 10.
  while (end > 0 && ((shown[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${shown.toString("utf8", 0, end)}…`;
}

/** What a text with a stack below says itself. */
export const withoutStack = (text: string): string => text.trim().split(/\n\s+at /, 1)[0] ?? "";

/** The first line of the file that a stack names as `name:LINE`; 0 where it names none. */
export function lineIn(trace: string, file: string): number {
  const name = `${file.slice(file.lastIndexOf("/") + 1)}:`;
  for (let at = trace.indexOf(name); at !== -1; at = trace.indexOf(name, at + 1)) {
    const digits = /^\d{1,7}/.exec(trace.slice(at + name.length, at + name.length + 8))?.[0];
    if (digits !== undefined) return Number(digits);
  }
  return 0;
}

/** Text by code units, the same on every machine. */
export const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
