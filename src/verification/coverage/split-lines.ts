/** Longer ones are in no report; a piece of one that long is no line that can be read. */
const longestLine = 1_000_000;

/**
 * Hands every line to `onLine` as a piece of the chunk that it came in, without a copy where it lies in one chunk and
 * without what ends it (`\n`, `\r\n`). `end` hands over the rest, for which `whole` is false.
 */
export function createLineSplitter(
  onLine: (bytes: Uint8Array, from: number, to: number, whole: boolean) => void,
) {
  let held: Uint8Array = new Uint8Array(0);

  function hand(bytes: Uint8Array, from: number, to: number, whole: boolean): void {
    onLine(bytes, from, to > from && bytes[to - 1] === 13 ? to - 1 : to, whole);
  }

  return {
    /** False when a line is too long to be one. */
    push(chunk: Uint8Array): boolean {
      let from = 0;
      if (held.length > 0) {
        const end = chunk.indexOf(10);
        const piece = end === -1 ? chunk : chunk.subarray(0, end);
        held = Buffer.concat([held, piece]);
        if (held.length > longestLine) return false;
        if (end === -1) return true;
        hand(held, 0, held.length, true);
        held = new Uint8Array(0);
        from = end + 1;
      }
      for (let end = chunk.indexOf(10, from); end !== -1; end = chunk.indexOf(10, from)) {
        hand(chunk, from, end, true);
        from = end + 1;
      }
      // A copy: the source may use its buffer again.
      held = new Uint8Array(chunk.subarray(from));
      return held.length <= longestLine;
    },
    end(): void {
      if (held.length > 0) hand(held, 0, held.length, false);
    },
  };
}
