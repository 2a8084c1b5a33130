import { isTestPath } from "../../domain/paths.ts";
import {
  type HistoryCommit,
  isPartial,
  type ReadableRepository,
  readHistory,
} from "../../platform/history.ts";
import { stemOfTest } from "./own-tests.ts";

/** What is kept of a commit that did something to a path that is watched. */
export interface CommitFacts {
  readonly commit: string;
  /** Seconds since 1970; never before those of its parents, whatever its clock said. */
  readonly seconds: number;
  /** `1a2b3c4d5e6f of 2026-01-11`, by its own clock. */
  readonly name: string;
  /** Its clock stood before that of a parent. */
  readonly isMisdated: boolean;
  /** As its clock said, ISO 8601. */
  readonly at: string;
  readonly runs: readonly string[];
  readonly phases: readonly string[];
  readonly isBoundary: boolean;
}

/** What a commit did to a path. `left` and `came` are the two sides of a move. */
export interface PathEvent {
  readonly order: number;
  readonly by: CommitFacts;
  readonly kind: "added" | "modified" | "deleted" | "left" | "came";
  readonly other: string;
  readonly mode: string;
  readonly oldBlob: string;
  readonly blob: string;
}

export interface Watched {
  readonly paths: ReadonlySet<string>;
  /** Folders with a slash at their end; an empty one is the whole repository. */
  readonly folders: ReadonlySet<string>;
  /** Tests that are added are kept where they are of one of these, by its stem. */
  readonly stems: ReadonlySet<string>;
}

export interface Timeline {
  eventsOf(path: string): readonly PathEvent[];
  /** Paths below a watched folder that anything happened to; null where it was too much to keep. */
  membersOf(folder: string): ReadonlySet<string> | null;
  /** Tests by the stem of what they test, as they were added. */
  testsOf(stem: string): readonly { readonly path: string; readonly by: CommitFacts }[];
  /** When the last commit was made whose parents this repository lacks; null where it has the whole history. */
  readonly boundarySeconds: number | null;
  /** Whether blobs may be elsewhere. */
  readonly isPartial: boolean;
  /** Every blob that an event names. */
  blobs(): Iterable<string>;
}

/** One pass over the history that leads to `commit`. What it keeps grows with what is watched, not with the history. */
export async function readTimeline(
  repository: ReadableRepository,
  commit: string,
  watched: Watched,
  mostEvents: number,
): Promise<Timeline> {
  const partial = await isPartial(repository);
  const paths = new Set(watched.paths);
  const events = new Map<string, PathEvent[]>();
  const members = new Map([...watched.folders].map((folder) => [folder, new Set<string>()]));
  const tests = new Map<string, { path: string; by: CommitFacts }[]>();
  const secondsOf = new Map<string, number>();
  let [order, kept, boundarySeconds] = [0, 0, null as number | null];

  const foldersOf = (path: string): string[] => {
    const found: string[] = [];
    if (members.size === 0) return found;
    if (members.has("")) found.push("");
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at + 1);
      if (members.has(folder)) found.push(folder);
    }
    return found;
  };
  const keep = (path: string, event: PathEvent): void => {
    const folders = kept < mostEvents ? foldersOf(path) : [];
    if (folders.length === 0 && !paths.has(path)) return;
    for (const folder of folders) members.get(folder)?.add(path);
    const known = events.get(path);
    if (known) known.push(event);
    else events.set(path, [event]);
    kept++;
  };

  for await (const one of readHistory(repository, commit, { isPartial: partial })) {
    order++;
    const by = factsOf(one, secondsOf);
    if (by.isBoundary) boundarySeconds = Math.max(boundarySeconds ?? 0, by.seconds);
    for (const { kind, path, from, mode, oldBlob, blob } of one.changes) {
      const event = { order, by, mode, oldBlob, blob };
      if (kind === "moved" && from !== null) {
        const isFollowed = paths.has(from) || foldersOf(from).length > 0;
        keep(from, { ...event, kind: "left", other: path });
        if (isFollowed) paths.add(path);
        keep(path, { ...event, kind: "came", other: from });
      } else if (kind !== "moved" && !(kind === "modified" && oldBlob === blob))
        keep(path, { ...event, kind, other: "" });
      if (kind !== "deleted" && kind !== "modified" && isTestPath(path)) keepTest(path, by);
    }
  }
  const isTooMuch = kept >= mostEvents;
  return {
    eventsOf: (path) => events.get(path) ?? [],
    membersOf: (folder) => (isTooMuch ? null : (members.get(folder) ?? new Set())),
    testsOf: (stem) => tests.get(stem) ?? [],
    boundarySeconds,
    isPartial: partial,
    *blobs() {
      for (const list of events.values())
        for (const { oldBlob, blob } of list) {
          yield oldBlob;
          yield blob;
        }
    },
  };

  function keepTest(path: string, by: CommitFacts): void {
    const stem = stemOfTest(path);
    if (!watched.stems.has(stem)) return;
    const known = tests.get(stem);
    if (known) known.push({ path, by });
    else tests.set(stem, [{ path, by }]);
  }
}

function factsOf(one: HistoryCommit, secondsOf: Map<string, number>): CommitFacts {
  const { commit, time, parents, runs, phases, isBoundary } = one;
  // Git itself, too, takes a commit for no older than what it stands on.
  let seconds = time;
  for (const parent of parents) seconds = Math.max(seconds, secondsOf.get(parent) ?? 0);
  secondsOf.set(commit, seconds);
  const at = new Date(time * 1000).toISOString();
  const name = `${commit.slice(0, 12)} of ${at.slice(0, 10)}`;
  return { commit, seconds, name, at, isMisdated: time < seconds, runs, phases, isBoundary };
}
