import type { Generated } from "kysely";
import type { PhaseRow, RunRow } from "../domain/ledger.ts";

interface EventTable {
  /** The order of appends over all streams. */
  readonly id: Generated<number>;
  readonly stream: string;
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  /** Canonical JSON. */
  readonly data: string;
  readonly fence: number | null;
  readonly prevHash: string;
  readonly hash: string;
}

interface LeaseTable {
  readonly stream: string;
  readonly fence: number;
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: string;
  readonly renewedAt: string;
  readonly released: 0 | 1;
}

/** The tables as Kysely sees them: camel case here, snake case in the database. */
export interface Tables {
  readonly events: EventTable;
  readonly streams: { readonly stream: string; readonly seq: number; readonly hash: string };
  readonly leases: LeaseTable;
  readonly runs: RunRow;
  readonly phases: PhaseRow;
}

/** An event as it is written. */
export type EventRow = Omit<EventTable, "id">;
