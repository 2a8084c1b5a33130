import { stripVTControlCharacters } from "node:util";

/** Longest beginning of a line that is kept, in bytes. What a line says stands at its beginning; the rest is payload. */
const mostLineBytes = 32_768;
const lineFeed = 0x0a;

/**
 * Tells the lines of a log as text, each decoded by itself: UTF-8, or UTF-16LE from whichever byte it begins at, as logs
 * are that several programs appended to. Colours and byte order marks are taken off. Memory is bounded, however long a
 * line is; no bytes are an error.
 */
export function createLineDecoder(onLine: (line: string) => void) {
  const line = Buffer.alloc(mostLineBytes);
  let length = 0;
  let begun = false;
  const tell = () => onLine(decodeLine(line.subarray(0, length)));
  return {
    add(chunk: Uint8Array): void {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let from = 0; from < bytes.length; ) {
        const end = bytes.indexOf(lineFeed, from);
        const to = end === -1 ? bytes.length : end;
        length += bytes.copy(line, length, from, Math.min(to, from + mostLineBytes - length));
        begun = end === -1;
        if (!begun) {
          tell();
          length = 0;
        }
        from = to + 1;
      }
    },
    end(): void {
      // The second byte of the last line feed begins no line.
      if (begun && !(length === 1 && line[0] === 0)) tell();
    },
  };
}

function decodeLine(bytes: Buffer): string {
  if (bytes.length === 0) return "";
  // A line feed in UTF-16LE is 0A 00, so its second byte begins what stands after the 0A.
  let start = bytes[0] === 0 ? 1 : 0;
  if (bytes[start] === 0xff && bytes[start + 1] === 0xfe) start += 2;
  const text = decodePart(bytes.subarray(start)).replace(/^\ufeff/, "");
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  return line.includes("\u001b") ? stripVTControlCharacters(line) : line;
}

/** A text of our kind has no NUL in UTF-8 and, for all that is ASCII, one at every second byte in UTF-16LE. */
function decodePart(bytes: Buffer): string {
  const first = bytes.indexOf(0);
  if (first === -1) return bytes.toString("utf8");
  const from = Math.max(0, first - 1);
  let to = bytes.lastIndexOf(0) + 1;
  if ((to - from) % 2 === 1) to = Math.min(to + 1, bytes.length);
  return bytes.toString("utf8", 0, from) + bytes.toString("utf16le", from, to) + bytes.toString("utf8", to);
}
