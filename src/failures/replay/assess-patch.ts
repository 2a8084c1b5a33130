import type { Told } from "./assess-cause.ts";
import type { LogRecord } from "./read-records.ts";

type Shape = readonly [RegExp, string];

/** What git says of a patch that it does not take, most telling first; the group is the path, or what it says instead. */
const shapes: readonly Shape[] = [
  // error: src/a.py: patch does not apply
  [/^(.+): patch does not apply$/, "patch-refused"],
  // error: src/a.py: does not exist in index
  [/^(.+): (?:does not exist in index|No such file or directory)$/, "patch-without-file"],
  // error: src/a.py: already exists in working directory
  [/^(.+): already exists in (?:working directory|index)$/, "patch-over-file"],
  // error: corrupt patch at line 510
  [/^(corrupt patch|patch fragment without header|unrecognized input|No valid patches)/, "patch-corrupt"],
];
// Applied patch to 'src/a.py' with conflicts.
const conflict = /^Applied patch to '(.+)' with conflicts/;

/**
 * Why a patch was not applied: by what git refused and the first path that it names, over the whole record, so that a
 * warning about white space before it is not the cause. A record that only says that git failed is told by the last
 * one before it that says how.
 */
export function assessPatchFailure(text: string, record: LogRecord, all: readonly LogRecord[]): Told {
  const own = shapeOf([text, ...record.lines]);
  if (own) return own;
  if (/git[ _]apply/i.test(text))
    for (const { message, lines } of all.slice(0, all.indexOf(record)).toReversed()) {
      const told = shapeOf([message, ...lines]);
      if (told) return told;
    }
  const detail = [text, ...record.lines.slice(0, 20)].join("\n").trim();
  return { kind: "patch-invalid", ...byOutput, detail };
}

const byOutput = { decidedBy: "output", as: "builder-result-invalid" } as const;

function shapeOf(lines: readonly string[]): Told | undefined {
  const errors = lines.filter((line) => line.includes(errorMark)).map(afterMark);
  for (const [pattern, kind] of shapes)
    for (const error of errors) {
      const detail = pattern.exec(error)?.[1];
      if (detail !== undefined) return { kind, ...byOutput, detail };
    }
  const path = lines.map((line) => conflict.exec(line)?.[1]).find((found) => found !== undefined);
  return path === undefined ? undefined : { kind: "patch-conflict", ...byOutput, detail: path };
}

const errorMark = "error: ";
const afterMark = (line: string): string => line.slice(line.lastIndexOf(errorMark) + errorMark.length);
