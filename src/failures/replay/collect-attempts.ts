import { assessCause, isRejection } from "./assess-cause.ts";
import type { LoggedAttempt } from "./attempt.ts";
import { type Marker, parseMarker, prefixOf } from "./parse-marker.ts";
import type { LogRecord } from "./read-records.ts";

/** A process of the ancestor's executor, as far as its log goes. */
interface Process {
  id: string;
  run?: string;
  base?: string;
  storedAt?: number;
  readonly replans: Map<string, number>;
  readonly planRefusals: Map<string, string>;
}

type Growing = { -readonly [Key in keyof LoggedAttempt]: LoggedAttempt[Key] };

/** An attempt that has not ended, with the records that may say why it fails. */
interface Open {
  readonly attempt: Growing;
  readonly process: Process;
  readonly first: LogRecord[];
  last: LogRecord[];
  budgetTokens: number;
  builderTokens: number;
  measured: boolean;
}

/** Kept of an attempt's errors and warnings. */
const firstKept = 20;
const lastKept = 40;
const isTelling = (level: string): boolean => !["INFO", "DEBUG"].includes(level);

/**
 * Collects the attempts of one log from its records. `source` names the log: attempts before any start of a process in
 * it are of a process that is known by nothing else.
 */
export function createAttemptCollector(source: string) {
  const attempts: Growing[] = [];
  const open = new Map<string, Open>();
  /** The last attempt of each phase, ended or not: its outcome may be written after its end. */
  const latest = new Map<string, Growing>();
  let process: Process = createProcess(source);
  let current: Open | undefined;

  const close = (phase: string, end: Partial<Growing>): void => {
    const ended = open.get(phase);
    if (!ended) return;
    open.delete(phase);
    if (current === ended) current = undefined;
    Object.assign(ended.attempt, end);
    if (ended.measured) ended.attempt.tokens = Math.max(ended.budgetTokens, ended.builderTokens);
    const records = [...ended.first, ...ended.last.slice(-lastKept)];
    ended.attempt.rejected = records.some(isRejection);
    if (ended.attempt.outcome === "failed") ended.attempt.cause = assessCause(records, ended.attempt.status);
    ended.first.length = 0;
    ended.last = [];
  };

  const start = (phase: string, at: number): void => {
    // Without a word about its end an attempt failed when its own process begins the next; another process may have
    // come because the first was cut off.
    const before = open.get(phase);
    if (before) close(phase, before.process === process ? { outcome: "failed", end: at } : {});
    const planRefusal = process.planRefusals.get(phase);
    const attempt: Growing = {
      ...(process.run === undefined ? {} : { run: process.run }),
      phase,
      start: at,
      outcome: "unfinished",
      ...(process.base === undefined ? {} : { base: process.base }),
      process: process.id,
      replans: process.replans.get(phase) ?? 0,
      ...(planRefusal === undefined ? {} : { planRefusal }),
      ...(process.storedAt === undefined ? {} : { storedBefore: process.storedAt }),
      rejected: false,
    };
    current = { attempt, process, first: [], last: [], budgetTokens: 0, builderTokens: 0, measured: false };
    attempts.push(attempt);
    open.set(phase, current);
    latest.set(phase, attempt);
  };

  const apply = (marker: Marker, at: number): void => {
    switch (marker.is) {
      case "process-started":
        // A start has one or two such records; what is between them is of no attempt.
        process = createProcess(`${marker.run} ${new Date(at).toISOString().slice(0, 19)}`, marker.run);
        current = undefined;
        return;
      case "run-named":
        process.run ??= marker.run;
        return;
      case "base-named":
        process.base = marker.commit;
        return;
      case "plan-refused":
        process.planRefusals.set(marker.phase, marker.why);
        return;
      case "plan-passed":
        process.planRefusals.delete(marker.phase);
        return;
      case "replanned":
        process.replans.set(marker.phase, (process.replans.get(marker.phase) ?? 0) + 1);
        process.planRefusals.delete(marker.phase);
        return;
      case "attempt-started":
        return start(marker.phase, at);
      case "attempt-succeeded":
        return close(marker.phase, { outcome: "succeeded", end: at });
      case "attempt-failed":
        return close(marker.phase, { outcome: "failed", status: marker.status, end: at });
      case "outcome-stored":
        process.storedAt = at;
        return void delete latest.get(marker.phase)?.notStored;
      case "outcome-not-stored": {
        const attempt = latest.get(marker.phase);
        if (attempt) attempt.notStored = { at, why: marker.why };
        return;
      }
      default:
        if (current) describe(marker, open, current);
    }
  };

  return {
    add(record: LogRecord): void {
      const marker = parseMarker(record.message);
      const named = open.get(marker && "phase" in marker ? marker.phase : (prefixOf(record.message) ?? ""));
      if (named?.process === process) current = named;
      if (current && isTelling(record.level)) keep(current, record);
      if (marker) apply(marker, record.at);
    },
    /** In the order of their starts in the log. */
    end(): readonly LoggedAttempt[] {
      for (const phase of open.keys()) close(phase, {});
      return attempts;
    },
  };
}

/** What a marker says of the attempt under way. */
function describe(marker: Marker, open: ReadonlyMap<string, Open>, current: Open): void {
  switch (marker.is) {
    case "tokens-used": {
      const of = marker.phase === "unknown" ? current : open.get(marker.phase);
      if (!of) return;
      of.budgetTokens += marker.tokens;
      of.measured = true;
      if (marker.model) of.attempt.model = marker.model;
      return;
    }
    case "builder-succeeded": {
      const of = open.get(marker.phase);
      if (!of) return;
      of.builderTokens += marker.tokens;
      of.measured = true;
      return;
    }
    case "model-chosen":
      current.attempt.model = marker.model;
      return;
    case "scope-loaded":
      current.attempt.scope ??= marker.scope;
      return;
    default:
      return;
  }
}

function keep(open: Open, record: LogRecord): void {
  if (open.first.length < firstKept) open.first.push(record);
  else open.last.push(record);
  if (open.last.length >= 2 * lastKept) open.last = open.last.slice(-lastKept);
}

const createProcess = (id: string, run?: string): Process => ({
  id,
  ...(run === undefined ? {} : { run }),
  replans: new Map(),
  planRefusals: new Map(),
});
