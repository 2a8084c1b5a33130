/** Hands out phases to whoever works on them. */
export interface Dispatcher {
  /** The ids of the phases being worked on. */
  active(): ReadonlySet<string>;
  /** Starts work on a phase; it is active until `work` settles. */
  start(phaseId: string, work: () => Promise<void>): void;
  /** Resolves when the next piece of work ends; rejects with what it threw. Never resolves while nothing is active. */
  settled(): Promise<void>;
  /** Resolves when nothing is active any more; rejects with the first thing thrown. */
  idle(): Promise<void>;
}
