import type { Disposition } from "../domain/dispositions.ts";
import type { RunState } from "../domain/fold.ts";
import type { PhaseRecord, RunRecord } from "../domain/record.ts";

/** Something that happened, as the ledger has it. */
export interface LogEntry {
  /** ISO 8601, UTC; null: the record does not say, or its clock could not be told. */
  readonly at: string | null;
  readonly what: "run-began" | "phase-ended" | "run-ended" | "disposition";
  readonly runId: string;
  readonly phaseId: string | null;
  /** Verbatim as recorded; of a disposition its kind. */
  readonly outcome: string | null;
  readonly detail: string;
  /** What was integrated. */
  readonly commit: string | null;
  readonly files: readonly string[];
  /** Known to be spent; null: nothing is known. */
  readonly tokens: number | null;
  /** How many attempts are not in it. */
  readonly attemptsWithUnknownTokens: number;
}

/** The history of runs in the order of time; what has no time comes last. `states` are those of own runs. */
export function buildLog(
  runs: readonly RunRecord[],
  states: ReadonlyMap<string, RunState>,
  dispositions: readonly Disposition[],
): LogEntry[] {
  const entries = [
    ...runs.flatMap((run) => entriesOfRun(run, states.get(run.runId))),
    ...dispositions.map(entryOfDisposition),
  ];
  // Sorting is stable: what has the same time stays in the order of its run.
  return entries.sort((a, b) => compareTimes(a.at, b.at));
}

const compareTimes = (a: string | null, b: string | null): number => {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
};

function entriesOfRun(run: RunRecord, state: RunState | undefined): LogEntry[] {
  const { runId, origin, recordedState, phases } = run;
  const common = { runId, phaseId: null, commit: null, files: [] };
  const began: LogEntry = {
    ...common,
    at: run.createdAt?.at ?? null,
    what: "run-began",
    outcome: null,
    detail: [origin === "native" ? "" : `${origin}; `, run.goal ?? run.name].join(""),
    tokens: null,
    attemptsWithUnknownTokens: 0,
  };
  const ended: LogEntry = {
    ...common,
    at: run.endedAt?.at ?? null,
    what: "run-ended",
    outcome: recordedState,
    detail: run.failureReason ?? "",
    tokens: run.tokens.spent,
    attemptsWithUnknownTokens: countUnknown(phases),
  };
  return [
    began,
    ...phases.filter(hasEnded).map((phase) => entryOfPhase(phase, state)),
    ...(run.endedAt === null ? [] : [ended]),
  ];
}

const countUnknown = (phases: readonly PhaseRecord[]): number =>
  phases.flatMap(({ attempts }) => attempts).filter(({ tokens }) => tokens === null).length;

const hasEnded = ({ recorded, end }: PhaseRecord): boolean =>
  end !== null || recorded === "complete" || recorded === "failed";

function entryOfPhase(phase: PhaseRecord, state: RunState | undefined): LogEntry {
  const { runId, phaseId, end, recordedState, failure, attempts, certificate, tokens } = phase;
  const own = state?.phases.find(({ spec }) => spec.id === phaseId);
  const change = own?.attempts.findLast(({ outcome }) => outcome === "passed")?.change;
  return {
    at: end?.at ?? null,
    what: "phase-ended",
    runId,
    phaseId,
    outcome: recordedState,
    detail: [
      ...(attempts.length === 0
        ? []
        : [`${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"}`]),
      ...(failure ? [`${failure.kind}: ${failure.text}`] : []),
    ].join("; "),
    commit: certificate?.commit ?? null,
    files: (change?.files ?? []).map(({ path }) => path),
    tokens: tokens.spent,
    attemptsWithUnknownTokens: countUnknown([phase]),
  };
}

const entryOfDisposition = (one: Disposition): LogEntry => ({
  at: one.at,
  what: "disposition",
  runId: one.runId,
  phaseId: one.phaseId,
  outcome: one.kind,
  detail: `${one.id} by ${one.by}: ${one.reason}${one.supersedes === undefined ? "" : `; in place of ${one.supersedes}`}`,
  commit: null,
  files: [],
  tokens: null,
  attemptsWithUnknownTokens: 0,
});
