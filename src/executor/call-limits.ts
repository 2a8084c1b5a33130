import type { BuildTask } from "../builders/builder.ts";
import { isRepair } from "../domain/builders.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import type { Problem } from "../domain/failure.ts";
import { remainingOfPhase, tokensFree } from "./budgets.ts";
import { type AttemptContext, attemptOf, phaseOf } from "./step.ts";

/** A builder's own time, as often enlarged as the attempt says, and what is left of the phase's. */
export function timeOf(context: AttemptContext, { longestMs, name }: PinnedBuilder): number {
  const { deps, journal, phaseId } = context;
  const { checkMs, roomFactor } = journal.state.created.limits;
  const phase = phaseOf(journal.state, phaseId);
  const left = remainingOfPhase(journal.state, phase, deps.platform.clock.now()).ms;
  const own = isRepair(name) ? checkMs : longestMs;
  const room = roomFactor ** (attemptOf(context).room ?? 0);
  return Math.max(1, own === undefined ? left : Math.min(own * room, left));
}

/**
 * What the builder may report before it is ended: what it declares, with the tolerated overrun, and what budgets leave it
 * beside the others at work.
 */
export function tokenLimitOf(
  context: AttemptContext,
  { maxTokens }: PinnedBuilder,
): Pick<BuildTask, "tokens"> {
  const { deps, journal, phaseId, shared } = context;
  const { reserved } = attemptOf(context);
  const { overrunFactor } = journal.state.created.limits;
  const own = maxTokens === undefined ? undefined : reserved;
  const freeNow = () => tokensFree(journal.state, phaseOf(journal.state, phaseId), shared.liveTokens);
  const free = freeNow();
  if (own === undefined && free === undefined) return {};
  const foresee = createForesight(() => deps.platform.clock.elapsed());
  return {
    tokens: {
      most: Math.max(0, Math.min(own ?? Number.POSITIVE_INFINITY, free ?? Number.POSITIVE_INFINITY)),
      assess(used) {
        shared.liveTokens.set(phaseId, used);
        const left = freeNow();
        const coming = foresee(used);
        if (left !== undefined && used + coming > left)
          return spent(
            "tokens-exhausted",
            left,
            coming > 0 ? "that were left, or was about to" : "that were left",
          );
        if (own !== undefined && used > own * overrunFactor)
          return spent("builder-over-tokens", own, "that are set aside for it");
        return null;
      },
    },
  };
}

/** Reports that come faster after one another than this are of one stream. */
const pauseMs = 500;
/** What a builder goes on using once it has had enough: until it is looked at, and until its processes have ended. */
const aheadMs = 400;

/**
 * How much a builder is about to use before it could be ended, where it reports without a pause; nothing where it does not. Of the
 * last two paces the lower: a single large report says nothing of the next. When it began to use its first is not known.
 */
function createForesight(elapsed: () => number): (used: number) => number {
  let last: { readonly at: number; readonly used: number } | undefined;
  let [before, pace] = [0, 0];
  return (used) => {
    const at = elapsed();
    const passed = Math.max(1, at - (last?.at ?? at));
    if (passed > pauseMs) [before, pace] = [0, 0];
    if (used > (last?.used ?? 0)) {
      if (last && passed <= pauseMs) [before, pace] = [pace, (used - last.used) / passed];
      last = { at, used };
    }
    return Math.min(before, pace) * aheadMs;
  };
}

const spent = (kind: "tokens-exhausted" | "builder-over-tokens", most: number, which: string): Problem => ({
  kind,
  message: `the builder was ended: it reported more than the ${most} tokens ${which}`,
  evidence: [],
});
