/** One record of a log: `[time] LEVEL: message`, and the lines after it that begin no record. */
export interface LogRecord {
  /** Milliseconds of the time as printed, taken as if it were UTC. */
  readonly at: number;
  readonly level: string;
  /** Its first line; only at the beginning of this do markers count. */
  readonly message: string;
  /** The first and the last of its continuation lines. */
  readonly lines: readonly string[];
}

const header = /^\[(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?\] ([A-Z]{4,8}): ?([^]*)$/;

/** Kept of a record's continuation lines. Git says what it made of a patch at the end of what it prints. */
const headLines = 60;
const tailLines = 40;
const mostLine = 400;
const mostMessage = 4000;

/** Tells the records that lines make up. Lines before the first record belong to nothing and are left out. */
export function createRecordReader(onRecord: (record: LogRecord) => void) {
  let open: Omit<LogRecord, "lines"> | undefined;
  let head: string[] = [];
  let tail: string[] = [];
  const tell = () => {
    if (open) onRecord({ ...open, lines: [...head, ...tail] });
  };
  return {
    add(line: string): void {
      const next = line.startsWith("[") ? parseHeader(line) : undefined;
      if (next) {
        tell();
        open = next;
        head = [];
        tail = [];
      } else if (open) {
        const kept = beginningOf(line, mostLine);
        if (head.length < headLines) head.push(kept);
        else tail.push(kept);
        if (tail.length >= 2 * tailLines) tail = tail.slice(-tailLines);
      }
    },
    end: tell,
  };
}

/** A copy: a slice would keep the whole line in memory. */
const beginningOf = (text: string, length: number): string =>
  text.length <= length ? text : Buffer.from(text.slice(0, length)).toString();

function parseHeader(line: string) {
  const match = header.exec(line);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "0", level = "", message = ""] = match;
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // A date that does not exist comes out as another one.
  if (!new Date(at).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}`)) return undefined;
  const ms = Math.trunc(Number(`0.${fraction}`) * 1000);
  return { at: at + ms, level, message: beginningOf(message, mostMessage) };
}
