import type { BreakerEvent } from "../../domain/breaker.ts";
import { foldRegistry, type Registry, type Remembered } from "./registry.ts";

/** Where events are kept. Any append-only list that can refuse a stale writer will do; a file or a table, for example. */
export interface BreakerStore {
  /** The events after `afterSeq`, in order; they are numbered from 1 on, without a gap. */
  read(afterSeq: number): Promise<readonly (Remembered & { readonly seq: number })[]>;
  /** Durable when it returns true; false where `expectedSeq` is not the last event's number any more. */
  append(expectedSeq: number, event: BreakerEvent): Promise<boolean>;
}

/** A registry kept up to date with its store. Each process has its own; the store is what they share. */
export interface BreakerMemory {
  /** As of the last `refresh` or `append`. */
  readonly registry: Registry;
  /** Number of the last event taken in. */
  readonly seq: number;
  /** Takes in what was appended since. */
  refresh(): Promise<void>;
  /**
   * Appends what `decide` gives for the registry as it stands; where somebody else came in between, it decides
   * again. False where there was nothing to append.
   */
  append(decide: (registry: Registry) => BreakerEvent | null): Promise<boolean>;
}

export function createMemory(store: BreakerStore): BreakerMemory {
  const registry = foldRegistry();
  let seq = 0;
  const refresh = async (): Promise<void> => {
    for (const event of await store.read(seq)) {
      // Two calls at once may read the same.
      if (event.seq !== seq + 1) continue;
      registry.apply(event);
      seq = event.seq;
    }
  };
  return {
    registry,
    get seq() {
      return seq;
    },
    refresh,
    async append(decide) {
      for (;;) {
        await refresh();
        const event = decide(registry);
        if (event === null) return false;
        const appended = await store.append(seq, event);
        if (!appended) continue;
        await refresh();
        return true;
      }
    },
  };
}

/** A store that lasts as long as the process. */
export function createProcessStore(now: () => Date = () => new Date()): BreakerStore {
  const events: (BreakerEvent & { readonly seq: number; readonly at: string })[] = [];
  return {
    read: async (afterSeq) => events.slice(afterSeq),
    append: async (expectedSeq, event) => {
      if (expectedSeq !== events.length) return false;
      events.push({ ...event, seq: expectedSeq + 1, at: now().toISOString() });
      return true;
    },
  };
}
