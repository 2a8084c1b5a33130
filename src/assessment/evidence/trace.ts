import type { CommitFacts, PathEvent, Timeline } from "./timeline.ts";
import { isCopy } from "./tree.ts";

/** What happened to one file, under whichever name: `path` is the one that it had afterwards. */
export interface Step {
  readonly order: number;
  readonly by: CommitFacts;
  readonly kind: "added" | "modified" | "deleted" | "moved";
  readonly path: string;
  readonly mode: string;
  readonly oldBlob: string;
  readonly blob: string;
}

const mostMoves = 50;

/** The steps of the file that stands, or stood, at `path`, oldest first; moves are followed, to copies they are not. */
export function traceOf(timeline: Timeline, path: string): readonly Step[] {
  const own = timeline.eventsOf(path);
  const steps: Step[] = [];
  for (const [index, event] of own.entries()) {
    steps.push(stepOf(path, event));
    // Until something stands at the path again, its file is where it went.
    if (isFollowed(event)) follow(event, own[index + 1]?.order ?? Number.POSITIVE_INFINITY);
  }
  return steps;

  function follow(move: PathEvent, until: number): void {
    let [name, from] = [move.other, move.order];
    for (let moves = 0; moves < mostMoves; moves++) {
      const later = timeline.eventsOf(name).filter(({ order }) => order > from && order < until);
      const next = later.findIndex(isFollowed);
      const here = next === -1 ? later : later.slice(0, next + 1);
      for (const event of here) steps.push(stepOf(name, event));
      const moved = here.at(-1);
      if (next === -1 || !moved) return;
      [name, from] = [moved.other, moved.order];
    }
  }
}

const isFollowed = (event: PathEvent): boolean => event.kind === "left" && !isCopy(event.other);

function stepOf(path: string, event: PathEvent): Step {
  const { order, by, mode, oldBlob, blob } = event;
  const step = { order, by, mode, oldBlob, blob };
  if (event.kind === "left")
    return isFollowed(event)
      ? { ...step, kind: "moved", path: event.other }
      : { ...step, kind: "deleted", path, mode: "000000" };
  return { ...step, kind: event.kind === "came" ? "added" : event.kind, path };
}

/** The moments that a phase is judged by, in whole seconds, as commits have them. */
export interface Window {
  readonly from: number;
  /** Null: the record does not say when it ended. */
  readonly to: number | null;
}

/** What the record rests on: the last step within the window, else the first one after it. */
export function stepAsRecorded(since: readonly Step[], { to }: Window): Step | undefined {
  const within = to === null ? undefined : since.findLast(({ by }) => by.seconds <= to);
  return within ?? since[0];
}
