import type { RunEvent } from "./events.ts";
import { err, type Result } from "./result.ts";

/** Why an event cannot follow: the ledger refuses to append it. */
export interface IllegalEvent {
  readonly code: "illegal-event";
  readonly message: string;
}
export type Folded<T> = Result<T, IllegalEvent>;
export const illegal = (message: string): Folded<never> => err({ code: "illegal-event", message });

/** An event with what the ledger adds to it and the fold needs. */
export type Occurred<E extends RunEvent = RunEvent> = E & { readonly seq: number; readonly at: string };
