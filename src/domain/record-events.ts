/** A value of a foreign database as it is kept; what JSON cannot carry is described: `{ "bytes": 12 }`. */
export type Cell =
  | string
  | number
  | null
  /** A number that JavaScript cannot hold exactly, as text. */
  | { readonly number: string }
  /** Binary data: only its length is kept. */
  | { readonly bytes: number };

export type RecordedRow = Readonly<Record<string, Cell>>;

/** The file that something was read from. */
export interface RecordSource {
  readonly program: "autopack-py";
  readonly sha256: string;
  /** 1, 2, 3 … in the order in which files of different contents were imported. */
  readonly snapshot: number;
}

export interface ObservedRow {
  /** Identity of the row within its run and table, from one snapshot to the next. */
  readonly key: string;
  readonly row: RecordedRow;
}

/** One try at a phase as a log tells it; times are local, as printed, in the shape of ISO 8601 without a zone. */
export interface LoggedTry {
  readonly phaseId: string;
  readonly startedAt: string;
  /** 2, 3 … where the phase began so often in that moment: logs print seconds. */
  readonly nth: number;
  readonly endedAt: string | null;
  readonly outcome: "succeeded" | "failed" | "unfinished";
  /** As printed: `PATCH_FAILED`. */
  readonly status: string | null;
  readonly cause: string | null;
  /** The sort of cause, as the reader of the log names it. */
  readonly causeKind: string | null;
  readonly fingerprint: string | null;
  readonly tokens: number | null;
  readonly model: string | null;
}

/** What one table of a snapshot held. */
export interface TableCount {
  readonly table: string;
  readonly rows: number;
  /** Whether this program knows what the table is for. */
  readonly known: boolean;
  readonly unknownColumns: readonly string[];
  /** Columns that the program knows and the table lacks. */
  readonly missingColumns: readonly string[];
}

/** What is in `run/<id>/record` and `repo/record`: what other programs recorded, verbatim, and when it was seen. */
export type RecordEvent =
  | {
      readonly type: "snapshot-imported";
      readonly data: {
        readonly source: RecordSource;
        readonly bytes: number;
        readonly tables: readonly TableCount[];
        /** The first of them; `unreadCount` counts all. */
        readonly unread: readonly UnreadRow[];
        readonly unreadCount: number;
      };
    }
  | {
      readonly type: "record-rows-observed";
      readonly data: {
        readonly source: RecordSource;
        readonly table: string;
        readonly rows: readonly ObservedRow[];
      };
    }
  | {
      /** A state that is another one than in the snapshot before. */
      readonly type: "recorded-state-observed";
      readonly data: {
        readonly source: RecordSource;
        readonly table: string;
        readonly key: string;
        readonly from: string;
        readonly to: string;
      };
    }
  | {
      /** Rows of an earlier snapshot that this one lacks. They stay part of the record. */
      readonly type: "record-rows-missing";
      readonly data: {
        readonly source: RecordSource;
        readonly table: string;
        readonly keys: readonly string[];
      };
    }
  | {
      readonly type: "log-attempts-observed";
      readonly data: { readonly attempts: readonly LoggedTry[] };
    };

export const recordEventTypes = [
  "snapshot-imported",
  "record-rows-observed",
  "recorded-state-observed",
  "record-rows-missing",
  "log-attempts-observed",
] as const satisfies readonly RecordEvent["type"][];

/** A row that is in no run's record, and why. */
export interface UnreadRow {
  readonly table: string;
  readonly key: string;
  readonly why: string;
}

/** The stream of what other programs recorded of a run; an id may hold any character. */
export const recordStream = (runId: string): string =>
  `run/${encodeURIComponent(runId.toWellFormed())}/record`;
/** The stream of what was imported, and of rows that name no run. */
export const importStream = "repo/record";

/** A table of a foreign database, read whole. */
export interface SnapshotTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly SnapshotRow[];
  /** Rows that cannot be kept, by their place in the table. */
  readonly unread: readonly { readonly place: string; readonly why: string }[];
}

export interface SnapshotRow {
  /** Its place in the table, for people: the number of the row. */
  readonly place: string;
  readonly row: RecordedRow;
}
