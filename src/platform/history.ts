import { devNull } from "node:os";
import type { Git } from "./ports.ts";

/** A repository to be read, by git alone. */
export interface ReadableRepository {
  readonly git: Git;
  readonly gitDir: string;
}

/** What one commit does to one path, or to two where it moves a file. */
export interface HistoryChange {
  readonly kind: "added" | "modified" | "deleted" | "moved";
  readonly path: string;
  /** Where it was before; null unless it was moved. */
  readonly from: string | null;
  readonly mode: string;
  readonly oldBlob: string;
  readonly blob: string;
}

export interface HistoryCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  /** Seconds since 1970, as the clock of who committed it said. */
  readonly time: number;
  /** The runs and phases of its trailers; several where phases were squashed. */
  readonly runs: readonly string[];
  readonly phases: readonly string[];
  /** It has parents which this repository does not hold: a shallow clone ends here. */
  readonly isBoundary: boolean;
  /** Of a merge, only what is as in none of its parents. */
  readonly changes: readonly HistoryChange[];
}

/** Whether some objects are elsewhere, to be fetched when they are asked for: here they never are. */
export async function isPartial({ git, gitDir }: ReadableRepository): Promise<boolean> {
  const args = ["config", "--get-regexp", "^(remote\\..*\\.promisor|extensions\\.partialclone)$"];
  return (await git.run({ gitDir, args })).code === 0;
}

/** Those of `objects` that are here. Asking git for one that is not, in a partial clone, is a fatal error. */
export async function findHeld(
  { git, gitDir }: ReadableRepository,
  objects: ReadonlySet<string>,
): Promise<Set<string>> {
  const args = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"];
  const held = new Set<string>();
  for await (const line of pieces(git.stream({ gitDir, args }), 10)) if (objects.has(line)) held.add(line);
  return held;
}

const trailer = (name: string) => `%(trailers:key=${name},valueonly,separator=%x2C)`;

/**
 * Every commit that leads to `commit`, parents before children, from one `git log` whose output is never held as a whole.
 * Moves are followed as git finds them; in a partial clone only those that leave the content as it is.
 *
 * @throws AppError `git-failed` where git cannot read the history to its end.
 */
export async function* readHistory(
  repository: ReadableRepository,
  commit: string,
  options: { readonly isPartial: boolean },
): AsyncGenerator<HistoryCommit> {
  const { git, gitDir } = repository;
  const args = [
    "log",
    "-z",
    "--raw",
    "--no-abbrev",
    options.isPartial ? "-M100%" : "-M",
    "-l1000",
    `-O${devNull}`,
    "--diff-merges=combined",
    "--topo-order",
    "--reverse",
    // What a repository configures may neither run a program nor hide a change.
    "--no-show-signature",
    "--no-notes",
    "--no-mailmap",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
    "--encoding=UTF-8",
    `--format=%H %ct %P%n${trailer("Autopack-Run")}%n${trailer("Autopack-Phase")}`,
    "--end-of-options",
    commit,
    "--",
  ];
  let current: Draft | undefined;
  const fields = pieces(git.stream({ gitDir, args, settings: ["trailer.separators=:"] }), 0)[
    Symbol.asyncIterator
  ]();
  const path = async () => (await fields.next()).value ?? "";
  for (let next = await fields.next(); !next.done; next = await fields.next()) {
    const field = next.value;
    const head = /^([0-9a-f]{40,64}) (\d+) ([0-9a-f ]*)\n([^\n]*)\n([^\n]*)/.exec(field);
    if (head) {
      if (current) yield await completed(repository, current);
      current = draftOf(head);
    } else if (/^\n?:/.test(field)) {
      const raw = readRaw(field.trimStart());
      // Two paths follow where a file was moved: read in this order.
      const first = await path();
      const second = raw.kind === "moved" ? await path() : null;
      current?.changes.push({ ...raw, path: second ?? first, from: second === null ? null : first });
    }
  }
  if (current) yield await completed(repository, current);
}

interface Draft extends Omit<HistoryCommit, "isBoundary"> {
  readonly changes: HistoryChange[];
}

function draftOf([, commit = "", time = "", parents = "", runs = "", phases = ""]: RegExpExecArray): Draft {
  const list = (text: string, by: string) => text.split(by).flatMap((part) => part.trim() || []);
  return {
    commit,
    time: Number(time),
    parents: list(parents, " "),
    runs: list(runs, ","),
    phases: list(phases, ","),
    changes: [],
  };
}

async function completed({ git, gitDir }: ReadableRepository, draft: Draft): Promise<HistoryCommit> {
  // Without parents it is the first of all, or git was told to see none: the object itself tells.
  const isBoundary =
    draft.parents.length === 0 &&
    /^[^\n]+\nparent /.test((await git.read(gitDir, draft.commit))?.toString("latin1") ?? "");
  return { ...draft, isBoundary };
}

/** `:MODE MODE BLOB BLOB STATUS`, or of a merge a colon, a mode, a blob and a letter more for each parent after the first. */
function readRaw(field: string): Omit<HistoryChange, "path" | "from"> {
  const parents = /^:+/.exec(field)?.[0].length ?? 1;
  const words = field.slice(parents).split(" ");
  const status = words.at(-1) ?? "";
  const mode = words[parents] ?? "";
  const isGone = mode === "000000";
  const isNew = words.slice(0, parents).some((before) => before === "000000");
  const kind = isGone
    ? "deleted"
    : isNew
      ? "added"
      : parents === 1 && status.startsWith("R")
        ? "moved"
        : "modified";
  return { kind, mode, oldBlob: words[parents + 1] ?? "", blob: words[2 * parents + 1] ?? "" };
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** Every file, link and submodule of a commit's tree. */
export async function* readTree(
  { git, gitDir }: ReadableRepository,
  commit: string,
): AsyncGenerator<TreeEntry> {
  const args = ["ls-tree", "-r", "-z", "--full-tree", commit];
  for await (const line of pieces(git.stream({ gitDir, args }), 0)) {
    const match = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line);
    if (match) yield { mode: match[1] ?? "", blob: match[2] ?? "", path: match[3] ?? "" };
  }
}

/**
 * The pieces of an output that a byte separates, each a text of its own: one cut out of a longer text would keep all of
 * that in memory.
 */
async function* pieces(output: AsyncIterable<Buffer>, separator: 0 | 10): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of output) {
    const held = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = held.indexOf(separator); end !== -1; end = held.indexOf(separator, from)) {
      yield held.toString("utf8", from, end);
      from = end + 1;
    }
    rest = held.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}
