/** Hands out phases to whoever works on them. */
export interface Dispatcher {
  /** The ids of the phases being worked on. */
  active(): ReadonlySet<string>;
  /** Starts work on a phase; it is active until `work` settles. */
  start(phaseId: string, work: () => Promise<void>): void;
  /**
   * Resolves when the work on one of the phases has ended, also where it had before the call; rejects with what was
   * thrown. Never resolves for none.
   */
  settled(phaseIds: ReadonlySet<string>): Promise<void>;
  /** Resolves when nothing is active any more; rejects with the first thing thrown. */
  idle(): Promise<void>;
}
