import type { ChangedFileLines, ChangedLines, LineRange, Measure } from "../domain/coverage.ts";
import { fields, gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { PrivateRepository } from "./private-repository.ts";

export interface ChangedLinesLimits {
  /** Larger files are not compared: every line of theirs counts as changed. */
  readonly fileBytes: number;
  /** Most bytes of all files that are compared, old and new. */
  readonly bytes: number;
}

/** Beyond so many candidates git looks only for files that were moved as they are. */
const mostRenames = 1000;
/** Of a file whose lines could not be compared. */
const everyLine: readonly LineRange[] = [{ from: 1, to: Number.MAX_SAFE_INTEGER }];

/**
 * The lines that a change added or modified, as `git diff -U0 -M` has them: of the new side, with files that were
 * renamed or moved (at least half of them the same) compared with what they were. Lines that moved within a file, or
 * from one file to another, are changed where they are now. Links and submodules have no lines.
 *
 * Nothing in the trees decides what is shown: attributes are not heeded, and a file that git takes for binary or that
 * is too large counts as changed in every line, as does one that gained characters which end a line for a compiler
 * and not for git. Otherwise a NUL in a comment would hide a change.
 */
export async function readChangedLines(
  platform: Pick<Platform, "git">,
  repository: Pick<PrivateRepository, "gitDir">,
  from: string,
  to: string,
  limits: ChangedLinesLimits,
): Promise<Measure<ChangedLines>> {
  const { gitDir } = repository;
  const args = [
    "diff-tree",
    "-r",
    `-l${mostRenames}`,
    "--find-renames=50%",
    "--no-ext-diff",
    "--no-textconv",
  ];
  // A newer git takes the attributes of HEAD's tree in a bare repository, unless told of another tree.
  const settings = [`core.bigFileThreshold=${limits.fileBytes}`, "attr.tree="];
  const call = (...more: string[]) =>
    gitOrThrow(platform.git, { gitDir, settings, args: [...args, ...more, from, to] });
  const entries = readEntries(await call("-z", "--raw", "--no-abbrev"));
  const compared = entries.filter(({ kind, oldBlob, newBlob }) => kind !== "deleted" && oldBlob !== newBlob);
  let bytes = 0;
  for (const { oldBlob, newBlob } of compared)
    for (const blob of [oldBlob, newBlob]) {
      const size = (await platform.git.sizeOf(gitDir, blob)) ?? 0;
      bytes += size > limits.fileBytes ? 0 : size;
    }
  if (bytes > limits.bytes)
    return { measured: false, why: `more than ${limits.bytes} bytes of files would have to be compared` };
  const patch = await call(
    "-p",
    "-U0",
    "--inter-hunk-context=0",
    "--no-color",
    "--full-index",
    "--diff-filter=d",
  );
  const ranges = readRanges(patch);
  const files = new Map<string, ChangedFileLines>();
  for (const entry of entries) {
    if (entry.kind !== "file") continue;
    const { path, oldPath, oldBlob, newBlob } = entry;
    const lines = oldBlob === newBlob ? [] : (ranges.get(`${oldBlob}..${newBlob}`) ?? everyLine);
    files.set(path, { oldPath, ranges: lines });
  }
  const deleted = new Set(entries.filter(({ kind }) => kind === "deleted").map(({ path }) => path));
  return { measured: true, value: { files, deleted } };
}

interface Entry {
  /** `other`: now a link or a submodule. */
  readonly kind: "file" | "deleted" | "other";
  readonly path: string;
  readonly oldPath: string | null;
  readonly oldBlob: string;
  readonly newBlob: string;
}

const isRegular = (mode: string): boolean => mode.startsWith("100");

function readEntries(raw: string): Entry[] {
  const parts = fields(raw);
  const entries: Entry[] = [];
  for (let i = 0; i + 1 < parts.length; ) {
    const [oldMode = "", newMode = "", oldBlob = "", newBlob = "", letter = ""] = (parts[i] as string)
      .slice(1)
      .split(" ");
    const moved = letter.startsWith("R");
    const [first, second] = [parts[i + 1] as string, parts[i + 2] as string];
    i += moved ? 3 : 2;
    const path = moved ? second : first;
    const kind = newMode === "000000" ? "deleted" : isRegular(newMode) ? "file" : "other";
    // What was no file before has no lines to compare with; git shows it as removed, and the new one as added.
    const isNew = !isRegular(oldMode);
    const none = "0".repeat(newBlob.length);
    entries.push({ kind, path, oldPath: isNew ? null : first, oldBlob: isNew ? none : oldBlob, newBlob });
  }
  return entries;
}

/**
 * Added lines by pair of blobs. Only what git itself writes is heeded, and no name: content begins with a sign in
 * every line, and names are quoted when they hold a line's end.
 */
function readRanges(patch: string): Map<string, readonly LineRange[]> {
  const ranges = new Map<string, readonly LineRange[]>();
  let pair = "";
  let hunks: LineRange[] = [];
  for (let start = 0, end = 0; start < patch.length; start = end + 1) {
    end = patch.indexOf("\n", start);
    if (end === -1) end = patch.length;
    const line = patch.slice(start, end);
    if (line.startsWith("index ")) {
      pair = /^index ([0-9a-f]+\.\.[0-9a-f]+)/.exec(line)?.[1] ?? "";
      hunks = [];
      ranges.set(pair, hunks);
    } else if (line.startsWith("@@ ")) {
      const [, first, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
      if (Number(count) > 0) hunks.push({ from: Number(first), to: Number(first) + Number(count) - 1 });
    } else if (line.startsWith("Binary files ") || (line.startsWith("+") && oddLineEnd.test(line)))
      ranges.set(pair, everyLine);
  }
  return ranges;
}

const oddLineEnd = /\r(?!$)|[\u2028\u2029]/;
