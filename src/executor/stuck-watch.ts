import { readResultFile } from "../builders/command/result-file.ts";
import type { Problem } from "../domain/failure.ts";
import { assessStuck, type Observation, observe, type StuckSign, startWatching } from "../failures/stuck.ts";
import { createPathPolicy } from "../governance/path-policy.ts";
import { watchTree } from "../platform/tree-watch.ts";
import type { Workspace } from "../platform/workspace.ts";
import { type AttemptContext, logOf, phaseOf, resultFileIn } from "./step.ts";

/** Looking takes at most this part of the time, however large the tree is. */
const lookingPart = 1 / 20;
/** A pause of this process is no time in which the builder was seen to do nothing. */
const longestGap = 4;
/** More words of warning about one attempt are no news. */
const mostWarnings = 20;

/** Looks on while a builder works. */
export interface StuckWatch {
  /** Aborted when the builder is to end: it is stuck, or the attempt is stopped. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Ends the watch; what the builder was ended for, where it was. @throws what an append throws */
  end(): Promise<Problem | undefined>;
}

/**
 * Watches a builder by the run's limits: what it prints, what it writes and what it reports to have used. Warns in the
 * ledger half-way to a threshold, and ends the builder at it.
 */
export function watchForStuck(context: AttemptContext, workspace: Workspace): StuckWatch {
  const { deps, journal, phaseId, attempt, stop } = context;
  const { clock } = deps.platform;
  const { stuck } = journal.state.created.limits;
  const found = new AbortController();
  const done = new AbortController();
  const over = AbortSignal.any([done.signal, stop]);
  let watched = startWatching(stuck);
  let sign: StuckSign | undefined;
  let atMs = 0;
  let warned: StuckSign["kind"] | undefined;
  let warnings = 0;

  const see = (seen: Observation) => {
    watched = observe(watched, seen);
  };
  async function warn(): Promise<void> {
    if (sign?.kind === warned || warnings >= mostWarnings) return;
    warned = sign?.kind;
    warnings += 1;
    const warning = sign ? { kind: sign.kind, message: sign.message } : null;
    await journal.append({ type: "builder-warned", data: { phaseId, attempt, warning } });
  }
  async function watch(): Promise<void> {
    const tree = watchTree(workspace.tree, { isEdit: editsOf(context), entries: stuck.entries });
    let pause = 0;
    let last = clock.elapsed();
    while (!over.aborted) {
      const began = clock.elapsed();
      const look = await tree.look();
      const reported = await readResultFile(resultFileIn(workspace), []);
      const now = clock.elapsed();
      const between = pause + (now - began);
      atMs += Math.min(now - last, longestGap * Math.max(between, stuck.sampleMs));
      last = now;
      see({ sees: "tree", atMs, tree: look });
      // A file that is half written says nothing yet.
      if (reported.ok && reported.value.tokens !== null)
        see({ sees: "tokens", atMs, tokens: reported.value.tokens });
      see({ sees: "time", atMs });
      if (over.aborted) return;
      sign = assessStuck(watched);
      if (sign?.level === "end") return found.abort();
      await warn();
      pause = Math.max(stuck.sampleMs, (clock.elapsed() - began) / lookingPart);
      await clock.sleep(pause, over);
    }
  }

  const watching = stuck.sampleMs === 0 ? Promise.resolve() : watch();
  // Told when the watch is ended.
  watching.catch(() => found.abort());
  return {
    signal: AbortSignal.any([stop, found.signal]),
    onLine(line) {
      see({ sees: "line", atMs, text: line });
      deps.onOutput(phaseId, line);
    },
    async end() {
      done.abort();
      await watching;
      return found.signal.aborted && sign ? problemOf(sign, logOf(context, "build").path) : undefined;
    },
  };
}

/** Which files count as edits: what the phase may write. */
function editsOf({ deps, journal, phaseId }: AttemptContext): (path: string) => boolean {
  const { scope } = phaseOf(journal.state, phaseId).spec;
  const policy = createPathPolicy({ protect: [], grants: [], now: deps.platform.clock.now() });
  return (path) => policy.assessPath(path, { phaseId, write: scope.write }).verdict === "allowed";
}

const problemOf = ({ kind, message }: StuckSign, log: string): Problem => ({
  kind,
  message: `the builder was ended: ${message}`,
  evidence: [{ label: "log", detail: log }],
});
