import type { LedgerHead } from "../domain/certificate.ts";
import { type RunEvent, runStream } from "../domain/events.ts";
import type { RunState } from "../domain/fold.ts";
import type { Lease, LeaseHeld } from "../domain/ledger.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { isEnded } from "../domain/run.ts";
import type { Clock } from "../platform/ports.ts";
import type { ExecutorDeps } from "./deps.ts";
import { acquireLease, signsPerLease } from "./lease.ts";

/** The run belongs to another process by now: whoever holds this journal stops at once and writes nothing more. */
export class OwnershipLost extends Error {
  override readonly name = "OwnershipLost";
}

/** The owner's pen: the folded state of one run and the only way to append to it. */
export interface Journal {
  readonly runId: string;
  readonly state: RunState;
  readonly head: LedgerHead;
  /** Of the lease: what is ours carries it. */
  readonly fence: number;
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  /** Durable when it returns; a jump of the clock since the last look is stored before. @throws OwnershipLost */
  append(...events: readonly RunEvent[]): Promise<RunState>;
  /** Gives a sign of life; `lost` is aborted where it comes too late. */
  beat(): Promise<void>;
  /** Stops the heartbeat and gives the lease back. */
  close(): Promise<void>;
}

/** Takes the lease of an existing run and folds its events. */
export async function openJournal(
  deps: ExecutorDeps,
  runId: string,
): Promise<Result<Journal, LeaseHeld | { readonly code: "no-such-run" | "run-ended" }>> {
  const { ledger, leases } = deps;
  const lease = await acquireLease(deps, runStream(runId));
  if (!lease.ok) return lease;
  const loaded = await ledger.loadRun(runId);
  if (!loaded || isEnded(loaded.state.state)) {
    await leases.release(lease.value);
    return err({ code: loaded ? "run-ended" : "no-such-run" });
  }
  return ok(createJournal(deps, runId, lease.value, loaded));
}

function createJournal(
  deps: ExecutorDeps,
  runId: string,
  lease: Lease,
  loaded: { state: RunState; head: LedgerHead },
): Journal {
  const { ledger, leases, platform } = deps;
  let { state, head } = loaded;
  let queue: Promise<unknown> = Promise.resolve();
  const lost = new AbortController();
  const beat = () =>
    leases.renew(lease, platform.clock.now()).then(
      (held) => void (held || lost.abort(new OwnershipLost(lossMessage(runId)))),
      (outage) => lost.abort(outage),
    );
  const heartbeat = setInterval(beat, deps.leaseMs / signsPerLease);
  heartbeat.unref();

  const watch = watchClock(platform.clock);
  const appendNow = async (given: readonly RunEvent[]): Promise<RunState> => {
    lost.signal.throwIfAborted();
    // Read once: a jump between two readings would be in the event's time and not in what is known of it.
    const now = platform.clock.now();
    const jumped = isUnderWay(state) && given[0]?.type !== "run-started" ? watch.jump(now) : 0;
    const events: readonly RunEvent[] =
      jumped === 0 ? given : [{ type: "clock-jumped", data: { byMs: jumped } }, ...given];
    if (events.length === 0) return state;
    const at = now.toISOString();
    const appended = await ledger.append({
      stream: lease.stream,
      expectedSeq: head.seq,
      events,
      actor: deps.actor,
      at,
      lease,
    });
    if (!appended.ok) {
      // An illegal event is a bug of ours; anything else means that somebody else owns the run.
      if (appended.error.code === "illegal-event") throw new Error(appended.error.message);
      lost.abort(new OwnershipLost(appended.error.message));
      throw new OwnershipLost(appended.error.message);
    }
    if (!appended.value.state) throw new Error(`${lease.stream} folded to no state`);
    ({ state, head } = { state: appended.value.state, head: appended.value.head });
    for (const event of appended.value.events) deps.onEvent(event, state);
    return state;
  };

  return {
    runId,
    get state() {
      return state;
    },
    get head() {
      return head;
    },
    fence: lease.fence,
    lost: lost.signal,
    append(...events) {
      const next = queue.then(() => appendNow(events));
      queue = next.catch(() => undefined);
      return next;
    },
    beat,
    async close() {
      clearInterval(heartbeat);
      await queue;
      if (!lost.signal.aborted) await leases.release(lease);
    },
  };
}

const isUnderWay = ({ state }: RunState): boolean => state === "running" || state === "waiting";

/** Clocks are set right by small steps all the time: a run's budgets need not know. */
const smallestJumpMs = 2000;

/** Compares the clock on the wall with the time that passed: `jump` is how far it moved by itself since the last jump. */
function watchClock(clock: Clock): { jump(now: Date): number } {
  const offset = (now: Date) => now.getTime() - clock.elapsed();
  let known = offset(clock.now());
  return {
    jump(now) {
      const by = Math.round(offset(now) - known);
      if (Math.abs(by) < smallestJumpMs) return 0;
      known += by;
      return by;
    },
  };
}

const lossMessage = (runId: string) => `run ${runId} was taken over by another process`;
